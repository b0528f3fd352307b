from hypothesis import given
from hypothesis import strategies as st

from polycast.contracts import Finding, Severity
from transform_linkedin.rules import FOLDS, RULES, Fold, check

HOOK = "Small changes are reviewed; big ones are waved through."


def post(words: int, tags: int = 3) -> str:
    """A post that keeps every rule, if the numbers do. Hashtags are words too."""
    body = " ".join(["word"] * (words - len(HOOK.split()) - tags))
    hashtags = " ".join(f"#Topic{n}" for n in range(tags))
    return f"{HOOK}\n\n{body}.\n\n{hashtags}".strip()


def of(rule: str, text: str) -> list[Finding]:
    return [finding for finding in check(text).findings if finding.rule == rule]


@given(st.integers(20, 500))
def test_150_to_300_words(count: int) -> None:
    result = check(post(count))
    assert result.counts["words"] == result.metadata["word_count"] == count
    assert result.ok == (150 <= count <= 300)
    for finding in of("words", post(count)):
        assert f"{count} words" in finding.message
        assert str(150 - count if count < 150 else count - 300) in finding.message


@given(st.integers(0, 12))
def test_at_most_five_hashtags(tags: int) -> None:
    text = post(200, tags)
    result = check(text)
    assert result.ok == (tags <= 5)
    assert len(result.metadata["hashtags"]) == tags
    for finding in of("hashtags", text):
        assert text[finding.start : finding.end].startswith("#Topic5")
        assert finding.end == len(text)


@given(st.sampled_from(["\n", " ", "\n\n", "\n \n"]))
def test_at_least_one_paragraph_break(gap: str) -> None:
    text = gap.join(["Short. " + "word " * 80] * 2).strip()
    assert bool(of("paragraphs", text)) == ("\n" not in gap.strip(" ") or gap == "\n")


@given(st.integers(2900, 3100), st.sampled_from(["x", "🙂"]))
def test_at_most_3000_characters_in_utf_16(count: int, last: str) -> None:
    text = post(200)
    text += "\n\n" + "x" * (count - len(text) - 3) + last
    characters = count + (last == "🙂")
    result = check(text)
    assert result.counts["characters"] == characters
    assert result.ok == (characters <= 3000)


@given(st.integers(5, 60))
def test_the_first_sentence_stands_before_the_fold(words: int) -> None:
    first = " ".join(["word"] * words) + "."
    text = f"{first}\n\n{post(200)}"
    findings = of("hook", text)
    assert bool(findings) == (len(first) > FOLDS["phone"].end(text))
    for finding in findings:
        assert finding.severity is Severity.WARNING
        assert text[finding.start : finding.end] == first


def test_blank_lines_take_their_place_above_the_fold() -> None:
    fold = Fold(lines=3, characters=30)
    assert fold.end("ten chars.") == 10
    assert fold.end("x" * 100) == 30
    assert fold.end("one\ntwo\nthree\nfour") == len("one\ntwo\nthree\n")
    assert fold.end("one\n\n" + "x" * 50) == len("one\n\n") + 10
    assert (
        check("A hook.\n\n" + "More words follow. " * 30).metadata["hook"].startswith("A hook.\n\nMore words")
    )


def test_reading_time_is_told() -> None:
    assert check(post(238)).metadata["reading_seconds"] == 60


@given(st.text())
def test_findings_lie_within_any_text(text: str) -> None:
    for finding in check(text).findings:
        if finding.start is not None:
            assert 0 <= finding.start < (finding.end or 0) <= len(text)


def test_every_finding_can_be_explained_from_a_rule_with_a_source() -> None:
    names = {rule.name for rule in RULES}
    assert len(names) == len(RULES)
    assert all(rule.source and rule.says for rule in RULES)
    text = (
        "word " * 80
        + "delve QXRZ 🔥🔥🔥 𝗕 #machinelearning buy now you won't believe sharding #a #b #c #d #e "
    ) + "x" * 3000
    assert {finding.rule for finding in check(text).findings} == names
