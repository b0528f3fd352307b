"""What the aggregator does with a batch of events, and with executions that fell silent."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar, get_args
from uuid import UUID

import structlog
from nats.js.errors import NotFoundError
from prometheus_client import Counter, Histogram

from aggregator.domain import (
    DEADLINE,
    Announcement,
    Cause,
    Outcome,
    Patience,
    State,
    Status,
    Verdict,
    conclude,
    told_by,
)
from aggregator.store import PAGE, Transaction, WorkflowStore
from polycast.bus import Bus, Reject
from polycast.bus.streams import EVENTS_STREAM
from polycast.contracts import (
    ContentFailed,
    ContentGenerated,
    ContentRequested,
    ErrorInfo,
    Event,
    IdeaCreated,
    IdeasFailed,
    Received,
    UserDeleted,
    WorkflowStarted,
    content_id,
)
from polycast.tracing import within

log = structlog.get_logger()

OUTCOMES = Counter(
    "polycast_workflow_outcomes_total", "Outcomes decided, later revisions included", ["status"]
)
DURATION = Histogram(
    "polycast_workflow_duration_seconds",
    "From a workflow's start until its first outcome",
    ["status"],
    buckets=(1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200),
)
for status in get_args(Status):  # there from the start, so that the first failure counts as an increase
    OUTCOMES.labels(status)
    DURATION.labels(status)


class Aggregator:
    """Facts and outcomes are committed first; an outcome is then announced until the stream has it.

    So a crash at any point loses nothing: what was not committed is delivered again, and what was not
    announced is found by the next sweep of any replica. Who is told twice is told the same.
    """

    kinds: ClassVar[Sequence[type[Event]]] = (
        WorkflowStarted,
        IdeaCreated,
        IdeasFailed,
        ContentGenerated,
        ContentFailed,
        ContentRequested,
        UserDeleted,
    )

    def __init__(self, store: WorkflowStore, bus: Bus, patience: Patience) -> None:
        self.store = store
        self.bus = bus
        self.patience = patience

    async def apply(self, batch: Sequence[Received[Event]]) -> None:
        """Record a batch, and announce the workflows that it ended."""
        await self._refuse_unknown_platforms(batch)
        if erased := {
            received.event.user_id for received in batch if isinstance(received.event, UserDeleted)
        }:
            await self.store.erase(erased)
        if told := [t for received in batch if (t := told_by(received)) is not None]:
            causes = {t.execution.execution_id: t.cause for t in told}
            asking = {t.execution.execution_id for t in told if t.asks_again}
            async with self.store.transaction() as transaction:
                states = await transaction.record(told)
                verdicts = await self._settle(transaction, states, causes, asking)
            if any(verdict.is_new or verdict.is_repeat for verdict in verdicts):
                await self.announce()

    async def _refuse_unknown_platforms(self, batch: Sequence[Received[Event]]) -> None:
        """Nobody else would say that a draft was requested of a platform that doesn't exist."""
        requests = [r.event for r in batch if isinstance(r.event, ContentRequested)]
        announced = await self.bus.platforms() if requests else {}
        for request in requests:
            if request.platform not in announced:
                reason = (
                    f"unknown platform {request.platform}; announced are {', '.join(announced) or 'none'}"
                )
                raise Reject(reason, publish=[_refused(request, reason)])

    async def keep_sweeping(self, interval: float) -> None:
        """End what fell silent and announce what a crash left unannounced, every `interval` seconds."""
        while True:
            await self.sweep(datetime.now(UTC))
            await asyncio.sleep(interval)

    async def sweep(self, now: datetime) -> None:
        if await self.store.is_any_overdue(now, self.patience):
            horizon = await self._horizon(now)
            while horizon is not None and await self._expire(horizon):
                pass
        await self.announce()

    async def announce(self) -> None:
        """Publish every outcome that isn't known to be in the stream. Other replicas' are left to them."""
        while await self._announce_page() == PAGE:
            pass

    async def _announce_page(self) -> int:
        async with self.store.unannounced() as announcements:
            await asyncio.gather(*map(self._tell, announcements))
        return len(announcements)

    async def _tell(self, announcement: Announcement) -> None:
        event, cause = announcement.event, announcement.cause
        with within(cause.traceparent):
            await self.bus.publish(event, f"{cause.name}:{event.subject}:{event.key}")

    async def _expire(self, horizon: datetime) -> bool:
        async with self.store.transaction() as transaction:
            states = await transaction.expire(horizon, self.patience)
            await self._settle(transaction, states, causes={}, asking=())
        return bool(states)

    async def _settle(
        self,
        transaction: Transaction,
        states: Iterable[State],
        causes: Mapping[UUID, Cause],
        asking: Container[UUID],
    ) -> list[Verdict]:
        verdicts = [
            Verdict(
                state,
                conclude(state, self.patience),
                cause=causes.get(state.execution_id, DEADLINE),
                is_asked_for=state.execution_id in asking,
            )
            for state in states
        ]
        await transaction.settle(verdicts)
        for verdict in verdicts:
            if verdict.outcome is not None and verdict.is_new:
                _tell_operators(verdict.state, verdict.outcome)
        return verdicts

    async def _horizon(self, now: datetime) -> datetime | None:
        """The moment up to which every event was handled, if that can be told.

        Deadlines are counted to it, so that after an outage of its own the aggregator doesn't take events
        that still wait in the stream for events that never came.
        """
        info = await self.bus.js.consumer_info(EVENTS_STREAM, self.bus.name)
        if not info.num_pending and not info.num_ack_pending:
            return now
        handled = info.ack_floor.stream_seq if info.ack_floor else 0
        try:
            unhandled = await self.bus.js.get_msg(EVENTS_STREAM, seq=handled + 1, subject=">", next=True)
        except NotFoundError:  # erased or expired meanwhile; the next sweep sees clearer
            return None
        return unhandled.time


def _tell_operators(state: State, outcome: Outcome) -> None:
    log.info(
        "workflow over",
        execution_id=str(state.execution_id),
        revision=state.revision + 1,
        **outcome.counts._asdict(),
    )
    OUTCOMES.labels(outcome.counts.status).inc()
    if not state.revision:
        taken = outcome.completed_at - state.began_at
        DURATION.labels(outcome.counts.status).observe(taken.total_seconds())


def _refused(request: ContentRequested, reason: str) -> ContentFailed:
    return ContentFailed(
        content_id=content_id(request.idea.idea_id, request.platform),
        idea_id=request.idea.idea_id,
        execution_id=request.idea.execution_id,
        user_id=request.user_id,
        platform=request.platform,
        generation=request.generation,
        error=ErrorInfo(code="unknown_platform", message=reason),
    )
