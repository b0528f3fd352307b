"""Erasing people from a service's tables, by the rule of the design: a tombstone first, then their rows.

A late or replayed event must not bring anybody back. So rows are written only together with a look at the
tombstones: in the same statement, or after `Erasure.is_erased`. Then once a tombstone stands and the writers
who may have looked before are done, what is deleted stays deleted.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Table, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from polycast.db.database import Database, Schema


class Erasure:
    """Of every table of a schema that holds people's rows. Tombstones are in its table `erased_users`."""

    def __init__(self, schema: Schema, *, but: Collection[str] = ()) -> None:
        """`but`: tables whose rows end by themselves."""
        self.tombstones = schema.metadata.tables[f"{schema.name}.erased_users"]
        kept = {self.tombstones.name, *but}
        owned = {table: column for table, column in schema.owned_tables().items() if table.name not in kept}
        #: Those that refer to others come before them.
        self.tables = dict(reversed(owned.items()))

    async def erase(self, database: Database, people: Collection[UUID]) -> None:
        """In transactions of its own. Afterwards nothing of these people can be written again."""
        async with database.begin() as connection:
            await self.mark(connection, people)
        for table in self.tables:
            # One at a time: a writer of two tables must not be waited for while it waits.
            async with database.begin() as connection:
                await connection.execute(text(f"LOCK TABLE {table.fullname} IN SHARE MODE"))
        async with database.begin() as connection:
            await self.remove(connection, people)

    async def mark(self, connection: AsyncConnection, people: Collection[UUID]) -> None:
        """Leave the tombstones."""
        rows = [{"user_id": person} for person in sorted(people)]
        await connection.execute(insert(self.tombstones).on_conflict_do_nothing(), rows)

    async def remove(self, connection: AsyncConnection, people: Collection[UUID]) -> None:
        """Delete what there is now; in key order, as everybody locks rows."""
        for table, column in self.tables.items():
            theirs = table.c[column].in_(people)
            key = list(table.primary_key)
            await connection.execute(select(*key).where(theirs).order_by(*key).with_for_update())
            await connection.execute(delete(table).where(theirs))

    async def is_erased(
        self, connection: AsyncConnection, person: UUID, before_writing: Table | None = None
    ) -> bool:
        """Named what a later statement of the same transaction writes, an erasure waits for that."""
        if before_writing is not None:
            await connection.execute(text(f"LOCK TABLE {before_writing.fullname} IN ROW EXCLUSIVE MODE"))
        query = select(self.tombstones.c.user_id).where(self.tombstones.c.user_id == person)
        return await connection.scalar(query) is not None
