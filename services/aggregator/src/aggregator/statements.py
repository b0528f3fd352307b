"""The aggregator's SQL, set-based: each statement is the same for every size of batch.

What is known merges by `least` and `greatest`, which ignore nulls, inside a batch and with what is stored.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Select,
    TableValuedAlias,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    column,
    distinct,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from aggregator.domain import Patience
from aggregator.tables import MOMENT, drafts, erased_users, executions, outcomes

PAGE = 200


def _told(*columns: Column[Any]) -> TableValuedAlias:
    """Facts as a table, from one JSON parameter: one statement for every size of batch."""
    rows = cast(bindparam("rows", type_=Text), JSONB)
    typed = [column(c.name, c.type) for c in columns]
    return func.jsonb_to_recordset(rows).table_valued(*typed).render_derived(name="told", with_types=True)


_FACTS = _told(
    executions.c.execution_id,
    executions.c.user_id,
    Column("at", MOMENT),
    executions.c.started_at,
    executions.c.total,
    executions.c.ideas_failed_at,
    executions.c.failure,
)
_EXECUTIONS_TOLD = {
    "execution_id": _FACTS.c.execution_id,
    "user_id": _FACTS.c.user_id,
    "first_event_at": func.min(_FACTS.c.at),
    "last_event_at": func.max(_FACTS.c.at),
    "started_at": func.min(_FACTS.c.started_at),
    "total": func.max(_FACTS.c.total),
    "ideas_failed_at": func.min(_FACTS.c.ideas_failed_at),
    # Of several reasons the alphabetically first: any choice does that arrival doesn't sway.
    "failure": func.min(_FACTS.c.failure),
}
_NEW_EXECUTIONS = insert(executions).from_select(
    list(_EXECUTIONS_TOLD),
    select(*_EXECUTIONS_TOLD.values())
    .where(~exists().where(erased_users.c.user_id == _FACTS.c.user_id))
    .group_by(_FACTS.c.execution_id, _FACTS.c.user_id)
    .order_by(_FACTS.c.execution_id),
)
RECORD_EXECUTIONS = _NEW_EXECUTIONS.on_conflict_do_update(
    index_elements=[executions.c.execution_id],
    set_={
        name: (func.greatest if name in ("last_event_at", "total") else func.least)(
            executions.c[name], _NEW_EXECUTIONS.excluded[name]
        )
        for name in _EXECUTIONS_TOLD
        if name not in ("execution_id", "user_id")
    },
    where=executions.c.user_id == _NEW_EXECUTIONS.excluded.user_id,
).returning(executions.c.execution_id)

_DRAFT_FACTS = _told(*drafts.c)
_DRAFT_KEY = ("execution_id", "idea_id", "platform")
_DRAFT_VALUES = ("expected_at", "generated_at", "failed_at", "failure")
_NEW_DRAFTS = insert(drafts).from_select(
    [*_DRAFT_KEY, *_DRAFT_VALUES],
    select(
        *(_DRAFT_FACTS.c[name] for name in _DRAFT_KEY),
        *(func.min(_DRAFT_FACTS.c[name]) for name in _DRAFT_VALUES),
    ).group_by(*(_DRAFT_FACTS.c[name] for name in _DRAFT_KEY)),
)
RECORD_DRAFTS = _NEW_DRAFTS.on_conflict_do_update(
    index_elements=[drafts.c[name] for name in _DRAFT_KEY],
    set_={name: func.least(drafts.c[name], _NEW_DRAFTS.excluded[name]) for name in _DRAFT_VALUES},
)

_GENERATED = drafts.c.generated_at.is_not(None)
_FAILED = and_(drafts.c.generated_at.is_(None), drafts.c.failed_at.is_not(None))
_MISSING = and_(drafts.c.generated_at.is_(None), drafts.c.failed_at.is_(None))
_SUMMED_UP = (
    select(
        func.count(distinct(drafts.c.idea_id)).label("ideas"),
        func.count().filter(_GENERATED).label("generated"),
        func.array_agg(drafts.c.platform).filter(_FAILED).label("failed"),
        func.array_agg(drafts.c.platform).filter(_MISSING).label("missing"),
        func.min(drafts.c.failure).filter(_FAILED).label("draft_failure"),
        func.max(drafts.c.expected_at).label("newest_idea_at"),
        func.max(func.coalesce(drafts.c.generated_at, drafts.c.failed_at)).label("newest_result_at"),
    )
    .where(drafts.c.execution_id == executions.c.execution_id, drafts.c.expected_at.is_not(None))
    .lateral("summed_up")
)
_LATEST = (
    select(outcomes)
    .where(outcomes.c.execution_id == executions.c.execution_id)
    .order_by(outcomes.c.revision.desc())
    .limit(1)
    .lateral("latest")
)
_BEGAN_AT = func.coalesce(executions.c.started_at, executions.c.first_event_at)
_COUNTS = ("status", "ideas_generated", "content_generated", "content_failed")
STATES = (
    select(
        executions.c.execution_id,
        executions.c.total,
        executions.c.ideas_failed_at,
        executions.c.failure,
        executions.c.expired_at,
        executions.c.waiting,
        _BEGAN_AT.label("began_at"),
        *_SUMMED_UP.c,
        _LATEST.c.revision,
        *(_LATEST.c[name] for name in _COUNTS),
    )
    .select_from(executions)
    .join(_SUMMED_UP, true())
    .outerjoin(_LATEST, true())
    .where(executions.c.execution_id == func.any(bindparam("ids", type_=ARRAY(Uuid))))
)

UNANNOUNCED = (
    select(
        outcomes,
        executions.c.user_id,
        _BEGAN_AT.label("started_at"),
    )
    .join(executions, executions.c.execution_id == outcomes.c.execution_id)
    .where(~outcomes.c.announced)
    .order_by(outcomes.c.execution_id, outcomes.c.revision)
    .limit(PAGE)
    .with_for_update(of=outcomes, skip_locked=True)
)
ANNOUNCE_AGAIN = (
    update(outcomes)
    .where(outcomes.c.execution_id == bindparam("id"), outcomes.c.revision == bindparam("latest"))
    .values(announced=False, cause=bindparam("because"), traceparent=bindparam("within"))
)


def overdue(horizon: datetime, patience: Patience) -> Select[UUID]:
    """Executions that were silent for too long. Drafts alone, without a start or an idea, make none."""
    is_begun = or_(executions.c.started_at.is_not(None), executions.c.total.is_not(None))
    patiently = case((executions.c.total.is_(None), patience.queue), else_=patience.deadline)
    return select(executions.c.execution_id).where(
        executions.c.waiting, is_begun, executions.c.last_event_at < literal(horizon, MOMENT) - patiently
    )
