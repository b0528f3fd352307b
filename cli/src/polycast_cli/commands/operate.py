"""`db migrate`, `projection rebuild`, `platform remove`, `offline-writer`, `backup`, `restore`."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from polycast_cli.commands.options import PASSED_ON, Data
from polycast_cli.failure import Failure

db = typer.Typer(help="The services' databases.", no_args_is_help=True)
projection = typer.Typer(help="The gateway's read model.", no_args_is_help=True)
platform = typer.Typer(help="The platforms that are announced.", no_args_is_help=True)

#: The projector's durable consumer: named after its service, as all are.
PROJECTOR = "projector"


def add_to(app: typer.Typer) -> None:
    app.command("offline-writer", context_settings=PASSED_ON)(offline_writer)
    app.command()(backup)
    app.command()(restore)


@db.command()
def migrate(data: Data = None) -> None:
    """Create or update every service's role, schema and tables. Safe to repeat."""
    from importlib.metadata import entry_points

    import psycopg

    from polycast.db.migrate import migrate as migrate_all
    from polycast_cli.connection import database_url
    from polycast_cli.stack import credentials
    from polycast_cli.stack.data_dir import find
    from polycast_cli.stack.services import SCHEMAS

    place = find(data)
    url = database_url(data)
    schemas = [entry.load() for entry in entry_points(group=SCHEMAS)]
    place.make()
    passwords = credentials.ensure(place, [schema.name for schema in schemas]).role_passwords
    try:
        migrate_all(url, schemas, passwords)
    except psycopg.OperationalError as error:
        raise Failure(f"Postgres: {' '.join(str(error).split())}") from error
    print(f"migrated {', '.join(sorted(schema.name for schema in schemas))}")


@projection.command()
def rebuild(data: Data = None) -> None:
    """Apply the whole stream to the read model again, in place, while it is served.

    What people own (states, edits, deletions) and rows older than the stream stay as they are.
    """
    from nats.js.errors import NotFoundError

    from polycast.bus.streams import EVENTS_STREAM
    from polycast_cli.connection import bus_connection

    async def act() -> int:
        async with bus_connection(data) as client:
            js = client.jetstream(timeout=10)
            # The projector makes its consumer again when it misses it, and that delivers all.
            try:
                await js.delete_consumer(EVENTS_STREAM, PROJECTOR)
            except NotFoundError:
                raise Failure("there is no projector's consumer; does the stack run?") from None
            while True:
                await asyncio.sleep(0.2)
                with suppress(NotFoundError):
                    info = await js.consumer_info(EVENTS_STREAM, PROJECTOR)
                    if not info.num_pending and not info.num_ack_pending:
                        return info.delivered.consumer_seq if info.delivered else 0

    print(f"applied {asyncio.run(act())} events")


@platform.command()
def remove(
    slug: Annotated[str, typer.Argument(help="E.g. tiktok.")],
    data: Data = None,
) -> None:
    """Forget a platform that is no longer offered, and its backlog. Stop its service first."""
    from nats.js.errors import KeyNotFoundError, NotFoundError

    from polycast.bus.streams import EVENTS_STREAM
    from polycast_cli.connection import bus_connection

    async def act() -> None:
        async with bus_connection(data) as client:
            js = client.jetstream(timeout=10)
            bucket = await js.key_value("platforms")
            try:
                await bucket.get(slug)
            except KeyNotFoundError:
                raise Failure(f"no platform {slug!r} is announced") from None
            await bucket.delete(slug)
            with suppress(NotFoundError):  # a consumer that nobody reads would fill up for ever
                await js.delete_consumer(EVENTS_STREAM, f"transform-{slug}")

    asyncio.run(act())
    print(f"removed {slug}")


@platform.callback()
@projection.callback()
@db.callback()
def _group() -> None:
    """A group, though of one command."""


def offline_writer(context: typer.Context) -> None:
    """An OpenAI-compatible server that writes decent drafts without a model; --help tells its options."""
    os.execv(sys.executable, [sys.executable, "-m", "polycast_cli.offline_writer", *context.args])  # noqa: S606


def backup(file: Annotated[Path, typer.Argument(help="Where to write it.")], data: Data = None) -> None:
    """Write the databases of every service to one file."""
    from polycast_cli.connection import database_url
    from polycast_cli.stack.postgres_tools import dump

    dump(database_url(data), file)
    print(f"wrote {file}")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")], data: Data = None
) -> None:
    """Put the databases back as they were at a backup; run it while the services are stopped or idle."""
    from polycast_cli.connection import database_url
    from polycast_cli.stack.postgres_tools import load

    load(database_url(data), file)
    print(f"restored {file}")
