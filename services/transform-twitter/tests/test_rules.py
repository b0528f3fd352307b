import pytest
from hypothesis import given
from hypothesis import strategies as st

from polycast.contracts import Finding, Severity
from transform_twitter.rules import LENGTH, RULES, TWEETS, check, length_of
from transform_twitter.text import join
from transform_twitter.weight import weigh


def of(rule: str, text: str) -> list[Finding]:
    return [finding for finding in check(text).findings if finding.rule == rule]


@given(st.integers(0, 9))
def test_one_to_five_tweets(count: int) -> None:
    result = check(join(f"Tweet {n}" for n in range(count)))
    assert result.ok == (1 <= count <= 5)
    assert [f.rule for f in result.findings] == ([] if result.ok else ["tweets"])
    assert len(result.parts) == count


@given(st.integers(270, 290), st.sampled_from(["", "日本 ", "🙂 ", "https://example.com/a/long/path "]))
def test_a_tweet_counts_280_at_most(weight: int, start: str) -> None:
    text = start + "x" * (weight - weigh(start))
    result = check(text)
    assert result.ok == (weight <= 280)
    assert [(part.count, part.limit) for part in result.parts] == [(weight, 280)]
    for finding in of("length", text):
        assert (finding.severity, finding.end) == (Severity.ERROR, len(text))
        assert weigh(text[: finding.start]) == 280
        assert f"counts {weight} of 280, {weight - 280} too many" in finding.message


def test_a_finding_tells_which_tweet_and_why_it_counts_so() -> None:
    text = join(["short", "see https://a.com/b or readme.md 🙂 日本 " + "x" * 250])
    (finding,) = of("length", text)
    assert finding.message.startswith("Tweet 2 counts")
    for reason in ("a link counts 23 whatever its length (2 here)", "an emoji counts 2 (1 here)", "(2 here)"):
        assert reason in finding.message


def test_a_bare_domain_is_explained_where_it_stands() -> None:
    text = join(["We keep it in é README.md now", "Docs at https://example.com/README.md"])
    (finding,) = of("link", text)
    assert finding.severity is Severity.INFO
    assert text[finding.start : finding.end] == "README.md"
    assert finding.message == "`README.md` counts 23: .md is a top-level domain, so X makes it a link"


@pytest.mark.parametrize("character", ["\ufeff", "\ufffe", "\uffff"])
def test_characters_that_x_refuses(character: str) -> None:
    result = check(f"a{character}b")
    assert not result.ok
    assert [(f.rule, f.start, f.end) for f in result.findings] == [("characters", 1, 2)]


def test_metadata_tell_the_format_and_count_of_each_tweet() -> None:
    assert check("one\n\n---\n\ntwo 🙂").metadata == {
        "format": "thread",
        "tweets": [{"text": "one", "char_count": 3}, {"text": "two 🙂", "char_count": 6}],
        "tweet_count": 2,
    }
    assert check("one").metadata["format"] == "single"


def test_an_account_with_premium_may_write_more() -> None:
    long = "x" * 3000
    assert not check(long).ok
    premium = length_of(25_000)
    assert check(long, premium).ok
    assert check(long, premium).parts[0].limit == 25_000
    assert "25000" in premium.says
    assert length_of(280) is LENGTH


@given(st.text())
def test_findings_lie_within_any_text(text: str) -> None:
    for finding in check(text).findings:
        if finding.start is not None:
            assert 0 <= finding.start < (finding.end or 0) <= len(text)


def test_every_finding_can_be_explained_from_a_rule_with_a_source() -> None:
    names = {rule.name for rule in RULES}
    assert len(names) == len(RULES)
    assert all(rule.source and rule.says for rule in RULES)
    text = join(
        [
            "\ufeff README.md delve QXRZ 🔥🔥🔥 𝗕 #machinelearning buy now you won't believe sharding "
            + "x" * 300
        ]
        * 6
    )
    assert {finding.rule for finding in check(text).findings} == names
    assert TWEETS in RULES
