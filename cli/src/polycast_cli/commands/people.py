"""`user disable | enable | revoke`, `audit archive`: what an operator does in and after an incident."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO
from uuid import uuid4

import typer

from polycast_cli.commands.options import Data
from polycast_cli.failure import Failure

if TYPE_CHECKING:
    import psycopg

user = typer.Typer(help="People's accounts, for an incident.", no_args_is_help=True)
audit = typer.Typer(help="The log of who did what.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(metavar="EMAIL")]
_DATES = ["%Y-%m-%d"]


@user.command()
def disable(email: Email, data: Data = None) -> None:
    """Let nobody into this account. Every session and access token ends within 5 s, everywhere."""
    _act(data, email, "disable_account", "disabled_at = now(), tokens_valid_after = now()")
    print(f"disabled {email}")


@user.command()
def enable(email: Email, data: Data = None) -> None:
    """Let its owner into a disabled account again, with the password it has."""
    _act(data, email, "enable_account", "disabled_at = NULL")
    print(f"enabled {email}")


@user.command()
def revoke(email: Email, data: Data = None) -> None:
    """End every session and access token within 5 s, everywhere. The owner signs in again."""
    _act(data, email, "revoke_tokens", "tokens_valid_after = now()")
    print(f"revoked every session of {email}")


@audit.command()
def archive(
    file: Annotated[Path, typer.Argument(help="Where to write it, such as audit.jsonl.gz.age.")],
    to: Annotated[
        str, typer.Option(metavar="KEY", help="An age public key (age1…): only its owner can read it.")
    ],
    since: Annotated[datetime | None, typer.Option(formats=_DATES, help="First day, UTC.")] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_DATES, help="The day after the last, UTC.")
    ] = None,
    data: Data = None,
) -> None:
    """Write the audit log to a file that is encrypted on the way: one JSON object a line, gzip, age."""
    from pyrage import RecipientError, encrypt_io, x25519  # type: ignore[import-untyped]

    try:
        recipient = x25519.Recipient.from_str(to)
    except RecipientError as error:
        raise Failure(f"--to {to}: no age public key") from error
    with _database(data) as connection, _new_private(file) as encrypted, ThreadPoolExecutor(1) as worker:
        reading, writing = os.pipe()  # so that no plain text ever lies on a disk
        copied = worker.submit(_copy, connection, os.fdopen(writing, "wb"), since, until)
        with os.fdopen(reading, "rb") as plain:
            encrypt_io(plain, encrypted, [recipient])
        copied.result()
    print(f"wrote {file}")


@contextmanager
def _new_private(file: Path) -> Iterator[BinaryIO]:
    """Whole, or not there at all.

    Raises:
        Failure: it is there already, or can't be made.
    """
    try:
        opened = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}") from error
    try:
        with opened:
            yield opened
    except BaseException:
        file.unlink()
        raise


def _copy(
    connection: psycopg.Connection, file: BinaryIO, since: datetime | None, until: datetime | None
) -> None:
    from psycopg import sql

    query = sql.SQL(
        "COPY (SELECT row_to_json(line) FROM api.audit line"
        " WHERE timestamp >= coalesce({}::timestamptz, '-infinity')"
        " AND timestamp < coalesce({}::timestamptz, 'infinity') ORDER BY timestamp, id) TO STDOUT"
    ).format(sql.Literal(since and f"{since:%Y-%m-%d}Z"), sql.Literal(until and f"{until:%Y-%m-%d}Z"))
    with file, gzip.open(file, "wb") as packed, connection.cursor().copy(query) as rows:
        for row in rows:
            packed.write(bytes(row).replace(b"\\\\", b"\\"))  # COPY escapes what JSON has escaped already


def _act(data: Path | None, email: str, action: str, change: str) -> None:
    with _database(data) as connection:
        found = connection.execute(
            f"UPDATE api.users SET {change} WHERE email = lower(%s) RETURNING id",  # noqa: S608
            (email.strip(),),
        ).fetchone()
        if found is None:
            raise Failure(f"no account has the address {email}")
        if action != "enable_account":
            for table in ("sessions", "password_resets"):
                connection.execute(f"DELETE FROM api.{table} WHERE user_id = %s", found)  # noqa: S608
        connection.execute(
            "INSERT INTO api.audit (id, event_type, user_id, action, user_agent, status)"
            " VALUES (%s, 'operator', %s, %s, 'polycast user', 'ok')",
            (uuid4(), found[0], action),
        )


@contextmanager
def _database(data: Path | None) -> Iterator[psycopg.Connection]:
    """One transaction as the administrator of DATABASE_URL, or of a running stack."""
    import psycopg

    from polycast_cli.connection import database_url

    try:
        with psycopg.connect(database_url(data), connect_timeout=10) as connection:
            yield connection
    except psycopg.Error as error:
        raise Failure(f"Postgres: {' '.join(str(error).split())}") from error


@audit.callback()
def _group() -> None:
    """A group, though of one command."""
