from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polycast.contracts import IdeaCreated, Severity
from polycast.platforms.engine import Order
from polycast.platforms.moderation import Action, Hit, Policy

POLICY = Policy()
DATA = [
    ("email", "jane.doe+news@posteo.de"),
    ("phone", "+1 415 555 2671"),
    ("phone", "(415) 555-2671"),
    ("phone", "06 12 34 56 78"),
    ("card", "4111 1111 1111 1111"),
    ("card", "378282246310005"),
    ("iban", "GB29 NWBK 6016 1331 9268 19"),
    ("iban", "DE89370400440532013000"),
    ("national_id", "536-90-4399"),
    ("national_id", "2 95 10 99 126 111 93"),
    ("national_id", "AB 12 34 56 C"),
    ("national_id", "36574261809"),
    ("national_id", "RCCMNL83S18D969H"),
    ("national_id", "54362315-K"),
    ("national_id", "390.533.447-05"),
]


@pytest.mark.parametrize(("category", "data"), DATA, ids=lambda value: str(value))
def test_personal_data_are_found_where_they_stand(category: str, data: str) -> None:
    before = "Ça va 🙂. Reach me: "
    text = f"{before}{data}, or not."
    assert POLICY.hits(text) == [Hit(category, len(before), len(before) + len(data))]
    (finding,) = POLICY.findings(POLICY.hits(text))
    assert (finding.rule, finding.severity) == ("personal_data", Severity.ERROR)
    assert data not in finding.message, "messages are kept, the data must not be"


@settings(deadline=None)
@given(st.sampled_from(DATA))
def test_what_the_person_gave_is_no_leak(entry: tuple[str, str]) -> None:
    _, data = entry
    assert POLICY.hits(f"Reach me: {data}", f"My own {data.replace(' ', '')} is public") == []
    assert POLICY.hits(f"Reach me: {data}", "Nothing of the kind") != []


def test_what_an_instruction_tells_is_given() -> None:
    idea = IdeaCreated(user_id=uuid4(), idea_id=uuid4(), title="Backups", description="Restore one.")
    order = Order(idea, "anywhere", generation=2, instruction="End with jane@posteo.de")
    assert POLICY.hits("Write to jane@posteo.de", order.given) == []


def test_a_colleagues_address_is_not_given_with_ones_own() -> None:
    assert POLICY.hits("Write to steve@posteo.de", "I am jane@posteo.de") != []
    assert POLICY.hits("Call 0033 6 12 34 56 78 or 06 12 34 56 78", "+33 6 12 34 56 78") == []


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112 fails the check digit, as does GB30 NWBK 6016 1331 9268 19",
        "000-12-3456 is no SSN; write to jane@example.com or a@b.test",
        "In 2024 2025 2026 we had 1,200 3,400 5,600 visits, 1234567890 in all, on 2026-11-25 10:30",
        "v2.15.1, RFC 2606, 192.168.100.200, 3.141592653589793, #4155552671",
        "Revenue of 123 456 782 euros in the years 2023 2024 2025",
        "A chink in the armour; the office is spic and span.",
        "We kill the process, shoot a video, beat the odds, scrap it and class it as a classic.",
    ],
)
def test_other_numbers_and_words_are_left_alone(text: str) -> None:
    assert POLICY.hits(text) == []


@settings(deadline=None)  # the first look at phone numbers loads their plans
@given(st.integers(0, 10**12))
def test_a_card_needs_its_check_digit(number: int) -> None:
    digits = f"41{number:013}"
    valid = [d for d in "0123456789" if [h for h in POLICY.hits(f"x {digits}{d} y") if h.category == "card"]]
    assert len(valid) == 1


@pytest.mark.parametrize(
    ("text", "category", "severity"),
    [
        ("You idiots, read it.", "harassment", Severity.ERROR),
        ("Sieg heil to that", "hate", Severity.ERROR),
        ("This is bullshit.", "profanity", Severity.WARNING),
    ],
)
def test_offensive_wording_is_found_in_any_case(text: str, category: str, severity: Severity) -> None:
    for written in (text, text.upper()):
        (hit,) = POLICY.hits(written)
        assert hit.category == category
        (finding,) = POLICY.findings([hit])
        assert (finding.rule, finding.severity) == ("offensive", severity)


def test_what_follows_is_a_setting_by_category() -> None:
    strict = Policy(
        {
            "profanity": Action.REJECT,
            "email": Action.ALLOW,
            "violence": Action.FLAG,
            "hate/threatening": Action.FLAG,
        }
    )
    (finding,) = strict.findings(strict.hits("This is bullshit."))
    assert finding.severity is Severity.ERROR
    assert strict.hits("jane@posteo.de") == []
    assert strict.action("hate/threatening") is Action.FLAG
    assert strict.action("hate") is Action.REJECT


def test_a_category_of_a_provider_goes_by_its_first_part_and_an_unknown_one_is_flagged() -> None:
    assert POLICY.action("sexual/minors") is Action.REJECT
    assert POLICY.action("violence/graphic") is Action.FLAG
    assert POLICY.action("newly invented") is Action.FLAG
    (finding,) = POLICY.findings([Hit("hate/threatening")])
    assert (finding.rule, finding.severity, finding.start) == ("moderation", Severity.ERROR, None)
    assert "hate, threatening" in finding.message


@settings(deadline=None)
@given(st.text(max_size=300) | st.text("0123456789 -+().@aAB", max_size=300))
def test_hits_lie_within_any_text_and_none_within_another(text: str) -> None:
    hits = POLICY.hits(text)
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)  # type: ignore[operator]
    personal = [hit for hit in hits if hit.category in {category for category, _ in DATA}]
    assert all(a.end <= b.start for a, b in pairwise(personal))  # type: ignore[operator]
