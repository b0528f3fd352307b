"""A finding's fix mends it: put in its place, the finding is gone and no other error has come."""

import importlib
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polycast.contracts import Finding
from polycast.platforms import Platform, tidiness
from polycast.platforms.moderation import Policy
from polycast.platforms.review import review

PLATFORMS = [
    getattr(importlib.import_module(f"transform_{slug}.platform"), slug.upper())
    for slug in ("linkedin", "twitter", "instagram")
]
FAULTS = [
    "trailing  \n", "\n\n\n\n", "\n \n", "𝗕𝗼𝗹𝗱 𝘄𝗼𝗿𝗱𝘀", "Ⓑⓤⓣ", "🔥🔥🔥🔥", "🚀 🚀 🚀",
    "#machinelearning", "#futureofwork", "We delve into it.", "Delving into", "in the realm of art",
    "Embark on this", "It is a testament to care.", "#One #Two #Three #Four #Five #Six #Seven",
    "We use #Tag1x here. ", "\ufeff", "---", "HOOK:\n", "plain words",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(FAULTS) | st.text("ab #.\n 𝗕🔥", max_size=20), max_size=12).map(" ".join)


def findings(platform: Platform, text: str) -> tuple[Finding, ...]:
    return review(platform, Policy(), text).checks.findings


def mended(text: str, finding: Finding) -> str:
    assert finding.fix is not None
    return text[: finding.start] + finding.fix + text[finding.end :]


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.slug)
@settings(deadline=None)
@given(text=TEXTS, data=st.data())
def test_applying_a_fix_removes_its_finding(platform: Platform, text: str, data: Any) -> None:
    before = findings(platform, text)
    fixable = [finding for finding in before if finding.fix is not None]
    if not fixable:
        return
    finding = data.draw(st.sampled_from(fixable))
    after = findings(platform, mended(text, finding))
    of = finding.rule
    assert Counter(f.rule for f in after)[of] < Counter(f.rule for f in before)[of]


@pytest.mark.parametrize(
    ("text", "rule", "fixed"),
    [
        ("One  \nTwo", "spaces", "One\nTwo"),
        ("One\n\n\n\nTwo", "spaces", "One\n\nTwo"),
        ("𝗕𝗼𝗹𝗱", "fake_letters", "Bold"),
        ("Go 🔥🔥 🔥!", "emoji_run", "Go 🔥🔥!"),
        ("#machinelearning", "hashtag_case", "#MachineLearning"),
        ("We delve into it", "cliche", "We look into it"),
        ("Delving into it", "cliche", "Looking into it"),
        ("#a1 #b1 #c1 #d1 #e1 #f1 #g1", "hashtags", "#a1 #b1 #c1 #d1 #e1 "),
    ],
)
def test_what_is_put_in_place(text: str, rule: str, fixed: str) -> None:
    linkedin = PLATFORMS[0]
    (finding,) = [f for f in findings(linkedin, text) if f.rule == rule]
    assert mended(text, finding) == fixed


def test_space_where_somebody_is_writing_is_left_alone() -> None:
    assert list(tidiness.check("Just writing ")) == list(tidiness.check("Just writing\n\n")) == []


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.slug)
@settings(deadline=None)
@given(text=st.text(max_size=300) | TEXTS)
def test_whatever_is_found_has_a_rule_with_a_source_that_is_announced(platform: Platform, text: str) -> None:
    announced = platform.describe()["limits"]
    for finding in findings(platform, text):
        assert announced[finding.rule]["source"]
        assert announced[finding.rule]["says"]
        assert announced[finding.rule]["checked"]
