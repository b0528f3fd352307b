"""The scheduler's tables: a row a person, due when `next_run_at` has come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Index,
    Row,
    Table,
    TableValuedAlias,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from polycast.contracts import Preferences, Schedule
from polycast.db import Database, Erasure, Schema
from scheduler.domain import AHEAD, Plan

SCHEMA = Schema("scheduler", Path(__file__).parents[2] / "migrations")

_MOMENT = DateTime(timezone=True)

schedules = Table(
    "schedules",
    SCHEMA.metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("schedule", JSONB, nullable=False),
    Column("preferences", JSONB, nullable=False),
    Column("platforms", JSONB, nullable=False),
    Column("sequence", BigInteger, nullable=False, comment="of the latest schedule.updated"),
    Column("updated_at", _MOMENT, nullable=False, comment="its time in the stream"),
    Column("next_run_at", _MOMENT, comment="null while switched off"),
    Column("last_day", Date, comment="local date of the latest run"),
    Column("moved_at", _MOMENT, comment="when the scheduler last settled it"),
    Index("schedules_moved", "moved_at"),
    Index("schedules_due", "next_run_at", postgresql_where=text("next_run_at IS NOT NULL")),
)
erased_users = Table("erased_users", SCHEMA.metadata, Column("user_id", Uuid, primary_key=True))
ERASURE = Erasure(SCHEMA)


class ScheduleStore:
    def __init__(self, database: Database) -> None:
        self.database = database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self.database.begin() as connection:
            yield Transaction(connection)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the first run later than `now` is due."""
        upcoming = select(func.min(schedules.c.next_run_at)).where(schedules.c.next_run_at > now)
        async with self.database.begin() as connection:
            moment: datetime | None = await connection.scalar(upcoming)
            return moment

    async def erase(self, users: Collection[UUID]) -> None:
        """Forget people. Afterwards nothing of them can be written again."""
        await ERASURE.erase(self.database, users)


class Transaction:
    """One transaction's worth of work. Rows that are waited for are locked in the order of their ids."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def plans_of(self, users: Collection[UUID]) -> dict[UUID, Plan]:
        """These people's plans, locked."""
        theirs = select(schedules).where(schedules.c.user_id.in_(users)).order_by(schedules.c.user_id)
        rows = await self.connection.execute(theirs.with_for_update())
        return {row.user_id: _plan(row) for row in rows}

    async def keep(self, plans: Iterable[Plan]) -> None:
        """Store plans, unless a newer one stands or the person was erased."""
        if rows := [_row(plan) for plan in plans]:
            await self.connection.execute(_KEEP, {"rows": to_json(rows).decode()})

    async def claim_due(self, now: datetime, limit: int) -> list[Plan]:
        """Plans whose run is due, the most overdue first; those that another replica holds are left to it."""
        return await self._claim(schedules.c.next_run_at <= now, schedules.c.next_run_at, limit)

    async def claim_misled(self, now: datetime, limit: int) -> list[Plan]:
        """Likewise, plans that were moved by a clock that was ahead."""
        is_misled = and_(schedules.c.moved_at > now + AHEAD, schedules.c.next_run_at.is_not(None))
        return await self._claim(is_misled, schedules.c.moved_at, limit)

    async def _claim(self, which: ColumnElement[bool], order: Column[Any], limit: int) -> list[Plan]:
        claim = select(schedules).where(which).order_by(order).limit(limit).with_for_update(skip_locked=True)
        return [_plan(row) for row in await self.connection.execute(claim)]

    async def move(self, plans: Sequence[Plan]) -> None:
        """Store where claimed plans stand now."""
        if plans:
            moved = [{c.name: getattr(plan, c.name) for c in _MOVED.c} for plan in plans]
            await self.connection.execute(_MOVE, {"rows": to_json(moved).decode()})


def _rows(*columns: Column[Any]) -> TableValuedAlias:
    """Rows as a table, from one JSON parameter: one statement for every size of batch."""
    rows = cast(bindparam("rows", type_=Text), JSONB)
    typed = [column(c.name, c.type) for c in columns]
    return func.jsonb_to_recordset(rows).table_valued(*typed).render_derived(name="given", with_types=True)


_KEPT = [c for c in schedules.c if c.name not in ("last_day", "moved_at")]
_GIVEN = _rows(*_KEPT)
_NEW = insert(schedules).from_select(
    [c.name for c in _KEPT],
    select(*_GIVEN.c)
    .where(~exists().where(erased_users.c.user_id == _GIVEN.c.user_id))
    .order_by(_GIVEN.c.user_id),
)
_KEEP = _NEW.on_conflict_do_update(
    index_elements=[schedules.c.user_id],
    set_={c.name: _NEW.excluded[c.name] for c in _KEPT if not c.primary_key},
    where=or_(
        _NEW.excluded.sequence > schedules.c.sequence, _NEW.excluded.updated_at > schedules.c.updated_at
    ),
)

_MOVED = _rows(schedules.c.user_id, schedules.c.next_run_at, schedules.c.last_day, schedules.c.moved_at)
_MOVE = (
    update(schedules)
    .where(schedules.c.user_id == _MOVED.c.user_id)
    .values(**{c.name: c for c in _MOVED.c if c.name != "user_id"})
)


def _plan(row: Row[*tuple[Any, ...]]) -> Plan:
    return Plan(
        user_id=row.user_id,
        schedule=Schedule.model_validate(row.schedule),
        preferences=Preferences.model_validate(row.preferences),
        platforms=tuple(row.platforms),
        sequence=row.sequence,
        updated_at=row.updated_at,
        next_run_at=row.next_run_at,
        last_day=row.last_day,
        moved_at=row.moved_at,
    )


def _row(plan: Plan) -> dict[str, Any]:
    return {
        "user_id": plan.user_id,
        "schedule": plan.schedule,
        "preferences": plan.preferences,
        "platforms": plan.platforms,
        "sequence": plan.sequence,
        "updated_at": plan.updated_at,
        "next_run_at": plan.next_run_at,
    }
