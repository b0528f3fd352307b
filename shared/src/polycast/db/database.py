"""A service's own schema, and its connections to it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import MetaData, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine


@dataclass(frozen=True)
class Schema:
    """A Postgres schema owned by one service and by the role of the same name."""

    name: str
    migrations: Path
    """Alembic's script directory."""
    metadata: MetaData = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "metadata", MetaData(schema=self.name))


def psycopg_url(url: str) -> URL:
    """A libpq URL as SQLAlchemy wants it for psycopg 3."""
    return make_url(url).set(drivername="postgresql+psycopg")


def service_url(admin_url: str, role: str, password: str) -> str:
    """The same database, as the service's role."""
    parts = make_url(admin_url).set(drivername="postgresql", username=role, password=password)
    return parts.render_as_string(hide_password=False)


class Database:
    """A pool of connections. Use `begin()` for one short transaction; never hold it over an LLM call."""

    def __init__(self, url: str, pool_size: int = 5, *, pre_ping: bool = False) -> None:
        self.engine = create_async_engine(
            psycopg_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_pre_ping=pre_ping,
            # Server-side prepared statements don't survive PgBouncer's transaction mode.
            connect_args={"prepare_threshold": None, "connect_timeout": 5},
        )

    def begin(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self.engine.begin()

    def connect(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self.engine.connect()

    async def ping(self) -> None:
        async with self.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def aclose(self) -> None:
        await self.engine.dispose()
