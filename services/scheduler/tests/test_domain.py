"""When schedules run: examples for people, properties for every zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polycast.contracts import (
    Preferences,
    Received,
    Schedule,
    ScheduleUpdated,
    Weekday,
    scheduled_execution_id,
)
from scheduler.domain import Plan, Run, Timing, delay_of, due, next_run, owed_run, revised, start

USER = UUID(int=5)
TIMING = Timing(grace=timedelta(hours=6), jitter=timedelta())
DAY = timedelta(days=1)


@cache
def schedule(local_time: str, zone: str = "UTC", days: str = "mon tue wed thu fri sat sun") -> Schedule:
    return Schedule(
        local_time=time.fromisoformat(local_time),
        timezone=zone,
        days=tuple(Weekday(day) for day in days.split()),
    )


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def update(changed: Schedule, made_at: str, sequence: int = 1) -> Received[ScheduleUpdated]:
    event = ScheduleUpdated(user_id=USER, schedule=changed, preferences=Preferences(idea_count=3))
    return Received(event, "EVENTS", sequence, utc(made_at))


def settled(plan: Plan, now: str) -> tuple[str | None, str | None]:
    """The date of the run that is started at a moment, and when the next is due."""
    run, moved = due(plan, utc(now), TIMING)
    upcoming = moved.next_run_at
    return run.day.isoformat() if run else None, f"{upcoming:%Y-%m-%d %H:%M}" if upcoming else None


# -- wall clocks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "zone", "after", "expected"),
    [
        ("06:00", "UTC", "2026-11-23 05:59", "2026-11-23 06:00"),
        ("06:00", "UTC", "2026-11-23 06:00", "2026-11-24 06:00"),
        ("06:00", "Asia/Kathmandu", "2026-11-23 00:00", "2026-11-23 00:15"),
        ("06:00", "Pacific/Kiritimati", "2026-11-22 15:00", "2026-11-22 16:00"),
        # New York, 8 March 2026: 02:30 doesn't exist and is 03:30, once.
        ("02:30", "America/New_York", "2026-03-08 00:00", "2026-03-08 07:30"),
        ("02:30", "America/New_York", "2026-03-08 07:30", "2026-03-09 06:30"),
        # New York, 1 November 2026: 01:30 comes twice and is the first, once.
        ("01:30", "America/New_York", "2026-11-01 00:00", "2026-11-01 05:30"),
        ("01:30", "America/New_York", "2026-11-01 05:30", "2026-11-02 06:30"),
        # Lord Howe Island shifts by half an hour, Samoa left out 30 December 2011.
        ("02:15", "Australia/Lord_Howe", "2026-10-03 12:00", "2026-10-03 15:45"),
        ("06:00", "Pacific/Apia", "2011-12-29 16:00", "2011-12-30 16:00"),
    ],
)
def test_next_run(when: str, zone: str, after: str, expected: str) -> None:
    run = next_run(schedule(when, zone), utc(after))
    assert run is not None
    assert run.at == utc(expected)


def test_a_skipped_time_before_midnight_still_belongs_to_its_day() -> None:
    """Toronto's clocks went from 23:30 to 00:30 on 30 March 1919."""
    first = next_run(schedule("23:45", "America/Toronto"), utc("1919-03-31 00:00"))
    assert first is not None
    assert (first.day, first.at.astimezone(ZoneInfo("America/Toronto")).hour) == (date(1919, 3, 30), 0)


def test_runs_only_on_chosen_days() -> None:
    weekly = schedule("06:00", "UTC", "mon")
    run = next_run(weekly, utc("2026-11-23 06:00"))
    assert run == Run(date(2026, 11, 30), utc("2026-11-30 06:00"))


def test_switched_off_never_runs() -> None:
    off = Schedule(enabled=False)
    assert next_run(off, utc("2026-11-23 06:00")) is None
    assert owed_run(off, utc("2026-11-23 06:00"), grace=DAY) is None


zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
instants = st.integers(-20 * 365 * 24 * 60, 70 * 365 * 24 * 60).map(
    lambda minutes: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(
    zone=zones,
    start_at=instants,
    minute=st.integers(0, 24 * 60 - 1),
    days=st.sets(st.sampled_from(list(Weekday)), min_size=1),
)
def test_each_chosen_day_runs_exactly_once(
    zone: ZoneInfo, start_at: datetime, minute: int, days: set[Weekday]
) -> None:
    """Over three weeks in any zone at any time since 1950, whatever the clocks do meanwhile."""
    wall = time(minute // 60, minute % 60)
    plan = Schedule.model_construct(enabled=True, local_time=wall, timezone=zone.key, days=tuple(days))
    runs = []
    after = start_at
    while (run := next_run(plan, after)) and run.at < start_at + 21 * DAY:
        runs.append(run)
        after = run.at
    assert all(earlier.at < later.at and earlier.day < later.day for earlier, later in pairwise(runs))

    hours = [start_at + timedelta(minutes=30 * n) for n in range(22 * 48)]
    existing = sorted({hour.astimezone(zone).date() for hour in hours})[2:-3]  # whole days only
    wanted = [day for day in existing if list(Weekday)[day.weekday()] in days]
    assert [run.day for run in runs if existing[0] <= run.day <= existing[-1]] == wanted

    for run in runs:
        local = run.at.astimezone(zone)
        if local.replace(tzinfo=None) == datetime.combine(run.day, wall):
            assert local.fold == 0, "the first of two"
        else:
            unreal = datetime.combine(run.day, wall, tzinfo=zone)
            assert unreal.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != unreal.replace(tzinfo=None)
            assert timedelta() < local.replace(tzinfo=None) - unreal.replace(tzinfo=None) < DAY


@given(zone=zones, now=instants, minute=st.integers(0, 24 * 60 - 1), grace=st.integers(1, 72))
def test_at_most_the_latest_run_is_made_up_for(
    zone: ZoneInfo, now: datetime, minute: int, grace: int
) -> None:
    plan = Schedule.model_construct(
        enabled=True, local_time=time(minute // 60, minute % 60), timezone=zone.key, days=tuple(Weekday)
    )
    owed = owed_run(plan, now, grace=timedelta(hours=grace))
    if owed is None:
        upcoming = next_run(plan, now - timedelta(hours=grace))
        assert upcoming is not None
        assert upcoming.at > now
    else:
        assert now - timedelta(hours=grace) < owed.at <= now
        following = next_run(plan, owed.at)
        assert following is not None
        assert following.at > now


# -- people change their minds ---------------------------------------------------------------------


def test_a_new_schedule_runs_at_its_next_time() -> None:
    plan = revised(None, update(schedule("06:00"), "2026-11-23 07:00"), TIMING)
    assert plan.next_run_at == utc("2026-11-24 06:00")


def test_moving_the_time_after_todays_run_starts_none() -> None:
    plan = revised(None, update(schedule("06:00"), "2026-11-22 12:00"), TIMING)
    run, plan = due(plan, utc("2026-11-23 06:00"), TIMING)
    assert run is not None
    plan = revised(plan, update(schedule("09:00"), "2026-11-23 08:00", sequence=2), TIMING)
    assert plan.next_run_at == utc("2026-11-24 09:00")


def test_moving_west_after_todays_run_starts_none() -> None:
    plan = revised(None, update(schedule("06:00", "Pacific/Auckland"), "2026-11-22 00:00"), TIMING)
    run, plan = due(plan, utc("2026-11-22 17:00"), TIMING)
    assert run is not None
    assert run.day == date(2026, 11, 23)
    plan = revised(plan, update(schedule("06:00", "Pacific/Honolulu"), "2026-11-22 18:00", 2), TIMING)
    assert plan.next_run_at == utc("2026-11-24 16:00")  # the 24th there


@pytest.mark.parametrize(
    ("sequence", "made_at", "wins"),
    [
        (9, "2026-11-23 09:00", False),
        (10, "2026-11-23 10:00", False),
        (11, "2026-11-23 09:00", True),  # the server's clock was set back
        (1, "2026-11-23 11:00", True),  # a restored stream counts from one
    ],
)
def test_an_older_update_changes_nothing(sequence: int, made_at: str, *, wins: bool) -> None:
    plan = revised(None, update(schedule("06:00"), "2026-11-23 10:00", sequence=10), TIMING)
    changed = revised(plan, update(schedule("09:00"), made_at, sequence), TIMING)
    assert (changed.schedule == schedule("09:00")) is wins
    assert (changed == plan) is not wins


def test_an_update_handled_late_loses_no_run() -> None:
    """Made at 05:50, handled at 06:05: the run of 06:00 is due at once."""
    plan = revised(None, update(schedule("06:00"), "2026-11-23 05:50"), TIMING)
    assert settled(plan, "2026-11-23 06:05") == ("2026-11-23", "2026-11-24 06:00")


@pytest.mark.parametrize(
    ("moved_to", "outcome"),
    [
        ("06:00", ("2026-11-23", "2026-11-24 06:00")),
        ("05:00", ("2026-11-23", "2026-11-24 05:00")),
        ("09:00", (None, "2026-11-23 09:00")),
    ],
)
def test_a_run_still_owed_is_settled_by_the_new_schedule(
    moved_to: str, outcome: tuple[str | None, str | None]
) -> None:
    """The scheduler was away at 06:00; the person changed the schedule at 06:03."""
    plan = revised(None, update(schedule("06:00"), "2026-11-22 12:00"), TIMING)
    plan = revised(plan, update(schedule(moved_to), "2026-11-23 06:03", sequence=2), TIMING)
    assert settled(plan, "2026-11-23 06:05") == outcome


def test_switching_off_cancels_what_is_owed() -> None:
    plan = revised(None, update(schedule("06:00"), "2026-11-22 12:00"), TIMING)
    plan = revised(plan, update(Schedule(enabled=False), "2026-11-23 06:03", sequence=2), TIMING)
    assert plan.next_run_at is None


# -- outages and clocks ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "outcome"),
    [
        ("2026-11-23 06:00", ("2026-11-23", "2026-11-24 06:00")),
        ("2026-11-23 11:59", ("2026-11-23", "2026-11-24 06:00")),
        ("2026-11-23 12:00", (None, "2026-11-24 06:00")),
        ("2026-11-26 07:00", ("2026-11-26", "2026-11-27 06:00")),  # days later: today's alone
        ("2026-11-26 05:00", (None, "2026-11-26 06:00")),
    ],
)
def test_makes_up_for_one_run_within_the_grace(now: str, outcome: tuple[str | None, str | None]) -> None:
    plan = revised(None, update(schedule("06:00"), "2026-11-22 12:00"), TIMING)
    assert settled(plan, now) == outcome


def test_a_clock_set_back_repeats_no_run() -> None:
    plan = revised(None, update(schedule("06:00"), "2026-11-22 12:00"), TIMING)
    first, plan = due(plan, utc("2026-11-23 06:00"), TIMING)
    again, plan = due(plan, utc("2026-11-23 05:59"), TIMING)
    assert first is not None
    assert again is None
    assert plan.next_run_at == utc("2026-11-24 06:00")


# -- what is started -------------------------------------------------------------------------------


def test_a_started_run_carries_a_snapshot() -> None:
    plan = revised(None, update(schedule("06:00", "America/New_York"), "2026-11-22 12:00"), TIMING)
    now = utc("2026-11-23 11:00")
    run, _ = due(plan, now, TIMING)
    assert run is not None
    event = start(plan, run, now)
    assert event.execution_id == scheduled_execution_id(USER, "2026-11-23")
    assert (event.trigger_type, event.started_at, event.idea_count) == ("scheduled", now, 3)
    assert event.preferences == plan.preferences


def test_jitter_is_ones_own_and_spread() -> None:
    most = timedelta(minutes=10)
    assert delay_of(USER, timedelta()) == timedelta()
    assert delay_of(USER, most) == delay_of(USER, most)
    shares = sorted(delay_of(UUID(int=n), most) / most for n in range(1000))
    assert 0 <= shares[0] < 0.05 < 0.45 < shares[500] < 0.55 < 0.95 < shares[-1] < 1


def test_jitter_delays_each_run_alike() -> None:
    jittery = Timing(grace=timedelta(hours=6), jitter=timedelta(hours=1))
    plan = revised(None, update(schedule("23:50"), "2026-11-22 12:00"), jittery)
    delay = delay_of(USER, jittery.jitter)
    assert plan.next_run_at == utc("2026-11-22 23:50") + delay
    run, moved = due(plan, plan.next_run_at, jittery)
    assert run is not None
    assert run.day == date(2026, 11, 22)
    assert moved.next_run_at == utc("2026-11-23 23:50") + delay
