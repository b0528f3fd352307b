from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Numeric, Select, cast, func, select, union_all
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from api.lifecycle import State
from api.read_model.drafts import every_draft
from api.read_model.usage import Usage
from api.read_model.workflows import Status, status_of
from api.store import drafts, generations, ideas, outcomes, workflows

DAYS = 30


class DayCount(BaseModel):
    date: dt.date
    drafts: int


class Stats(BaseModel):
    """Everything of one person, deleted drafts left out."""

    ideas: int
    drafts: dict[State, int]
    """By state; every state is there."""
    platforms: dict[str, int]
    """Drafts by platform, failed ones left out."""
    workflows: dict[Status, int]
    days: list[DayCount]
    """Drafts written on each of the last 30 days, in the person's time zone, oldest first."""
    usage: Usage


async def stats_of(connection: AsyncConnection, user_id: UUID, zone: ZoneInfo) -> Stats:
    states, platforms = await _drafts(connection, user_id)
    return Stats(
        ideas=await connection.scalar(_count(ideas.c.user_id == user_id)) or 0,
        drafts=states,
        platforms=platforms,
        workflows=await _workflows(connection, user_id),
        days=await _days(connection, user_id, zone),
        usage=await _usage(connection, user_id),
    )


def _count(condition: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).where(condition)


async def _drafts(connection: AsyncConnection, user_id: UUID) -> tuple[dict[State, int], dict[str, int]]:
    query = (
        select(every_draft.c.state, every_draft.c.platform, func.count())
        .where(every_draft.c.user_id == user_id, every_draft.c.deleted_at.is_(None))
        .group_by(every_draft.c.state, every_draft.c.platform)
    )
    states = dict.fromkeys(State, 0)
    platforms: dict[str, int] = {}
    for state, platform, count in await connection.execute(query):
        states[State(state)] += count
        if state != State.FAILED:
            platforms[platform] = platforms.get(platform, 0) + count
    return states, dict(sorted(platforms.items()))


async def _workflows(connection: AsyncConnection, user_id: UUID) -> dict[Status, int]:
    query = (
        select(status_of, func.count())
        .select_from(workflows.outerjoin(outcomes, outcomes.c.workflow_id == workflows.c.id))
        .where(workflows.c.user_id == user_id)
        .group_by(status_of)
    )
    counts = dict.fromkeys(Status, 0)
    for status, count in await connection.execute(query):
        counts[Status(status)] = count
    return counts


async def _days(connection: AsyncConnection, user_id: UUID, zone: ZoneInfo) -> list[DayCount]:
    today = dt.datetime.now(zone).date()
    first = today - dt.timedelta(days=DAYS - 1)
    since = dt.datetime.combine(first, dt.time(), tzinfo=zone)
    day = func.date(func.timezone(zone.key, drafts.c.created_at)).label("day")
    query = (
        select(day, func.count())
        .where(
            drafts.c.user_id == user_id,
            drafts.c.created_at >= since,
            drafts.c.deleted_at.is_(None),
            drafts.c.state != State.FAILED,
        )
        .group_by(day)
    )
    counts: dict[dt.date, int] = {row[0]: row[1] for row in await connection.execute(query)}
    days = (first + dt.timedelta(days=n) for n in range(DAYS))
    return [DayCount(date=day, drafts=counts.get(day, 0)) for day in days]


async def _usage(connection: AsyncConnection, user_id: UUID) -> Usage:
    """One call made all ideas of a workflow, and each of them tells of it."""
    call_key = func.coalesce(ideas.c.workflow_id, ideas.c.id)
    calls = union_all(
        select(every_draft.c.provenance).where(every_draft.c.user_id == user_id),
        select(generations.c.provenance).where(generations.c.user_id == user_id),
        select(ideas.c.provenance).where(ideas.c.user_id == user_id).ext(distinct_on(call_key)),
    ).subquery()

    def total(name: str) -> ColumnElement[Any]:
        return func.sum(cast(calls.c.provenance[name].astext, Numeric))

    row = (
        await connection.execute(
            select(total("tokens_in"), total("tokens_out"), total("cost_usd")).select_from(calls)
        )
    ).one()
    return Usage(tokens_in=row[0] or 0, tokens_out=row[1] or 0, cost_usd=row[2])
