"""Drafts that nobody touched for a year are moved out of the way, and back as soon as somebody does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Insert, Table, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.store import archived_drafts, drafts
from polycast.db import Database

KEPT_AT_HAND = timedelta(days=365)
BATCH = 500


async def archive_old_drafts(database: Database) -> None:
    """A batch a transaction, because nobody can write a draft meanwhile.

    A late event about one of them would else make a second row with its id.
    """
    before = datetime.now(UTC) - KEPT_AT_HAND
    while ids := await _old(database, before):
        async with database.begin() as connection:
            await connection.execute(text(f"LOCK TABLE {drafts.fullname} IN SHARE ROW EXCLUSIVE MODE"))
            await connection.execute(_moved(drafts, archived_drafts, _is_old(before), drafts.c.id.in_(ids)))


async def take_out_of_archive(connection: AsyncConnection, content_id: UUID, user_id: UUID) -> None:
    """What a command is about is worked on again. Nothing happens if it isn't in the archive."""
    of_person = archived_drafts.c.user_id == user_id
    await connection.execute(_moved(archived_drafts, drafts, of_person, archived_drafts.c.id == content_id))


async def _old(database: Database, before: datetime) -> list[UUID]:
    async with database.connect() as connection:
        return list(await connection.scalars(select(drafts.c.id).where(_is_old(before)).limit(BATCH)))


def _is_old(before: datetime) -> ColumnElement[bool]:
    touched = func.coalesce(drafts.c.changed_at, drafts.c.created_at)
    return drafts.c.deleted_at.is_(None) & (touched < before)


def _moved(source: Table, target: Table, *conditions: ColumnElement[bool]) -> Insert:
    """One statement: a row is never in both, nor in neither."""
    names = [column.name for column in source.c if column.computed is None]
    gone = delete(source).where(*conditions).returning(*(source.c[name] for name in names)).cte("gone")
    return insert(target).from_select(names, select(gone))
