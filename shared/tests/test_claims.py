import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polycast.contracts import ClaimKind
from polycast.platforms.claims import extract

#: What an idea may say in one way and a draft in another.
SPELLINGS = [
    ("42%", "42 percent"),
    ("42%", "42 %"),
    ("42 %", "forty-two per cent"),
    ("42-percent", "42%"),
    ("1,000 users", "1000 users"),
    ("10k users", "10,000 users"),
    ("$3.5M", "3.5 million dollars"),
    ("$3–5 million", "$3 to 5 million"),
    ("24-hour", "24 hours"),
    ("5 days", "five days"),
    ("three times as many", "3x"),
    ("1 in 5", "one out of five"),
    ("two thirds of us", "2/3 of us"),
    ("25 November 2026", "2026-11-25"),
    ("November 25, 2026", "25/11/2026"),
    ("Nov 2026", "the 3rd of November 2026"),
    ("in 2026", "on 3 May 2026"),
    ("https://www.example.org/a/", "example.org/a"),
    ("according to the Gartner analysts", "Gartner says"),
    ("“Simplicity is hard work.”", '"simplicity is hard work"'),
]
#: The same words, another fact.
OTHERS = [
    ("42%", "42 teams"),
    ("42 percent", "24 percent"),
    ("42 percent", "42 percentage points"),
    ("5 days", "5 weeks"),
    ("$5", "€5"),
    ("3.5 million", "3.5 billion"),
    ("3 May 2026", "4 May 2026"),
    ("1 in 5", "1 in 50"),
    ("example.org/a", "example.org/b"),
    ("according to Gartner", "according to Forrester"),
]
KINDS = [
    ("It starts at 10:30 am.", ClaimKind.NUMBER, "10:30 am"),
    ("McKinsey’s 2023 report found a gap", ClaimKind.SOURCE, "McKinsey’s 2023 report"),
    ("We cut costs by 42 percent.", ClaimKind.PERCENTAGE, "42 percent"),
    ("Forty percent of teams stop.", ClaimKind.PERCENTAGE, "Forty percent"),
    ("It rose by 5–10%.", ClaimKind.PERCENTAGE, "5–10%"),
    ("It cost $3.5M.", ClaimKind.NUMBER, "$3.5M"),
    ("It is 10x faster.", ClaimKind.NUMBER, "10x"),
    ("One in five waits.", ClaimKind.NUMBER, "One in five"),
    ("Over 2000 people came.", ClaimKind.NUMBER, "2000"),
    ("The #1 reason.", ClaimKind.NUMBER, "1"),
    ("Since 2019 it is law.", ClaimKind.DATE, "2019"),
    ("On May 5, 2026 it ended.", ClaimKind.DATE, "May 5, 2026"),
    ("In Q3 2025 it fell.", ClaimKind.DATE, "Q3 2025"),
    ("See https://a.example/b?c=d.", ClaimKind.URL, "https://a.example/b?c=d"),
    ("Go to acme.io/x today.", ClaimKind.URL, "acme.io/x"),
    ("According to the World Bank, it grows.", ClaimKind.SOURCE, "World Bank"),
    ("A Stanford study found it.", ClaimKind.SOURCE, "Stanford study"),
    ("McKinsey estimates it.", ClaimKind.SOURCE, "McKinsey"),
    ("Studies show it.", ClaimKind.SOURCE, "Studies show"),
    ("“Ship it early, often.” — Grace Hopper", ClaimKind.SOURCE, "Grace Hopper"),
    ('"Software is eating the world," he said.', ClaimKind.QUOTATION, "Software is eating the world,"),
    ("She said: “Enough.”", ClaimKind.QUOTATION, "Enough."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "claimed"), KINDS, ids=lambda value: str(value)[:30])
def test_each_kind_is_found_where_it_stands(text: str, kind: ClaimKind, claimed: str) -> None:
    before = "Ça va 🙂. "
    found = {(c.kind, c.text): c for c in extract(before + text)}
    claim = found[kind, claimed]
    assert (before + text)[claim.start : claim.end] == claimed
    assert not claim.given


@pytest.mark.parametrize(("one", "other"), SPELLINGS, ids=str)
def test_spelling_makes_no_difference_to_what_is_given(one: str, other: str) -> None:
    claims = extract(f"We saw {one} there.", f"An idea with {other} in it")
    assert claims
    assert all(claim.given for claim in claims)


@pytest.mark.parametrize(("one", "other"), OTHERS, ids=str)
def test_another_fact_is_not_given(one: str, other: str) -> None:
    claims = extract(f"We saw {one} there.", f"An idea with {other} in it")
    assert claims
    assert not any(claim.given for claim in claims)


@pytest.mark.parametrize(
    "text",
    [
        "1. First\n2) Second\n- 3. Third\n(4) Fourth\n5/ Fifth\n1️⃣ Keycap",
        "The first thought 1/2\n\n---\n\nThe second 2/2",
        "1/3 One\n\n---\n\n2/3 Two\n\n---\n\n3/3 Three",
        "HOOK (3-5 s):\nA\n\nSCENES:\n- [0:00–0:03] Hands\n- Scene 2: desk (4 s)\n- 5–9 s: door\n0:12 - End",
        "Step 1: ask.\nDay 2 – listen\nPart 3.",
        "#Web3 #Top10Tips by @user42, GPT-4, COVID-19, 5G, 2FA, 24/7, v2.15.1 and the 21st century",
        "The “done” column, the ‘why’ and \"technical debt\"",
        "Respect shows in small things. Nobody says so. He said no. Status reports are dull.",
        "May I ask? In March we march. Two people, three weeks, one idea, half of the meeting.",
        "README.md, node.js and e.g. this",
    ],
)  # fmt: skip
def test_what_only_structures_or_names_claims_nothing(text: str) -> None:
    assert extract(text) == ()


def test_a_fraction_at_a_lines_end_is_no_numbering() -> None:
    assert [c.text for c in extract("I rate it 9/10")] == ["9/10"]


def test_a_number_within_a_quotation_is_a_claim_of_its_own() -> None:
    claims = extract("“We saved 42% last year,” said Ada Lovelace.")
    assert {(c.kind, c.text) for c in claims} == {
        (ClaimKind.QUOTATION, "We saved 42% last year,"),
        (ClaimKind.PERCENTAGE, "42%"),
        (ClaimKind.SOURCE, "Ada Lovelace"),
    }


PIECES = st.lists(
    st.sampled_from(
        [text for text, _, _ in KINDS] + [one for one, _ in SPELLINGS] + ["\n", " 1/5", "- 2. ", "“", "🙂é"]
    ),
    max_size=8,
).map(" ".join)


@settings(deadline=None)
@given(PIECES | st.text(max_size=200))
def test_what_stands_in_the_idea_is_given_and_every_claim_lies_in_the_text(text: str) -> None:
    claims = extract(text, text)
    assert all(claim.given for claim in claims)
    assert [(c.start, c.end) for c in claims] == sorted((c.start, c.end) for c in claims)
    assert all(0 <= c.start < c.end <= len(text) and text[c.start : c.end] == c.text for c in claims)


@settings(deadline=None)
@given(PIECES, st.sampled_from(["", "Plain words before. ", "Ça va 🙂.\n\n"]))
def test_words_before_move_claims_and_change_none(text: str, before: str) -> None:
    text = f"Now, {text}"
    moved = extract(before + text)
    shift = len(before)
    assert [(c.key, c.start - shift) for c in moved] == [(c.key, c.start) for c in extract(text)]
