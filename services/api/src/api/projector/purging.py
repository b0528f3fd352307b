"""Removing from the bus what it holds of people who left: at once, and again when no handler knows them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import nats.errors
import structlog
from prometheus_client import Counter
from sqlalchemy import case, literal, null, select, update

from api.store import DATABASE_AWAY, erased_users
from polycast.bus import Bus
from polycast.bus.erasure import purge
from polycast.db import Database

log = structlog.get_logger()

PURGED = Counter("polycast_purged_messages_total", "Messages removed from the bus because their person left")

POLL_SECONDS = 2.0
_BATCH = 100


class Purging:
    def __init__(self, database: Database, bus: Bus, again_after: timedelta) -> None:
        """
        Args:
            again_after: how long after they left a handler may still publish something of people.
        """
        self._database = database
        self._bus = bus
        self._again_after = again_after

    async def keep_purging(self) -> None:
        while True:
            try:
                while await self.purge_some():
                    pass
            except (nats.errors.Error, TimeoutError, *DATABASE_AWAY) as error:
                log.warning("couldn't purge; it is tried again", error=repr(error))
            await asyncio.sleep(POLL_SECONDS)

    async def purge_some(self) -> int:
        """Purge the bus of those who are due; returns how many people those were."""
        began_at = datetime.now(UTC)
        if not await self._due(began_at):
            return 0
        async with self._bus.claim("erasure.purge"):
            due = await self._due(began_at)  # another replica may have seen to them
            if due:
                PURGED.inc(await purge(self._bus.js, due))
                await self._note_done(due, began_at)
        return len(due)

    async def _due(self, now: datetime) -> Sequence[UUID]:
        query = select(erased_users.c.user_id).where(erased_users.c.purge_at <= now)
        async with self._database.begin() as connection:
            return (await connection.scalars(query.order_by(erased_users.c.purge_at).limit(_BATCH))).all()

    async def _note_done(self, people: Sequence[UUID], began_at: datetime) -> None:
        """Done for good, if every handler that may have known them has ended before; else once more."""
        last = erased_users.c.erased_at + self._again_after
        is_last = last <= literal(began_at, erased_users.c.erased_at.type)
        done = (
            update(erased_users)
            .where(erased_users.c.user_id.in_(people))
            .values(purge_at=case((is_last, null()), else_=last))
        )
        async with self._database.begin() as connection:
            await connection.execute(done)
