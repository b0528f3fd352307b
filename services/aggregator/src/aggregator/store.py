"""What the aggregator remembers, behind a small API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import Row, exists, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from aggregator.domain import Announcement, Cause, Counts, Outcome, Patience, State, Told, Verdict
from aggregator.statements import (
    ANNOUNCE_AGAIN,
    PAGE,
    RECORD_DRAFTS,
    RECORD_EXECUTIONS,
    STATES,
    UNANNOUNCED,
    overdue,
)
from aggregator.tables import ERASURE, SCHEMA, executions, outcomes
from polycast.db import Database

__all__ = ["PAGE", "SCHEMA", "Transaction", "WorkflowStore"]


class WorkflowStore:
    def __init__(self, database: Database) -> None:
        self.database = database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self.database.begin() as connection:
            yield Transaction(connection)

    async def is_any_overdue(self, now: datetime, patience: Patience) -> bool:
        async with self.database.single() as connection:
            return bool(await connection.scalar(select(exists(overdue(now, patience)))))

    @asynccontextmanager
    async def unannounced(self) -> AsyncIterator[list[Announcement]]:
        """Outcomes that nobody else is announcing. They count as announced if the block ends well."""
        async with self.database.begin() as connection:
            announcements = [_announcement(row) for row in await connection.execute(UNANNOUNCED)]
            yield announcements
            if announcements:
                # Lost in a crash of the server, this mark costs one repetition: not worth a disk's sync.
                await connection.execute(text("SET LOCAL synchronous_commit = off"))
                await connection.execute(
                    update(outcomes)
                    .where(
                        tuple_(outcomes.c.execution_id, outcomes.c.revision).in_(
                            [(a.execution_id, a.revision) for a in announcements]
                        )
                    )
                    .values(announced=True)
                )

    async def erase(self, users: Collection[UUID]) -> None:
        """Forget people. Afterwards nothing of them can be written again."""
        await ERASURE.erase(self.database, users)


class Transaction:
    """One transaction's worth of work. Executions are locked in the order of their ids."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def record(self, told: Sequence[Told]) -> list[State]:
        """Merge facts into what is known; returns the state of each execution that they are about.

        Facts about people who were erased are dropped.
        """
        facts = to_json([t.execution for t in told]).decode()
        executed = await self.connection.execute(RECORD_EXECUTIONS, {"rows": facts})
        standing = set(executed.scalars())
        facts_of_drafts = [draft for t in told for draft in t.drafts if draft.execution_id in standing]
        if facts_of_drafts:
            await self.connection.execute(RECORD_DRAFTS, {"rows": to_json(facts_of_drafts).decode()})
        return await self._states(standing)

    async def expire(self, horizon: datetime, patience: Patience) -> list[State]:
        """End the wait of executions that were silent for too long before `horizon`, some at a time."""
        silent = overdue(horizon, patience).order_by(executions.c.last_event_at).limit(PAGE)
        found = list(await self.connection.scalars(silent.with_for_update(skip_locked=True)))
        if found:
            await self.connection.execute(
                update(executions).where(executions.c.execution_id.in_(found)).values(expired_at=horizon)
            )
        return await self._states(found)

    async def settle(self, verdicts: Sequence[Verdict]) -> None:
        """Store what was decided of executions that this transaction holds."""
        concluded = [v.state for v in verdicts if v.outcome is not None and v.state.waiting]
        reopened = [v.state for v in verdicts if v.outcome is None and not v.state.waiting]
        await self._set_waiting(False, concluded)
        await self._set_waiting(True, reopened)
        if decided := [_outcome_row(v, v.outcome) for v in verdicts if v.outcome and v.is_new]:
            await self.connection.execute(insert(outcomes), decided)
        if repeated := [v for v in verdicts if v.is_repeat]:
            keys = [
                {
                    "id": v.state.execution_id,
                    "latest": v.state.revision,
                    "because": v.cause.name,
                    "within": v.cause.traceparent,
                }
                for v in repeated
            ]
            await self.connection.execute(ANNOUNCE_AGAIN, keys)

    async def _set_waiting(self, waiting: bool, states: Sequence[State]) -> None:
        if states:
            await self.connection.execute(
                update(executions)
                .where(executions.c.execution_id.in_([state.execution_id for state in states]))
                .values(waiting=waiting)
            )

    async def _states(self, execution_ids: Collection[UUID]) -> list[State]:
        if not execution_ids:
            return []
        return [_state(row) for row in await self.connection.execute(STATES, {"ids": list(execution_ids)})]


def _state(row: Row[*tuple[Any, ...]]) -> State:
    return State(
        execution_id=row.execution_id,
        total=row.total,
        ideas_failed_at=row.ideas_failed_at,
        failure=row.failure,
        expired_at=row.expired_at,
        waiting=row.waiting,
        ideas=row.ideas,
        generated=row.generated,
        failed=row.failed or (),
        missing=row.missing or (),
        draft_failure=row.draft_failure,
        newest_idea_at=row.newest_idea_at,
        newest_result_at=row.newest_result_at,
        revision=row.revision or 0,
        decided=_counts(row) if row.revision else None,
        began_at=row.began_at,
    )


def _counts(row: Row[*tuple[Any, ...]]) -> Counts:
    return Counts(row.status, row.ideas_generated, row.content_generated, row.content_failed)


def _outcome_row(verdict: Verdict, outcome: Outcome) -> dict[str, Any]:
    return {
        "execution_id": verdict.state.execution_id,
        "revision": verdict.state.revision + 1,
        "error_message": outcome.error_message,
        "completed_at": outcome.completed_at,
        "cause": verdict.cause.name,
        "traceparent": verdict.cause.traceparent,
        **outcome.counts._asdict(),
    }


def _announcement(row: Row[*tuple[Any, ...]]) -> Announcement:
    return Announcement(
        execution_id=row.execution_id,
        user_id=row.user_id,
        started_at=row.started_at,
        revision=row.revision,
        outcome=Outcome(_counts(row), row.error_message, row.completed_at),
        cause=Cause(row.cause, row.traceparent),
    )
