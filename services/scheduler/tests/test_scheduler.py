"""The scheduler on a real database and a real bus, told as stories."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from uuid import UUID, uuid4

import nats.errors
import pytest
from nats.js import JetStreamContext

from polycast.contracts import (
    Event,
    Preferences,
    Received,
    Schedule,
    ScheduleUpdated,
    UserDeleted,
    WorkflowStarted,
    encode,
    scheduled_execution_id,
)
from scheduler.handlers import Scheduler

EVE = datetime(2026, 11, 22, 12, tzinfo=UTC)
SIX = datetime(2026, 11, 23, 6, tzinfo=UTC)

Started = Callable[[], Awaitable[list[WorkflowStarted]]]
NewScheduler = Callable[[], Awaitable[Scheduler]]
Eventually = Callable[[Callable[[], Awaitable[object]]], Awaitable[None]]


class Tables(Protocol):
    async def rows(self, query: str) -> list[dict[str, object]]: ...


def update(
    user_id: UUID, sequence: int = 1, at: datetime = EVE, schedule: Schedule | None = None
) -> Received[Event]:
    event = ScheduleUpdated(
        user_id=user_id,
        schedule=schedule or Schedule(local_time=time(6)),
        preferences=Preferences(topics=("tea",), idea_count=3),
        platforms=("linkedin",),
    )
    return Received(event, "EVENTS", sequence, at)


def deletion(user_id: UUID, sequence: int = 2) -> Received[Event]:
    return Received(UserDeleted(user_id=user_id), "EVENTS", sequence, EVE)


async def test_a_due_run_is_started_with_a_snapshot(scheduler: Scheduler, started: Started) -> None:
    user = uuid4()
    await scheduler.apply([update(user)])
    assert await scheduler.start_due(SIX - timedelta(seconds=1)) == 0
    assert await scheduler.start_due(SIX) == 1
    assert await scheduler.start_due(SIX) == 0
    assert await started() == [
        WorkflowStarted(
            execution_id=scheduled_execution_id(user, "2026-11-23"),
            user_id=user,
            trigger_type="scheduled",
            started_at=SIX,
            idea_count=3,
            platforms=("linkedin",),
            preferences=Preferences(topics=("tea",), idea_count=3),
        )
    ]


async def test_days_follow_each_other(scheduler: Scheduler, started: Started) -> None:
    user = uuid4()
    await scheduler.apply([update(user)])
    for day in range(3):
        assert await scheduler.start_due(SIX + timedelta(days=day)) == 1
    assert [event.execution_id for event in await started()] == [
        scheduled_execution_id(user, f"2026-11-{day}") for day in (23, 24, 25)
    ]


async def test_two_replicas_start_each_person_once(
    new_scheduler: NewScheduler, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    replicas = [await new_scheduler(), await new_scheduler()]
    users = [uuid4() for _ in range(200)]
    await replicas[0].apply([update(user) for user in users])
    published: Counter[UUID] = Counter()
    for replica in replicas:
        publish = replica.bus.publish_together

        async def note(events: Sequence[tuple[Event, str]], publish=publish) -> None:  # type: ignore[no-untyped-def]
            published.update(event.user_id for event, _ in events)
            await publish(events)

        monkeypatch.setattr(replica.bus, "publish_together", note)

    async def work(replica: Scheduler) -> int:
        batches = 0
        while await replica.start_due(SIX):
            batches += 1
        return batches

    shares = await asyncio.gather(*(work(replica) for replica in replicas))
    assert all(shares), "both had a part in it"
    assert published == Counter(users)
    assert {event.user_id for event in await started()} == set(users)


async def test_a_crash_between_publish_and_move_starts_the_same_execution(
    scheduler: Scheduler, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = uuid4()
    await scheduler.apply([update(user)])
    publish = scheduler.bus.publish

    async def publish_and_die(event: Event, msg_id: str | None = None) -> None:
        await publish(event)  # without a message id, as if the duplicate window had passed
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(scheduler.bus, "publish", publish_and_die)
        with suppress(asyncio.CancelledError):
            await scheduler.start_due(SIX)
    assert await scheduler.start_due(SIX + timedelta(minutes=1)) == 1
    assert [event.execution_id for event in await started()] == [
        scheduled_execution_id(user, "2026-11-23")
    ] * 2


async def test_a_repeated_publish_is_stored_once(
    scheduler: Scheduler, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scheduler.apply([update(uuid4())])
    publish = scheduler.bus.publish

    async def publish_and_die(event: Event, msg_id: str | None = None) -> None:
        await publish(event, msg_id)
        raise ConnectionError("killed before the row moved")

    with monkeypatch.context() as patched:
        patched.setattr(scheduler.bus, "publish", publish_and_die)
        with pytest.raises(ConnectionError):
            await scheduler.start_due(SIX)
    assert await scheduler.start_due(SIX) == 1
    assert len(await started()) == 1


async def test_many_are_stored_together_and_again_one_by_one(
    scheduler: Scheduler, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler dies when its batch is stored, the next finds some of it due with others."""
    early, late = [uuid4() for _ in range(5)], [uuid4() for _ in range(5)]
    await scheduler.apply([update(user) for user in early])
    together = scheduler.bus.publish_together

    async def publish_and_die(events: Sequence[tuple[Event, str]]) -> None:
        await together(events)
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(scheduler.bus, "publish_together", publish_and_die)
        with suppress(asyncio.CancelledError):
            await scheduler.start_due(SIX)
    assert len(await started()) == 5
    await scheduler.apply([update(user) for user in late])
    assert await scheduler.start_due(SIX) == 10
    assert Counter(event.user_id for event in await started()) == Counter(early + late)


