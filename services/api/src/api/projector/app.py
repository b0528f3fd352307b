"""The projector process: one durable consumer that keeps the read model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from prometheus_client import Histogram

from api.projector.projection import PROJECTED, project
from polycast.contracts import Event, Received
from polycast.db import Database
from polycast.service import Service
from polycast.settings import DatabaseSettings

LAG = Histogram(
    "polycast_projection_lag_seconds",
    "From an event's entry into the stream to its row's commit",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3600),
)


class Projector:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def apply(self, batch: Sequence[Received[Event]]) -> Sequence[Event]:
        """One transaction a batch."""
        async with self._database.begin() as connection:
            await project(connection, batch)
        now = datetime.now(UTC)
        for received in batch:
            LAG.observe((now - received.timestamp).total_seconds())
        return ()


def main() -> None:
    settings = DatabaseSettings()
    service = Service("projector", settings)
    projector = Projector(service.database(settings))
    service.consume_batches(PROJECTED, projector.apply)
    service.run()


if __name__ == "__main__":
    main()
