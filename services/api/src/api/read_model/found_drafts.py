"""Which drafts a list shows: filters, full-text search, order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, Text, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.ext.asyncio import AsyncConnection

from api.lifecycle import State
from api.read_model.configuration import zone_for
from api.read_model.drafts import DraftFilter, belongs, drafts_of, every_draft, updated_at
from api.store import drafts, generations, ideas


@dataclass(frozen=True)
class FoundDrafts:
    query: Select[Any]
    count: Select[int]
    moment: ColumnElement[datetime]
    """By what they are sorted."""
    key: ColumnElement[UUID]


async def found_drafts(connection: AsyncConnection, user_id: UUID, filters: DraftFilter) -> FoundDrafts:
    """Those that nobody touched for a year are shown for the days that a list names."""
    source = every_draft if filters.names_days and not filters.deleted else drafts
    zone = await zone_for(filters, connection, user_id)
    own = filters.within(source.c.created_at, zone)
    own.append(source.c.state == filters.state if filters.state else source.c.state != State.FAILED)
    for name in ("platform", "workflow_id", "idea_id"):
        value = getattr(filters, name)
        if value is not None:
            own.append(source.c[name] == value)
    joined: list[ColumnElement[bool]] = []
    if filters.topic is not None:
        joined.append(func.lower(ideas.c.topic_category) == filters.topic.lower())
    if filters.q is not None:
        joined += await _says(connection, source, filters.q)
    query = drafts_of(user_id, deleted=filters.deleted, source=source).where(*own, *joined)
    # Without the joins that it doesn't need, the count is answered by an index alone.
    counted = (
        query
        if joined
        else select(source.c.id).where(*belongs(source, user_id, deleted=filters.deleted)).where(*own)
    )
    return FoundDrafts(
        query,
        counted.with_only_columns(func.count(), maintain_column_froms=True),
        source.c.created_at if filters.sort.endswith("created_at") else updated_at(source),
        source.c.id,
    )


async def _says(connection: AsyncConnection, source: FromClause, q: str) -> list[ColumnElement[bool]]:
    """The words of the text that is shown and of its idea, as one: or `-word` would be met by either.

    No index covers both, so each one's finds what holds any of the words, and only that is looked at.
    """
    asked = func.websearch_to_tsquery("english", q)
    row = (await connection.execute(select(cast(asked, Text), func.querytree(asked)))).one()
    words = func.coalesce(ideas.c.search, literal("", TSVECTOR)).op("||")(_shown_words(source))
    conditions: list[ColumnElement[bool]] = [words.op("@@")(asked)]
    if row[1] != _ANYTHING:
        lexemes = re.findall(r"'(?:[^']|'')*'", row[0])
        holding = func.api.drafts_holding(cast(" | ".join(lexemes), TSQUERY))
        conditions.append(source.c.id.in_(select(holding)))
    return conditions


#: What `querytree` answers of a query that no index helps with: all but what holds a word.
_ANYTHING = "T"


def _shown_words(source: FromClause) -> ColumnElement[Any]:
    is_chosen = source.c.edited_text.is_(None) & generations.c.content_text.is_not(None)
    return case((is_chosen, generations.c.search), else_=source.c.search)