async def test_one_failed_publish_holds_nobody_else_back(
    scheduler: Scheduler, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlucky, others = uuid4(), {uuid4() for _ in range(5)}
    await scheduler.apply([update(user) for user in (unlucky, *others)])
    publish = scheduler.bus.publish

    async def fail(events: Sequence[tuple[Event, str]]) -> None:
        raise nats.errors.TimeoutError

    async def fail_one(event: Event, msg_id: str | None = None) -> None:
        if event.user_id == unlucky:
            raise ConnectionError("no acknowledgement")
        await publish(event, msg_id)

    with monkeypatch.context() as patched:
        patched.setattr(scheduler.bus, "publish_together", fail)
        patched.setattr(scheduler.bus, "publish", fail_one)
        with pytest.raises(ConnectionError):
            await scheduler.start_due(SIX)
    assert {event.user_id for event in await started()} == others
    assert await scheduler.start_due(SIX) == 1
    assert {event.user_id for event in await started()} == {unlucky, *others}


async def test_the_latest_update_wins_in_any_order(scheduler: Scheduler, tables: Tables) -> None:
    user = uuid4()
    late = update(user, 9, EVE + timedelta(hours=1), Schedule(local_time=time(9)))
    early = update(user, 3)
    for order in ([early, late], [late, early]):
        await scheduler.apply(order)
        await scheduler.apply([early])
        rows = await tables.rows("SELECT sequence, next_run_at FROM schedules")
        assert rows == [{"sequence": 9, "next_run_at": SIX + timedelta(hours=3)}]


async def test_a_changed_schedule_keeps_the_day_that_ran(scheduler: Scheduler, started: Started) -> None:
    user = uuid4()
    await scheduler.apply([update(user)])
    await scheduler.start_due(SIX)
    moved = update(user, 2, SIX + timedelta(hours=1), Schedule(local_time=time(9)))
    await scheduler.apply([moved])
    assert await scheduler.start_due(SIX + timedelta(hours=3)) == 0
    assert await scheduler.start_due(SIX + timedelta(hours=27)) == 1
    assert len(await started()) == 2


def days(events: Sequence[WorkflowStarted], user: UUID) -> list[str]:
    """Which days' runs these are."""
    dates = [(SIX + timedelta(days=shift)).date().isoformat() for shift in range(-2, 8)]
    named = {scheduled_execution_id(user, day): day for day in dates}
    return [named[event.execution_id] for event in events]


@pytest.mark.parametrize(
    ("before", "after", "hours"),
    [
        # At ten in New York it is midnight in Tokyo: the next day's run comes six hours later.
        ("America/New_York", "Asia/Tokyo", (11, 21, 45)),
        # Tokyo's 23rd began before: in New York the 23rd is still to come, but has had its run.
        ("Asia/Tokyo", "America/New_York", (-3, 35, 59)),
        # Across the date line, by 25 hours and back.
        ("Pacific/Pago_Pago", "Pacific/Kiritimati", (17, 40, 64)),
        ("Pacific/Kiritimati", "Pacific/Pago_Pago", (-8, 41, 65)),
    ],
)
async def test_who_moves_east_or_west_has_one_run_a_day(
    scheduler: Scheduler, started: Started, before: str, after: str, hours: tuple[int, ...]
) -> None:
    """`hours` after midnight (UTC) of the 23rd the runs come: of the 23rd at home, then at the new place."""
    user, midnight = uuid4(), SIX - timedelta(hours=6)
    at = [midnight + timedelta(hours=each) for each in hours]
    await scheduler.apply(
        [update(user, 1, at[0] - timedelta(hours=1), Schedule(local_time=time(6), timezone=before))]
    )
    await scheduler.start_due(at[0])
    moved_at = at[0] + timedelta(hours=4)
    await scheduler.apply([update(user, 2, moved_at, Schedule(local_time=time(6), timezone=after))])
    moment = moved_at
    while moment <= at[-1]:
        await scheduler.start_due(moment)
        moment += timedelta(minutes=30)
    runs = await started()
    assert [run.started_at for run in runs] == at
    assert len(set(days(runs, user))) == 3


@pytest.mark.parametrize("ahead", [timedelta(days=3), timedelta(days=3, hours=8)], ids=["run", "skipped"])
async def test_a_clock_that_was_ahead_loses_no_run(
    scheduler: Scheduler, started: Started, ahead: timedelta
) -> None:
    """While it is ahead, a run of that day is started, or all until then are skipped as missed."""
    user = uuid4()
    await scheduler.apply([update(user)])
    await scheduler.start_due(SIX)
    await scheduler.start_due(SIX + ahead)
    for hour in range(9, 5 * 24):  # set right
        await scheduler.start_due(SIX + timedelta(hours=hour))
    of_days = sorted(days(await started(), user))
    assert of_days == ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"]


async def test_a_clock_that_is_set_back_starts_nothing_twice(scheduler: Scheduler, started: Started) -> None:
    user = uuid4()
    await scheduler.apply([update(user)])
    await scheduler.start_due(SIX + timedelta(minutes=20))
    for minutes in range(-20, 60, 10):
        await scheduler.start_due(SIX + timedelta(minutes=minutes))
    assert len(await started()) == 1


async def test_a_run_missed_by_more_than_the_grace_is_skipped(
    scheduler: Scheduler, started: Started, tables: Tables
) -> None:
    await scheduler.apply([update(uuid4())])
    assert await scheduler.start_due(SIX + timedelta(hours=7)) == 1
    assert await started() == []
    assert await tables.rows("SELECT next_run_at FROM schedules") == [
        {"next_run_at": SIX + timedelta(days=1)}
    ]


async def test_an_erased_person_stays_erased(scheduler: Scheduler, started: Started, tables: Tables) -> None:
    gone, stays = uuid4(), uuid4()
    await scheduler.apply([update(gone), update(stays)])
    await scheduler.apply([deletion(gone), update(gone, 3, EVE + timedelta(hours=1))])
    await scheduler.apply([update(gone)])
    await scheduler.apply([deletion(gone)])
    await scheduler.start_due(SIX)
    assert [event.user_id for event in await started()] == [stays]
    assert await tables.rows("SELECT user_id FROM schedules") == [{"user_id": stays}]


async def test_erasure_waits_for_writers_who_saw_no_tombstone(
    scheduler: Scheduler, tables: Tables, eventually: Eventually
) -> None:
    """A transaction that wrote a row before the tombstone stood commits only after `erase` began."""
    await scheduler.apply([update(user := uuid4())])
    async with scheduler.store.transaction() as transaction:
        plans = await transaction.plans_of([user])
        await transaction.keep([replace(plans[user], user_id=(other := uuid4()))])
        erasing = asyncio.create_task(scheduler.store.erase({other}))
        waits = "SELECT 1 FROM pg_locks WHERE mode = 'ShareLock' AND NOT granted"
        await eventually(lambda: tables.rows(waits))
    await erasing
    assert await tables.rows("SELECT user_id FROM schedules") == [{"user_id": user}]


async def test_runs_by_itself(
    scheduler: Scheduler, started: Started, js: JetStreamContext, eventually: Eventually
) -> None:
    """Told on the bus of a run that is a few minutes old, it makes up for it."""
    due_at = datetime.now(UTC) - timedelta(minutes=3)
    await scheduler.apply([update(old := uuid4(), 1, due_at - timedelta(hours=1), _at(due_at))])
    scheduler.bus.consume_batches(scheduler.kinds, scheduler.apply)
    await scheduler.bus.start()
    running = asyncio.create_task(scheduler.keep_starting(timedelta(seconds=0.05)))
    try:
        await eventually(started)
        off = ScheduleUpdated(user_id=old, schedule=Schedule(enabled=False))
        await js.publish(off.subject, encode(off), stream="EVENTS")

        async def is_off() -> bool:
            return await scheduler.store.next_due(due_at) is None

        await eventually(is_off)
    finally:
        running.cancel()
    assert [event.user_id for event in await started()] == [old]


def _at(moment: datetime) -> Schedule:
    return Schedule(local_time=moment.time().replace(second=0, microsecond=0))
