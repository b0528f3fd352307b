from hypothesis import given
from hypothesis import strategies as st

from polycast.platforms import accessibility
from polycast.platforms.accessibility import real_letters

BOLD = str.maketrans({c: chr(0x1D5D4 + i) for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")})
CAPITALS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1)


@given(CAPITALS, st.text("abc .,é🙂"), st.text("abc.,é🙂"))
def test_letters_that_are_symbols_are_found_and_mended(word: str, before: str, after: str) -> None:
    fake = f"{before}{word.translate(BOLD)}{after}"
    (finding,) = [f for f in accessibility.check(fake) if f.rule == "fake_letters"]
    assert (finding.start, finding.end) == (len(before), len(before) + len(word))
    assert f"write “{word}”" in finding.message
    repaired = real_letters(fake)
    assert repaired.text == f"{before}{word}{after}"
    assert len(repaired.notes) == 1


def test_styles_of_false_letters_and_emoji_that_are_letters() -> None:
    assert real_letters("𝓢𝓬𝓻𝓲𝓹𝓽 Ⓒⓘⓡⓒⓛⓔ ＷＩＤＥ 🅂🅀 𝟙𝟚").text == "Script Circle WIDE SQ 12"
    for real in ["🅰 🅱 🅾 🅿 Ⓜ️ 🆗 ℹ️", "ﬁ x² ½ № Ω Å", "日本語 Ελληνικά"]:
        assert real_letters(real).notes == ()
        assert [f for f in accessibility.check(real) if f.rule == "fake_letters"] == []


@given(st.integers(1, 8), st.sampled_from(["🔥", "👨‍👩‍👧‍👦", "🇫🇷", "👍🏽", "1️⃣"]), st.sampled_from(["", " "]))
def test_more_than_two_emoji_in_a_row_are_found(count: int, emoji: str, gap: str) -> None:
    text = f"Look {gap.join([emoji] * count)} here"
    findings = [f for f in accessibility.check(text) if f.rule == "emoji_run"]
    assert len(findings) == (count > 2)
    if findings:
        assert text[findings[0].start : findings[0].end] == gap.join([emoji] * count)
        assert findings[0].message.startswith(f"{count} emoji")


def test_hashtags_of_several_words_want_capitals() -> None:
    text = "#machinelearning #DigitalTransformation #innovation #futureofwork #remote_work #AI #xyzzydata"
    findings = [f for f in accessibility.check(text) if f.rule == "hashtag_case"]
    assert [text[f.start : f.end] for f in findings] == ["#machinelearning", "#futureofwork"]
    assert "#MachineLearning" in findings[0].message
    assert "#FutureOfWork" in findings[1].message


@given(st.text())
def test_findings_lie_within_any_text(text: str) -> None:
    assert all(0 <= f.start < f.end <= len(text) for f in accessibility.check(text))  # type: ignore[operator]
