"""What the scheduler does when people change their schedules, and when runs are due."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, cast
from uuid import UUID

import nats.errors
import structlog
from prometheus_client import Counter, Histogram

from polycast.bus import Bus
from polycast.contracts import Event, Received, ScheduleUpdated, UserDeleted, WorkflowStarted
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
            if not plans:
                plans = await transaction.claim_misled(now, self.batch)
            settled = [(plan, *due(plan, now, self.timing)) for plan in plans]
            runs = {plan.user_id: run for plan, run, _ in settled if run is not None}
            failures = await self._publish(
                [start(plan, run, now) for plan, run, _ in settled if run is not None]
            )
            await transaction.move([moved for _, _, moved in settled if moved.user_id not in failures])
        for plan, run, _ in settled:
            if run is None:
                self._note_missed(plan, now)
        begun = runs.keys() - failures.keys()
        for user_id in begun:
            LATENESS.observe((datetime.now(UTC) - runs[user_id].at).total_seconds())
        if begun:
            log.info("started runs", count=len(begun))
        for failure in failures.values():
            raise failure
        return len(plans)

    async def _publish(self, events: Sequence[WorkflowStarted]) -> dict[UUID, BaseException]:
        """Store them all with one sync, or else each for itself; returns why whose could not be.

        Together they are refused if one is stored already: by a scheduler that died before it moved its row.
        """
        named = [(event, f"{event.subject}:{event.key}") for event in events]
        try:
            if len(named) > 1:
                await self.bus.publish_together(named)
                return {}
        except (nats.errors.Error, TimeoutError) as error:
            log.info("starting runs one by one", count=len(named), error=repr(error))
        alone = [self.bus.publish(event, msg_id) for event, msg_id in named]
        outcomes = await asyncio.gather(*alone, return_exceptions=True)
        paired = zip(events, outcomes, strict=True)
        return {event.user_id: outcome for event, outcome in paired if isinstance(outcome, BaseException)}

    def _note_missed(self, plan: Plan, now: datetime) -> None:
        if plan.next_run_at is not None and plan.next_run_at <= now - self.timing.grace:
            MISSED.inc()
            log.warning("missed a run", user_id=str(plan.user_id), due=plan.next_run_at.isoformat())

    async def _nap(self, now: datetime, poll: timedelta) -> float:
        upcoming = await self.store.next_due(now)
        left = poll if upcoming is None else min(poll, upcoming - datetime.now(UTC))
        return max(0.0, left.total_seconds())
