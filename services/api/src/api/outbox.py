"""The transactional outbox: events of HTTP commands, committed with what they tell of, published after.

Only a command needs one. Everywhere else the inbound message is its own outbox.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import structlog
from prometheus_client import Counter, Gauge
from pydantic import BaseModel
from sqlalchemy import Row, delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.live import Live
from api.store import DATABASE_AWAY, as_system, outbox
from polycast.contracts import Event, event_type
from polycast.db import Database
from polycast.tracing import traceparent, within

log = structlog.get_logger()

RELAYED = Counter(
    "polycast_outbox_events_total", "Attempts to publish from the outbox", ["subject", "outcome"]
)
AGE = Gauge(
    "polycast_outbox_age_seconds", "Age of the oldest event that waits to be published, 0 if none does"
)

BATCH = 100
POLL_SECONDS = 1.0

Publish = Callable[[Event, str], Awaitable[object]]


class Transaction:
    """One database transaction of a command, and what leaves if it commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.emitted = False
        self.changes: list[tuple[UUID, str, BaseModel]] = []

    def tell(self, user_id: UUID, name: str, row: BaseModel) -> None:
        """Show the person's other pages a row as this command leaves it."""
        self.changes.append((user_id, name, row))

    async def emit(self, event: Event) -> None:
        self.emitted = True
        await self.connection.execute(
            insert(outbox).values(
                id=uuid4(),
                user_id=event.user_id,
                subject=event.subject,
                event=event.model_dump(mode="json"),
                traceparent=traceparent(),
            )
        )


class Outbox:
    """Any number of replicas may relay at once.

    Events of one person leave in the order in which they were committed, because only a person's oldest is
    claimed: were two schedule changes published in the wrong order, the older one would win for good.
    """

    def __init__(self, database: Database, live: Live | None = None) -> None:
        self._database = database
        self._system = as_system(database)
        self._live = live
        self._woken = asyncio.Event()
        self._oldest: datetime | None = None
        AGE.set_function(self._age)

    @asynccontextmanager
    async def transaction(self, *, as_system: bool = False) -> AsyncIterator[Transaction]:
        """One of the person that the request acts for, or of the system."""
        database = self._system if as_system else self._database
        async with database.begin() as connection:
            transaction = Transaction(connection)
            yield transaction
        if transaction.emitted:
            self._woken.set()
        if self._live is not None:
            for change in transaction.changes:
                await self._live.tell(*change)

    def _age(self) -> float:
        return (datetime.now(UTC) - self._oldest).total_seconds() if self._oldest else 0.0

    async def relay(self, publish: Publish) -> None:
        """Publish until cancelled: at once after a commit here, within a second after one elsewhere."""
        while True:
            self._woken.clear()
            try:
                while await self._relay_batch(publish):
                    pass
            except DATABASE_AWAY as error:
                log.warning("the outbox can't be read", error=type(error).__name__)
            # Not `wait_for`: before Python 3.12 it loses a cancellation that comes as it is woken.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._woken.wait()

    async def _relay_batch(self, publish: Publish) -> int:
        """Publish what can be claimed and forget what was acknowledged; returns how many those were.

        Dying between the two publishes again under the same message id.
        """
        async with self._system.begin() as connection:
            rows = (await connection.execute(_CLAIM)).all()
            results = await asyncio.gather(*(_publish(publish, row) for row in rows), return_exceptions=True)
            published: list[UUID] = []
            self._oldest = None
            for row, result in zip(rows, results, strict=True):
                failed = isinstance(result, BaseException)
                RELAYED.labels(row.subject, "failed" if failed else "published").inc()
                if failed:
                    log.warning("outbox event not published yet", subject=row.subject, error=repr(result))
                    self._oldest = min(row.created_at, self._oldest or row.created_at)
                else:
                    published.append(row.id)
            if published:
                await connection.execute(delete(outbox).where(outbox.c.id.in_(published)))
        return len(published)


_earlier = outbox.alias("earlier")
_CLAIM = (
    select(outbox.c.id, outbox.c.subject, outbox.c.event, outbox.c.traceparent, outbox.c.created_at)
    .where(~exists().where(_earlier.c.user_id == outbox.c.user_id, _earlier.c.position < outbox.c.position))
    .order_by(outbox.c.position)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
)


async def _publish(publish: Publish, row: Row[*tuple[Any, ...]]) -> None:
    kind = event_type(row.subject)
    if kind is None:
        raise LookupError(f"{row.subject} is no event of Polycast")
    with within(row.traceparent):
        await publish(kind.model_validate(row.event), str(row.id))
