"""The projector process: one durable consumer that keeps the read model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import nats.errors
import structlog
from prometheus_client import Histogram
from pydantic import Field

from api.live import Live
from api.projector.projection import PROJECTED, project
from api.projector.purging import Purging
from api.projector.telling import tell
from api.replica import Reads
from api.store import DATABASE_AWAY, ERASURE, as_system
from polycast.bus.consumers import LONGEST_HANDLER
from polycast.contracts import Event, Received, UserDeleted
from polycast.db import Database
from polycast.service import Service
from polycast.settings import DatabaseSettings

log = structlog.get_logger()

LAG = Histogram(
    "polycast_projection_lag_seconds",
    "From an event's entry into the stream to its row's commit",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3600),
)


class Projector:
    def __init__(self, database: Database, live: Live | None = None, reads: Reads | None = None) -> None:
        self._database = database
        self._live = live
        self._reads = reads

    async def apply(self, batch: Sequence[Received[Event]]) -> Sequence[Event]:
        """One transaction a batch, after those who left were erased."""
        if gone := {received.event.user_id for received in batch if isinstance(received.event, UserDeleted)}:
            await ERASURE.erase(self._database, gone)
        async with self._database.begin() as connection:
            await project(connection, batch)
        now = datetime.now(UTC)
        for received in batch:
            LAG.observe((now - received.timestamp).total_seconds())
        if self._reads is not None:
            await self._reads.note_written({received.event.user_id for received in batch})
        if self._live is not None:
            await self._tell(self._live, batch)
        return ()

    async def _tell(self, live: Live, batch: Sequence[Received[Event]]) -> None:
        """Best effort: what is committed must not be applied again because nobody could be told."""
        try:
            async with self._database.connect() as connection:
                await tell(connection, live, batch)
        except (nats.errors.Error, TimeoutError, *DATABASE_AWAY) as error:
            log.warning("couldn't tell the pages", error=repr(error))


class Settings(DatabaseSettings):
    purge_again_seconds: Annotated[float, Field(gt=0)] = LONGEST_HANDLER
    """When the bus is purged once more of people who left: no handler works for them any longer."""


def main() -> None:
    settings = Settings()
    service = Service("projector", settings)
    database = service.database(settings)
    reads, everybodys = Reads(database, service.replica(settings)), as_system(database)
    purging = Purging(everybodys, service.bus, timedelta(seconds=settings.purge_again_seconds))
    service.consume_batches(PROJECTED, Projector(everybodys, Live(service.bus), reads).apply)
    service.background("purging", purging.keep_purging)
    service.run()


if __name__ == "__main__":
    main()
