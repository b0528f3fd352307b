"""Everything that is kept of a person, as a ZIP that is written while it is read from the database."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncResult

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

Write = Callable[[bytes], Awaitable[None]]
PassOn = Callable[[], Awaitable[None]]

_CHUNK = 100
#: Of one process: each holds a connection for as long as its reader takes.
AT_ONCE = 2
#: Who reads nothing for so long is cut off, by Postgres.
_PATIENCE = "60s"
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


async def export(database: Database, user_id: UUID, write: Write) -> None:
    """Write the ZIP: JSON for machines, and each draft as Markdown for people. One moment's state.

    No generator: cancelled, it gives its connection back at once.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        async with database.connect() as connection:
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            await connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{_PATIENCE}'"))
            archive.writestr("account.json", _json(await _account(connection, user_id)))
            for table in _TABLES:
                query = select(*(c for c in table.c if c.name not in _OURS)).where(table.c.user_id == user_id)
                with archive.open(f"{table.name}.json", "w") as file:
                    await _write_list(connection, query, file, lambda: write(pipe.take()))
            await _write_drafts(connection, user_id, archive, lambda: write(pipe.take()))
    await write(pipe.take())


async def _account(connection: AsyncConnection, user_id: UUID) -> dict[str, Any]:
    query = select(users.c.id, users.c.email, users.c.role, users.c.created_at).where(users.c.id == user_id)
    return dict((await connection.execute(query)).mappings().one())


async def _write_list(
    connection: AsyncConnection, query: Select[Any], file: IO[bytes], pass_on: PassOn
) -> None:
    """A JSON list, a row at a time."""
    file.write(b"[")
    separator = b"\n"
    async with _rows(connection, query) as result:
        async for rows in result.mappings().partitions(_CHUNK):
            for row in rows:
                file.write(separator + _json(dict(row)).encode())
                separator = b",\n"
            await pass_on()
    file.write(b"\n]\n")


async def _write_drafts(
    connection: AsyncConnection, user_id: UUID, archive: zipfile.ZipFile, pass_on: PassOn
) -> None:
    """With the deleted ones, for as long as they are kept."""
    query = all_drafts(every_draft).where(every_draft.c.user_id == user_id)
    async with _rows(connection, query) as result:
        async for rows in result.mappings().partitions(_CHUNK):
            for row in rows:
                shown = draft(row)
                slug = re.sub(r"\W+", "-", (shown.core_idea.title or "draft").lower()).strip("-")[:60]
                name = f"drafts/{shown.created_at:%Y-%m-%d}-{slug}-{shown.platform}-{str(shown.id)[:8]}"
                archive.writestr(f"{name}.json", shown.model_dump_json(indent=2))
                archive.writestr(f"{name}.md", _markdown(shown.core_idea.title, shown.platform, row))
            await pass_on()


def _rows(connection: AsyncConnection, query: Select[Any]) -> AbstractAsyncContextManager[AsyncResult[Any]]:
    return connection.stream(query.execution_options(yield_per=_CHUNK))


def _markdown(title: str | None, platform: str, row: RowMapping) -> str:
    shown = row["edited_text"] or row["generated_content_text"] or ""
    return f"# {title or 'Draft'}\n\n*{platform}, {row['state']}*\n\n{shown}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
