"""What makes a list of ideas good."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from ideas.domain import Idea, IdeaList, Recent, Wishes, announce, fresh, shortcomings
from polycast.contracts import Preferences, Provenance, WorkflowStarted, idea_id


def idea(title: str) -> Idea:
    return Idea(title=title, description="Because.", topic_category="work")


def test_a_title_repeats_whatever_its_case_and_punctuation():
    kept = fresh([idea("Ship it!"), idea("ship it"), idea("Another")], [Recent("ANOTHER…", "work")])
    assert [one.title for one in kept] == ["Ship it!"]


def test_titles_in_other_scripts_are_not_all_alike():
    assert len(fresh([idea("変化は怖くない"), idea("小さく始める")], [])) == 2


def test_repeats_and_missing_ideas_are_told_to_the_model():
    found = IdeaList(ideas=[idea("Old news"), idea("New")])
    findings = shortcomings(found, wanted=3, recent=[Recent("old news", "work")])
    assert [finding.rule for finding in findings] == ["idea-repeats", "idea-count"]
    assert "Old news" in findings[0].message and "exactly 3" in findings[1].message


def test_enough_new_ideas_leave_nothing_to_say():
    assert shortcomings(IdeaList(ideas=[idea("A"), idea("B"), idea("C")]), wanted=2, recent=[]) == []


def test_events_derive_from_their_execution_and_carry_the_snapshot():
    started = WorkflowStarted(
        user_id=uuid4(), execution_id=uuid4(), started_at=datetime(2026, 11, 23, 6, tzinfo=UTC)
    )
    wishes = Wishes(Preferences(audience="founders"), ("linkedin", "twitter"))
    events = announce(started, [idea("A"), idea("B")], wishes, Provenance(model="m"))
    assert [event.idea_id for event in events] == [idea_id(started.execution_id, n) for n in (0, 1)]
    assert {(event.index, event.total) for event in events} == {(0, 2), (1, 2)}
    assert all(event.is_complete and event.preferences.audience == "founders" for event in events)
