"""How often something may be done, counted over all replicas.

A window opens with the first request and ends a fixed time later. Counts live in an unlogged table: one round
trip, no flush to disk, and after a crash of Postgres everybody simply starts afresh.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import DateTime, case, delete, func, literal
from sqlalchemy.dialects.postgresql import insert

from api.problems import TooManyRequests
from api.store import rates
from polycast.db import Database

MINUTE = 60


@dataclass(frozen=True)
class Rate:
    """So many times in so many seconds, counted for each key apart."""

    name: str
    limit: int
    seconds: int = MINUTE


@dataclass(frozen=True)
class Taken:
    rate: Rate
    count: int
    reset_seconds: int

    @property
    def headers(self) -> Mapping[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers-06 names them."""
        return {
            "RateLimit-Limit": str(self.rate.limit),
            "RateLimit-Remaining": str(max(0, self.rate.limit - self.count)),
            "RateLimit-Reset": str(self.reset_seconds),
        }


class Rates:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, rate: Rate, *key: object) -> Taken:
        """Count one.

        Raises:
            TooManyRequests: it is one too many.
        """
        now = datetime.now(UTC)
        given = insert(rates).values(
            key=_digest(rate, key), count=1, ends_at=now + timedelta(seconds=rate.seconds)
        )
        is_over = rates.c.ends_at <= literal(now, DateTime(timezone=True))
        statement = given.on_conflict_do_update(
            index_elements=[rates.c.key],
            set_={
                "count": case((is_over, 1), else_=rates.c.count + 1),
                "ends_at": case((is_over, given.excluded.ends_at), else_=rates.c.ends_at),
            },
        ).returning(rates.c.count, rates.c.ends_at)
        async with self._database.single() as connection:
            count, ends_at = (await connection.execute(statement)).one()
        left = math.ceil((cast("datetime", ends_at) - now).total_seconds())
        taken = Taken(rate, count, max(1, left))
        if count > rate.limit:
            raise TooManyRequests(taken.reset_seconds, taken.headers)
        return taken

    async def forgive(self, rate: Rate, *key: object) -> None:
        """Forget what was counted."""
        async with self._database.single() as connection:
            await connection.execute(delete(rates).where(rates.c.key == _digest(rate, key)))


def _digest(rate: Rate, key: tuple[object, ...]) -> bytes:
    """Names a counter without telling whose it is."""
    return hashlib.sha256("\n".join(map(str, (rate.name, *key))).encode()).digest()[:16]


async def forget_old_counts(database: Database) -> None:
    async with database.begin() as connection:
        await connection.execute(delete(rates).where(rates.c.ends_at < func.now()))
