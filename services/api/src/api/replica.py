"""Reads from a replica of the database, by whoever doesn't wait for something that it hasn't got yet.

After a command, and before a page is told of a change, the position in Postgres' log is noted for the person.
A read of theirs goes to the replica once that has replayed up to there, and to the primary until then. So a
person reads what they wrote, on whatever process and device, however far the replica is behind.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import structlog
from sqlalchemy import BigInteger, Uuid, bindparam, exists, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.store import DATABASE_AWAY, as_system, erased_users, writes
from polycast.db import Database

log = structlog.get_logger()

#: Positions in the log, as numbers of bytes.
_WRITTEN = literal_column("(pg_current_wal_lsn() - '0/0')::bigint", BigInteger)
#: A replica that was made the primary has everything.
_REPLAYED = literal_column(
    "(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END"
    " - '0/0')::bigint",
    BigInteger,
)

_people = func.unnest(bindparam("people", type_=ARRAY(Uuid))).column_valued("person")
_given = (
    select(_people, _WRITTEN)
    .where(~exists().where(erased_users.c.user_id == _people))
    .order_by(_people)  # as everybody locks rows
)
_new = insert(writes).from_select(["user_id", "position"], _given)
_NOTE = _new.on_conflict_do_update(
    index_elements=[writes.c.user_id],
    set_={"position": func.greatest(writes.c.position, _new.excluded.position)},
)


class Reads:
    """Connections for what only reads. Without a replica, they are the primary's."""

    def __init__(self, primary: Database, replica: Database | None = None) -> None:
        self._primary = primary
        self._system = as_system(primary)
        self._replica = replica

    @property
    def has_replica(self) -> bool:
        return self._replica is not None

    @asynccontextmanager
    async def connect(self, user_id: UUID) -> AsyncIterator[AsyncConnection]:
        """In the name of the person whom the task acts for."""
        async with AsyncExitStack() as opened:
            connection = await self._to_replica(opened, user_id)
            if connection is None:
                connection = await opened.enter_async_context(self._primary.connect())
            yield connection

    async def note_written(self, user_ids: Iterable[UUID]) -> None:
        """What these people can read now, they shall not be shown the state before of. Best effort."""
        people = list(user_ids)
        if self._replica is None or not people:
            return
        try:
            async with self._system.begin() as connection:
                await connection.execute(_NOTE, {"people": people})
        except DATABASE_AWAY as error:
            log.warning("couldn't note a write", error=type(error).__name__)

    async def _to_replica(self, opened: AsyncExitStack, user_id: UUID) -> AsyncConnection | None:
        """None if there is none, or it doesn't answer, or hasn't yet got what the person wrote."""
        if self._replica is None:
            return None
        async with self._primary.connect() as connection:
            written = select(writes.c.position).where(writes.c.user_id == user_id)
            wanted = await connection.scalar(written) or 0
        try:
            connection = await opened.enter_async_context(self._replica.connect())
            return connection if (await connection.scalar(select(_REPLAYED)) or 0) >= wanted else None
        except DATABASE_AWAY as error:
            log.warning("the replica is away", error=type(error).__name__)
            return None


class NoteWrites:
    """Notes each command of a person before its answer leaves."""

    def __init__(self, app: ASGIApp, reads: Reads) -> None:
        self._app = app
        self._reads = reads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def note_first(message: Message) -> None:
            person = scope.get("state", {}).get("user_id")
            if message["type"] == "http.response.start" and person and scope["method"] not in ("GET", "HEAD"):
                await self._reads.note_written([person])
            await send(message)

        await self._app(scope, receive, note_first)
