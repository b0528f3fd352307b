import pytest
from hypothesis import given
from hypothesis import strategies as st

from polycast.contracts import Severity
from polycast.platforms import tone

BOOKS = (tone.PROMOTION, tone.CLICKBAIT, tone.CLICHE, tone.JARGON)
PHRASES = [(book, phrase) for book in BOOKS for phrase in book.advice]


@given(st.sampled_from(PHRASES), st.sampled_from([str, str.upper, str.title]), st.booleans())
def test_every_phrase_is_found_where_it_stands(entry, spelt, typographic) -> None:  # type: ignore[no-untyped-def]
    book, phrase = entry
    written = spelt(phrase.replace("*", "")).replace("'", "’" if typographic else "'")
    before = "🙂 Ça va. "
    findings = [f for f in tone.check(f"{before}{written} again") if f.rule == book.rule.name]
    assert [(f.start, f.end) for f in findings] == [(len(before), len(before) + len(written))]
    assert written in findings[0].message


@given(st.sampled_from(PHRASES))
def test_a_phrase_within_a_longer_word_is_none(entry) -> None:  # type: ignore[no-untyped-def]
    _, phrase = entry
    assert not [f for f in tone.check(f"x{phrase.rstrip('*')}") if f.start == 1]


def test_a_phrase_may_run_over_a_line_and_have_a_hyphen() -> None:
    found = tone.check("This is cutting edge,\nand a game\nchanger. Don’t miss\nout!")
    assert [f.rule for f in found] == ["cliche", "cliche", "promotion"]


@pytest.mark.parametrize(
    "text",
    [
        "We built idempotent handlers (running one twice changes nothing).",
        "Sharding means splitting one database.",
        "Chaos engineering – breaking things on purpose – pays.",
        "Asking before answering is called retrieval-augmented generation, and it helps.",
        "Looking things up first (retrieval-augmented generation) helps.",
        "RAG, or retrieval with generation, helps. RAG is cheap.",
        "Retrieval with generation (RAG) helps. RAG wins.",
    ],
)
def test_jargon_beside_its_explanation_is_fine(text: str) -> None:
    assert tone.check(text) == []


def test_jargon_is_told_once_where_it_first_stands() -> None:
    text = "Idempotent handlers win. An idempotent handler wins again."
    (finding,) = tone.check(text)
    assert (finding.rule, finding.severity, finding.start, finding.end) == ("jargon", Severity.WARNING, 0, 10)
    assert "doing it twice" in finding.message


def test_abbreviations_that_not_everyone_knows_are_hinted_at() -> None:
    text = "The API of our QXR, and LLMs. HOOK: NEVER do IT in the US. See README.md and #NLPX."
    assert [text[f.start : f.end] for f in tone.check(text) if f.rule == "acronym"] == ["QXR"]
    assert tone.ACRONYM.severity is Severity.INFO


def test_plain_words_are_left_alone() -> None:
    text = (
        "Our product team used code review to survey the state of the art. We stop at the end of the day. "
        "The risk-free rate rose. Do you agree? A rag doll. The leverage of a lever. In the world of Tolkien."
    )
    assert tone.check(text) == []


@given(st.text())
def test_findings_lie_within_any_text(text: str) -> None:
    assert all(0 <= f.start < f.end <= len(text) for f in tone.check(text))  # type: ignore[operator]
