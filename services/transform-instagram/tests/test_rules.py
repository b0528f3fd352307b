from hypothesis import given
from hypothesis import strategies as st

from polycast.contracts import Finding, Severity
from transform_instagram.rules import RULES, check, pace_of
from transform_instagram.text import render


def script(hook: int = 10, value: int = 115, cta: int = 17, scenes: int = 3, end: str = "") -> str:
    """A script of so many words each; 2.5 words are a second."""
    words = {"hook": hook, "value": value, "cta": cta}
    sections = {
        name: " ".join(["word"] * count) + (end if name == "cta" else "") for name, count in words.items()
    }
    return render(sections, [f"Shot {n}" for n in range(scenes)])


def of(rule: str, text: str) -> list[Finding]:
    return [finding for finding in check(text).findings if finding.rule == rule]


def test_the_times_asked_for_keep_every_rule() -> None:
    result = check(script())
    assert result.ok
    assert result.findings == ()
    assert result.metadata["duration_estimate"] == {"hook": 4.0, "value": 46.0, "cta": 6.8, "total": 56.8}
    assert result.metadata["scene_suggestions"] == ["Shot 0", "Shot 1", "Shot 2"]
    assert set(result.metadata["sections"]) == {"hook", "value", "cta"}


@given(st.integers(1, 25), st.integers(1, 200), st.integers(1, 50))
def test_each_section_has_its_time_and_all_together_15_to_60_seconds(hook: int, value: int, cta: int) -> None:
    text = script(hook, value, cta)
    result = check(text)
    total = hook / 2.5 + value / 2.5 + cta / 2.5
    assert abs(result.metadata["duration_estimate"]["total"] - total) < 0.05
    assert result.ok == (15 <= round(total, 1) <= 60)
    assert bool(of("total", text)) == (not result.ok)
    for rule, count, low, high in (("hook", hook, 3, 5), ("value", value, 40, 50), ("cta", cta, 5, 10)):
        findings = of(rule, text)
        assert bool(findings) == (not low <= count / 2.5 <= high)
        assert all(finding.severity is Severity.WARNING for finding in findings)


def test_the_total_is_told_as_it_is_however_long() -> None:
    assert check(script(value=1000)).metadata["duration_estimate"]["total"] == 410.8


@given(st.integers(13, 60))
def test_what_is_to_be_cut_is_enough(hook: int) -> None:
    (finding,) = of("hook", script(hook=hook))
    cut = int(finding.message.partition("cut at least ")[2].split()[0])
    assert of("hook", script(hook=hook - cut)) == []
    assert of("hook", script(hook=hook - cut + 1)) != []


@given(st.integers(1, 99))
def test_what_is_to_be_added_is_enough(value: int) -> None:
    (finding,) = of("value", script(value=value))
    add = int(finding.message.partition("add at least ")[2].split()[0])
    assert of("value", script(value=value + add)) == []


def test_what_takes_longer_to_say_than_to_write_is_told() -> None:
    text = render(
        {"hook": "In 2026 every API costs $3.5M or more than that", "value": "v", "cta": "c"}, ["a", "b"]
    )
    (finding,) = of("hook", text)
    assert "“2026” is 3" in finding.message
    assert "“API” is 3" in finding.message
    assert "“$3.5M” is 5 words when spoken" in finding.message


@given(st.sets(st.sampled_from(["hook", "value", "cta"])))
def test_every_section_is_needed(missing: set[str]) -> None:
    counts = {name: 0 if name in missing else 40 for name in ("hook", "value", "cta")}
    result = check(script(counts["hook"], counts["value"], counts["cta"]))
    told = [finding.message for finding in result.findings if finding.rule == "sections"]
    assert len(told) == len(missing)
    assert all(any(f"“{name.upper()}:”" in message for message in told) for name in missing)
    assert missing == set() or not result.ok


def test_what_stands_before_the_first_heading_is_a_warning() -> None:
    result = check(f"Some note\n{script()}")
    assert result.ok
    assert [(f.rule, f.severity, f.start, f.end) for f in result.findings] == [
        ("sections", Severity.WARNING, 0, 9)
    ]


@given(st.integers(0, 6))
def test_at_least_two_scenes(scenes: int) -> None:
    assert check(script(scenes=scenes)).ok == (scenes >= 2)


@given(st.integers(0, 9))
def test_at_most_five_hashtags_and_they_are_not_timed(tags: int) -> None:
    text = script(end="\n" + " ".join(f"#Topic{n}" for n in range(tags)))
    result = check(text)
    assert result.ok == (tags <= 5)
    assert result.metadata["duration_estimate"]["cta"] == 6.8
    for finding in of("hashtags", text):
        assert text[finding.start : finding.end].startswith("#Topic5")


@given(st.integers(2150, 2250))
def test_a_caption_has_2200_characters_at_most(length: int) -> None:
    others = len("word word") + 2
    text = render({"hook": "word", "value": "x" * (length - others - 2), "cta": "word"}, ["a", "b"])
    result = check(text)
    assert abs(result.counts["characters"] - length) <= 1
    assert bool(of("caption", text)) == (result.counts["characters"] > 2200)


def test_another_pace_gives_other_times() -> None:
    assert check(script(), 180).metadata["duration_estimate"]["hook"] == 3.3
    assert pace_of(180).target == (180, 180)
    assert "180" in pace_of(180).says


@given(st.text())
def test_findings_lie_within_any_text(text: str) -> None:
    for finding in check(text).findings:
        if finding.start is not None:
            assert 0 <= finding.start < (finding.end or 0) <= len(text)


def test_every_finding_can_be_explained_from_a_rule_with_a_source() -> None:
    names = {rule.name for rule in RULES}
    assert len(names) == len(RULES)
    assert all(rule.source and rule.says for rule in RULES)
    tone = "delve QXRZ 🔥🔥🔥 𝗕 #machinelearning buy now you won't believe sharding #a #b #c #d #e "
    sections = {"hook": tone, "value": "word " * 500, "cta": "word"}
    text = f"stray\n{render(sections, [])}"
    assert {finding.rule for finding in check(text).findings} == names - {"pace"}
