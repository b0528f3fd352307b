"""A service's own schema, and its connections to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, MetaData, Table, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from polycast.db.measuring import ACQUISITION, measure

#: The Postgres setting that names the person whose rows a transaction may see.
PERSON_SETTING = "polycast.person"

_person: ContextVar[UUID | None] = ContextVar("person", default=None)


@dataclass(frozen=True)
class Schema:
    """A Postgres schema used by one service, through the role of the same name."""

    name: str
    migrations: Path
    """Alembic's script directory."""
    by_person: bool = False
    """Whether Postgres shows the service's role only the rows of the person it acts for: see `acting_for`.

    A table's rows belong to the person in its column `user_id`, or in the one that `info["person"]` names.
    `info["grants"]` names what may be done with it, if that isn't everything.
    """
    metadata: MetaData = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "metadata", MetaData(schema=self.name))

    @property
    def owner(self) -> str:
        """The role that migrates and nobody signs in as."""
        return f"{self.name}_owner"

    @property
    def system(self) -> str:
        """With `by_person`, the role that acts for nobody and sees everybody's rows."""
        return f"{self.name}_system"

    def owned_tables(self) -> dict[Table, str]:
        """Tables of people's rows, each with the column that tells whose a row is."""
        owners = {table: table.info.get("person", "user_id") for table in self.metadata.sorted_tables}
        return {table: column for table, column in owners.items() if column in table.c}


@contextmanager
def acting_for(person: UUID | None) -> Iterator[None]:
    """Within, this task's transactions see the rows of one person; of nobody, if it is None."""
    token = _person.set(person)
    try:
        yield
    finally:
        _person.reset(token)


def act_for(person: UUID) -> None:
    """As `acting_for`, until the surrounding `acting_for` ends."""
    _person.set(person)


def psycopg_url(url: str) -> URL:
    """A libpq URL as SQLAlchemy wants it for psycopg 3."""
    return make_url(url).set(drivername="postgresql+psycopg")


def service_url(admin_url: str, role: str, password: str) -> str:
    """The same database, as the service's role."""
    parts = make_url(admin_url).set(drivername="postgresql", username=role, password=password)
    return parts.render_as_string(hide_password=False)


class Database:
    """A pool of connections. Use `begin()` for one short transaction; never hold it over an LLM call."""

    def __init__(
        self, url: str, pool_size: int = 5, *, pre_ping: bool = False, pool: str = "primary"
    ) -> None:
        """
        Args:
            pool: what metrics call this pool, for a process that has several.
        """
        self.engine: AsyncEngine = create_async_engine(
            psycopg_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_pre_ping=pre_ping,
            hide_parameters=True,  # they are what people wrote, and errors end in logs
            # psycopg begins no transactions: `_begin` does.
            isolation_level="AUTOCOMMIT",
            # Server-side prepared statements don't survive PgBouncer's transaction mode.
            connect_args={"prepare_threshold": None, "connect_timeout": 5},
        )
        event.listen(self.engine.sync_engine, "begin", _begin)
        measure(self.engine.sync_engine, pool)
        self._bare = self.engine.execution_options(bare=True)

    def as_role(self, role: str) -> Database:
        """The same pool, whose transactions act as another role that this one may take on."""
        other = copy(self)
        other.engine = self.engine.execution_options(role=role)
        return other

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        async with self.connect() as connection, connection.begin():
            yield connection

    def connect(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return _connected(self.engine)

    def single(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """For one statement, which commits by itself: one round trip, but nobody's rows are seen."""
        return _connected(self._bare)

    async def ping(self) -> None:
        async with self.single() as connection:
            await connection.execute(text("SELECT 1"))

    async def aclose(self) -> None:
        await self.engine.dispose()


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with AsyncExitStack() as stack:
        with ACQUISITION.time():
            connection = await stack.enter_async_context(engine.connect())
        yield connection


def _begin(connection: Connection) -> None:
    """BEGIN, and with it who acts: all of it holds for this transaction and costs no further round trip.

    A session's settings would not survive PgBouncer's transaction mode, and would leak to whoever comes next.
    """
    options = connection.get_execution_options()
    if options.get("bare"):
        return
    statements = ["BEGIN"]
    if role := options.get("role"):
        statements.append(f'SET LOCAL ROLE "{role}"')
    if person := _person.get():
        statements.append(f"SET LOCAL {PERSON_SETTING} = '{person}'")
    connection.exec_driver_sql("; ".join(statements))
