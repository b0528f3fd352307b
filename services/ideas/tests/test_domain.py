"""What makes a list of ideas good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from ideas.domain import Idea, Selection, Wishes, announce, moderated, together
from ideas.similarity import Thresholds, Told, Vector, unit
from polycast.contracts import Preferences, Provenance, WorkflowStarted, idea_id
from polycast.platforms.moderation import Policy

THRESHOLDS = Thresholds(lexical=0.86, semantic=0.7)


def idea(title: str) -> Idea:
    return Idea(title=title, description="Because.", topic_category="work")


def selected(
    titles: Sequence[str],
    earlier: Sequence[Told] = (),
    vectors: Sequence[Vector | None] | None = None,
    wanted: int = 10,
) -> Selection:
    selection = Selection(wanted, earlier, THRESHOLDS)
    selection.add(zip(map(idea, titles), vectors or [None] * len(titles), strict=True))
    return selection


def titles(selection: Selection) -> list[str]:
    return [chosen.idea.title for chosen in selection.chosen]


def test_a_title_repeats_whatever_its_case_and_punctuation_and_order():
    earlier = [Told("ANOTHER ONE…")]
    assert titles(selected(["Ship it!", "ship it", "One another?", "Ship that today"], earlier)) == [
        "Ship it!", "Ship that today"
    ]  # fmt: skip


def test_titles_in_other_scripts_are_not_all_alike():
    assert len(titles(selected(["変化は怖くない", "小さく始める"]))) == 2


def test_what_means_the_same_repeats_whatever_its_words():
    earlier = [Told("Small pull requests", vector=unit([1, 0, 0.1]))]
    selection = selected(["Tiny changes", "Great bread"], earlier, [unit([1, 0.1, 0]), unit([0, 1, 0])])
    assert titles(selection) == ["Great bread"]
    assert selection.repeats == ["Tiny changes"]


def test_within_a_run_as_against_history():
    vectors = [unit([1, 0]), unit([0, 1]), unit([1, 0.1])]
    assert titles(selected(["One", "Two", "Three"], vectors=vectors)) == ["One", "Two"]


def test_what_repeats_is_told_and_to_be_avoided_in_the_next_round():
    selection = Selection(3, [Told("Old news")], THRESHOLDS)
    notes = selection.add([(idea("Old news!"), None), (idea("New"), None)])
    assert notes == ["“Old news!” repeats “Old news”"]
    assert (selection.missing, selection.avoid) == (2, ["New", "Old news!"])
    selection.add([(idea(title), None) for title in ("Newer", "Newest", "Too many")])
    assert (selection.missing, titles(selection)) == (0, ["New", "Newer", "Newest"])


def test_the_closest_earlier_idea_is_kept_with_its_score():
    near, far = uuid4(), uuid4()
    earlier = [Told("Far", vector=unit([0, 1]), idea_id=far), Told("Near", vector=unit([1, 1]), idea_id=near)]
    selection = Selection(1, earlier, Thresholds(lexical=1, semantic=1))
    selection.add([(idea("New"), unit([1, 0.5]))])
    closest = selection.chosen[0].closest
    assert closest is not None
    assert (closest.idea_id, closest.title, closest.method) == (near, "Near", "semantic")
    assert 0.9 < closest.score < 1


def test_without_vectors_the_closest_is_told_by_words_and_without_history_there_is_none():
    (chosen,) = selected(["How to write tests"], [Told("How to read books")]).chosen
    assert chosen.closest is not None and chosen.closest.method == "lexical"
    (chosen,) = selected(["How to write tests"]).chosen
    assert chosen.closest is None


def test_vectors_of_another_length_are_not_compared():
    (chosen,) = selected(["New"], [Told("Old", vector=unit([1, 0, 0]))], [unit([1, 0])]).chosen
    assert chosen.closest is not None and chosen.closest.method == "lexical"


def test_what_must_not_be_stored_is_turned_down_without_being_quoted():
    leaking, coarse, fine = idea("Write to jane@posteo.de"), idea("Blaming is bullshit"), idea("Backups")
    policy = Policy()
    found = [(each, None, policy.hits(each.text)) for each in (leaking, coarse, fine)]
    fit, notes = moderated(found, policy)
    assert [each for each, _ in fit] == [coarse, fine]
    assert notes == [
        "an idea was turned down for email",
        "“Blaming is bullshit” is flagged for profanity",
    ]


def test_rounds_are_paid_together():
    rounds = [
        Provenance(model="m", tokens_in=5, cost_usd=0.1),
        Provenance(model="m", tokens_in=7, cost_usd=0.2),
    ]
    whole = together(rounds, ["one note"])
    assert (whole.tokens_in, whole.attempts, whole.notes) == (12, 2, ("one note",))
    assert whole.cost_usd is not None and round(whole.cost_usd, 9) == 0.3
    assert together([*rounds, Provenance()], []).cost_usd is None


def test_events_derive_from_their_execution_and_carry_the_snapshot():
    started = WorkflowStarted(
        user_id=uuid4(), execution_id=uuid4(), started_at=datetime(2026, 11, 23, 6, tzinfo=UTC), context="42%"
    )
    wishes = Wishes(Preferences(audience="founders"), ("linkedin", "twitter"))
    events = announce(started, selected(["A thing", "Another"]).chosen, wishes, Provenance(model="m"))
    assert [event.idea_id for event in events] == [idea_id(started.execution_id, n) for n in (0, 1)]
    assert {(event.index, event.total) for event in events} == {(0, 2), (1, 2)}
    assert {event.context for event in events} == {"42%"}
    assert all(event.is_complete and event.preferences.audience == "founders" for event in events)
