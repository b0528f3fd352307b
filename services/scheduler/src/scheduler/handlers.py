"""What the scheduler does when people change their schedules, and when runs are due."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, cast

import structlog
from prometheus_client import Counter, Histogram

from polycast.bus import Bus
from polycast.contracts import Event, Received, ScheduleUpdated, UserDeleted
from scheduler.domain import Plan, Timing, due, revised, start
from scheduler.store import ScheduleStore

log = structlog.get_logger()

LATENESS = Histogram(
    "polycast_scheduler_lateness_seconds",
    "From when a run was due until it was in the stream",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600),
)
MISSED = Counter(
    "polycast_scheduler_missed_runs_total", "Times when no run was left to make up for within the grace"
)


class Scheduler:
    """A due row is its own outbox: the run is published first, then the row moves to its next time.

    A crash between the two publishes the run once more, with the same execution id.
    """

    kinds: ClassVar[Sequence[type[Event]]] = (ScheduleUpdated, UserDeleted)

    def __init__(self, store: ScheduleStore, bus: Bus, timing: Timing, batch: int) -> None:
        self.store = store
        self.bus = bus
        self.timing = timing
        self.batch = batch

    async def apply(self, events: Sequence[Received[Event]]) -> Sequence[Event]:
        """Plan the runs of people who changed their schedule; forget those who left."""
        if erased := {
            received.event.user_id for received in events if isinstance(received.event, UserDeleted)
        }:
            await self.store.erase(erased)
        updates = [cast(Received[ScheduleUpdated], r) for r in events if isinstance(r.event, ScheduleUpdated)]
        async with self.store.transaction() as transaction:
            plans = await transaction.plans_of({update.event.user_id for update in updates})
            for update in updates:
                user_id = update.event.user_id
                plans[user_id] = revised(plans.get(user_id), update, self.timing)
            await transaction.keep(plans.values())
        return ()

    async def keep_starting(self, poll: timedelta) -> None:
        """Start runs when they are due; look every `poll` for what other replicas planned or left."""
        while True:
            now = datetime.now(UTC)
            if await self.start_due(now) < self.batch:
                await asyncio.sleep(await self._nap(now, poll))

    async def start_due(self, now: datetime) -> int:
        """Start a batch of due runs that no other replica has in hand; returns how many plans were due.

        Raises:
            nats.errors.Error: a run could not be published. It stays due; the others have moved on.
        """
        async with self.store.transaction() as transaction:
            plans = await transaction.claim_due(now, self.batch)
            settled = await asyncio.gather(*(self._start(p, now) for p in plans), return_exceptions=True)
            await transaction.move([moved for moved in settled if isinstance(moved, Plan)])
        for failure in settled:
            if isinstance(failure, BaseException):
                raise failure
        return len(plans)

    async def _start(self, plan: Plan, now: datetime) -> Plan:
        run, moved = due(plan, now, self.timing)
        if run is not None:
            event = start(plan, run, now)
            await self.bus.publish(event, f"{event.subject}:{event.key}")
            LATENESS.observe((datetime.now(UTC) - run.at).total_seconds())
        elif plan.next_run_at is not None and plan.next_run_at <= now - self.timing.grace:
            MISSED.inc()
            log.warning("missed a run", user_id=str(plan.user_id), due=plan.next_run_at.isoformat())
        return moved

    async def _nap(self, now: datetime, poll: timedelta) -> float:
        upcoming = await self.store.next_due(now)
        left = poll if upcoming is None else min(poll, upcoming - datetime.now(UTC))
        return max(0.0, left.total_seconds())
