from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from rapidfuzz.distance import Indel
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.read_model.drafts import Draft, every_draft
from api.store import edits, generations, regenerations
from polycast.contracts import CheckResult, ErrorInfo

#: Of each kind, the newest: whoever saves by the minute must not make one answer of thousands of texts.
MOST = 100


class Piece(BaseModel):
    """Words that two texts share, or that only the later or the earlier one has."""

    change: Literal["same", "added", "removed"]
    text: str


class Revision(BaseModel):
    revision: str
    """Names it for `/revert`: `generation-2`, `edit-3`."""
    source: Literal["ai", "person"]
    status: Literal["written", "requested", "failed"]
    generation: int | None
    """None for a person's edit."""
    instruction: str | None
    """With what words a later generation was asked for."""
    content_text: str | None
    """None unless written."""
    checks: CheckResult | None
    error: ErrorInfo | None
    is_current: bool
    created_at: datetime
    diff: list[Piece]
    """How it differs from the text before it; empty for the first."""


class RevisionList(BaseModel):
    revisions: list[Revision]
    """Oldest first; of edits and of later generations, the newest hundred each."""

    def compare(self) -> None:
        """Fill in every `diff`. With many long texts this takes a while: off the event loop."""
        before: str | None = None
        for revision in self.revisions:
            if revision.content_text is not None:
                revision.diff = diff(before, revision.content_text) if before is not None else []
                before = revision.content_text


async def revisions_of(connection: AsyncConnection, shown: Draft) -> RevisionList:
    current = await _current(connection, shown.id)
    number = int(current.rpartition("-")[2])
    found = [
        *await _generations(connection, shown.id, number),
        *await _edits(connection, shown.id, number),
    ]
    for revision in found:
        revision.is_current = revision.revision == current
    return RevisionList(revisions=sorted(found, key=lambda revision: revision.created_at))


async def _current(connection: AsyncConnection, content_id: UUID) -> str:
    query = select(every_draft.c.edited_text, every_draft.c.edited_revision, every_draft.c.chosen_generation)
    row = (await connection.execute(query.where(every_draft.c.id == content_id))).one()
    if row.edited_text is not None:
        return f"edit-{row.edited_revision}"
    return f"generation-{row.chosen_generation}"


def _newest(query: Select[Any], number: ColumnElement[int], current: int) -> Select[Any]:
    """And the one that is shown."""
    return query.order_by((number == current).desc(), number.desc()).limit(MOST)


async def _generations(connection: AsyncConnection, content_id: UUID, current: int) -> list[Revision]:
    shown = ("content_text", "checks", "error", "created_at")
    first = select(*(every_draft.c[name] for name in shown)).where(every_draft.c.id == content_id)
    later = select(generations.c.generation, *(generations.c[name] for name in shown)).where(
        generations.c.content_id == content_id
    )
    later = _newest(later, generations.c.generation, current)
    asked = select(regenerations).where(regenerations.c.content_id == content_id)
    asked = _newest(asked, regenerations.c.generation, current)
    rows: dict[int, dict[str, Any]] = {1: dict((await connection.execute(first)).mappings().one())}
    for row in (await connection.execute(asked)).mappings():
        rows[row["generation"]] = {
            "instruction": row["instruction"],
            "created_at": row["created_at"],
            "status": "requested",
        }
    for row in (await connection.execute(later)).mappings():
        earlier = rows.get(row["generation"], {})
        rows[row["generation"]] = {**row, "instruction": earlier.get("instruction")}
    return [_generation(number, row) for number, row in rows.items()]


def _generation(number: int, row: dict[str, Any]) -> Revision:
    text = row.get("content_text")
    return Revision(
        revision=f"generation-{number}",
        source="ai",
        status=row.get("status") or ("failed" if text is None else "written"),
        generation=number,
        instruction=row.get("instruction"),
        content_text=text,
        checks=row.get("checks"),
        error=row.get("error"),
        is_current=False,
        created_at=row["created_at"],
        diff=[],
    )


async def _edits(connection: AsyncConnection, content_id: UUID, current: int) -> list[Revision]:
    query = select(edits).where(edits.c.content_id == content_id)
    query = _newest(query, edits.c.revision, current)
    return [
        Revision(
            revision=f"edit-{row['revision']}",
            source="person",
            status="written",
            generation=None,
            instruction=None,
            content_text=row["content_text"],
            checks=row["checks"],
            error=None,
            is_current=False,
            created_at=row["created_at"],
            diff=[],
        )
        for row in (await connection.execute(query)).mappings()
    ]


_WORD = re.compile(r"\s+|\w+|[^\w\s]")


def diff(before: str, after: str) -> list[Piece]:
    """By words, with as little change as can be. The pieces without the removed ones are `after`."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    pieces: list[Piece] = []
    for step in Indel.opcodes(old, new):
        if step.tag == "equal":
            pieces.append(_piece("same", new[step.dest_start : step.dest_end]))
        else:
            if removed := old[step.src_start : step.src_end]:
                pieces.append(_piece("removed", removed))
            if added := new[step.dest_start : step.dest_end]:
                pieces.append(_piece("added", added))
    return pieces


def _piece(change: Literal["same", "added", "removed"], words: Sequence[str]) -> Piece:
    return Piece(change=change, text="".join(words))
