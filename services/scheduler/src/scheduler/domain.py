"""When schedules run, and what becomes of them when people change them or a run is due. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import takewhile
from uuid import UUID

from polycast.contracts import (
    Preferences,
    Received,
    Schedule,
    ScheduleUpdated,
    WorkflowStarted,
    scheduled_execution_id,
)
from polycast.timetable import Run, runs

#: A plan that was moved so long from now was moved by a clock that was ahead, and has been set right since.
AHEAD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """A person's schedule and wishes as of their latest `schedule.updated`, and where they stand in it."""

    user_id: UUID
    schedule: Schedule
    preferences: Preferences
    platforms: tuple[str, ...]
    sequence: int
    updated_at: datetime
    """Sequence and time of that event in the stream."""
    next_run_at: datetime | None
    last_day: date | None = None
    """Local date of the latest run."""
    moved_at: datetime | None = None
    """When the scheduler last settled it, by its clock."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How all schedules are run."""

    grace: timedelta
    """A run later than this is skipped."""
    jitter: timedelta
    """Runs are delayed by up to this, each person's by the same share every day."""


def revised(plan: Plan | None, update: Received[ScheduleUpdated], timing: Timing) -> Plan:
    """The plan after a `schedule.updated`; unchanged if the update is older than what the plan knows.

    Runs later than the update are planned, even if that has passed by now: a run is never lost to an update
    that was handled late. A run that the old plan still owes stays owed, to be settled by the new schedule.
    """
    event = update.event
    if plan is not None and not _is_newer(update, plan):
        return plan
    last_day = plan.last_day if plan else None
    delay = delay_of(event.user_id, timing.jitter)
    upcoming = next_run(event.schedule, update.timestamp, last_day=last_day, delay=delay)
    owed = plan.next_run_at if plan and plan.next_run_at and plan.next_run_at <= update.timestamp else None
    return Plan(
        user_id=event.user_id,
        schedule=event.schedule,
        preferences=event.preferences,
        platforms=event.platforms,
        sequence=update.sequence,
        updated_at=update.timestamp,
        next_run_at=(owed or upcoming.at) if upcoming else None,
        last_day=last_day,
    )


def _is_newer(update: Received[ScheduleUpdated], plan: Plan) -> bool:
    """By sequence or by time: a restored stream counts anew, and a server's clock may be set back."""
    return update.sequence > plan.sequence or update.timestamp > plan.updated_at


def due(plan: Plan, now: datetime, timing: Timing) -> tuple[Run | None, Plan]:
    """The run to start for a plan whose time has come, if any, and the plan after it.

    What a clock that was ahead made of a plan is forgotten. A run that had been started before is started
    again then, as the same execution, which changes nothing; none is skipped.
    """
    delay = delay_of(plan.user_id, timing.jitter)
    was_ahead = plan.moved_at is not None and plan.moved_at > now + AHEAD
    last_day = None if was_ahead else plan.last_day
    run, upcoming = _runs_around(plan.schedule, now, timing.grace, last_day, delay)
    return run, replace(
        plan,
        last_day=run.day if run else last_day,
        next_run_at=upcoming.at if upcoming else None,
        moved_at=now,
    )


@lru_cache(maxsize=4096)  # at six o'clock, very many have the same schedule
def _runs_around(
    schedule: Schedule, now: datetime, grace: timedelta, last_day: date | None, delay: timedelta
) -> tuple[Run | None, Run | None]:
    """The run that is owed, and the one after it."""
    owed = owed_run(schedule, now, grace=grace, last_day=last_day, delay=delay)
    last_day = owed.day if owed else last_day
    return owed, next_run(schedule, now, last_day=last_day, delay=delay)


def start(plan: Plan, run: Run, now: datetime) -> WorkflowStarted:
    return WorkflowStarted(
        execution_id=scheduled_execution_id(plan.user_id, run.day.isoformat()),
        user_id=plan.user_id,
        trigger_type="scheduled",
        started_at=now,
        idea_count=plan.preferences.idea_count,
        platforms=plan.platforms,
        preferences=plan.preferences,
    )


def next_run(
    schedule: Schedule, after: datetime, *, last_day: date | None = None, delay: timedelta = timedelta()
) -> Run | None:
    """The first run later than `after`, on a local date later than `last_day`; None if switched off.

    `last_day` is the date of the latest run: moving the time after it starts no second one on that date.
    `delay` is added to every run.
    """
    return next((run for run in runs(schedule, after, last_day, delay) if run.at > after), None)


def owed_run(
    schedule: Schedule,
    now: datetime,
    *,
    grace: timedelta,
    last_day: date | None = None,
    delay: timedelta = timedelta(),
) -> Run | None:
    """The one run to make up for: the latest that is due and not more than `grace` late."""
    since = now - grace
    due = takewhile(lambda run: run.at <= now, runs(schedule, since, last_day, delay))
    return max((run for run in due if run.at > since), key=lambda run: run.at, default=None)


def delay_of(user_id: UUID, most: timedelta) -> timedelta:
    """A share of `most` that is always the same for one person and evenly spread over people."""
    digest = blake2b(user_id.bytes, digest_size=8).digest()
    return most * (int.from_bytes(digest) / 2**64)
