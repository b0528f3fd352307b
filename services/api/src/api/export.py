"""Everything that is kept of a person, as a ZIP that is written while it is read from the database."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.read_model.drafts import all_drafts, draft, every_draft
from api.store import (
    audit,
    configurations,
    edits,
    generations,
    ideas,
    notifications,
    outcomes,
    regenerations,
    sessions,
    users,
    workflows,
)
from polycast.db import Database

_CHUNK = 100
#: Each a file of its own, as the rows are.
_TABLES: tuple[Table, ...] = (
    configurations, workflows, outcomes, ideas, generations, edits, regenerations, notifications, sessions,
    audit,
)  # fmt: skip
_OURS = {"search", "sequence", "user_id", "counter", "mail_claimed_at"}
"""Columns that tell a person nothing of theirs."""


class _Pipe:
    """A file that a ZIP is written to, and that gives away what was written so far."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


async def export(database: Database, user_id: UUID) -> AsyncIterator[bytes]:
    """The ZIP's bytes: JSON for machines, and each draft as Markdown for people. One moment's state."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        async with database.connect() as connection:
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            archive.writestr("account.json", _json(await _account(connection, user_id)))
            for table in _TABLES:
                query = select(*(c for c in table.c if c.name not in _OURS)).where(table.c.user_id == user_id)
                async for data in _json_file(connection, archive, pipe, f"{table.name}.json", query):
                    yield data
            async for data in _drafts(connection, archive, pipe, user_id):
                yield data
    yield pipe.take()


async def _account(connection: AsyncConnection, user_id: UUID) -> dict[str, Any]:
    query = select(users.c.id, users.c.email, users.c.role, users.c.created_at).where(users.c.id == user_id)
    return dict((await connection.execute(query)).mappings().one())


async def _json_file(
    connection: AsyncConnection, archive: zipfile.ZipFile, pipe: _Pipe, name: str, query: Select[Any]
) -> AsyncIterator[bytes]:
    """One file that is a JSON list, a row at a time."""
    with archive.open(name, "w") as file:
        file.write(b"[")
        separator = b"\n"
        async for rows in _in_chunks(connection, query):
            for row in rows:
                file.write(separator + _json(dict(row)).encode())
                separator = b",\n"
            yield pipe.take()
        file.write(b"\n]\n")


async def _drafts(
    connection: AsyncConnection, archive: zipfile.ZipFile, pipe: _Pipe, user_id: UUID
) -> AsyncIterator[bytes]:
    """With the deleted ones, for as long as they are kept."""
    query = all_drafts(every_draft).where(every_draft.c.user_id == user_id)
    async for rows in _in_chunks(connection, query):
        for row in rows:
            shown = draft(row)
            slug = re.sub(r"\W+", "-", (shown.core_idea.title or "draft").lower()).strip("-")[:60]
            name = f"drafts/{shown.created_at:%Y-%m-%d}-{slug}-{shown.platform}-{str(shown.id)[:8]}"
            archive.writestr(f"{name}.json", shown.model_dump_json(indent=2))
            archive.writestr(f"{name}.md", _markdown(shown.core_idea.title, shown.platform, row))
        yield pipe.take()


async def _in_chunks(connection: AsyncConnection, query: Select[Any]) -> AsyncIterator[Iterable[RowMapping]]:
    async with connection.stream(query.execution_options(yield_per=_CHUNK)) as result:
        async for chunk in result.mappings().partitions(_CHUNK):
            yield chunk


def _markdown(title: str | None, platform: str, row: RowMapping) -> str:
    shown = row["edited_text"] or row["generated_content_text"] or ""
    return f"# {title or 'Draft'}\n\n*{platform}, {row['state']}*\n\n{shown}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
