"""pg_dump and pg_restore, as they come with the embedded PostgreSQL."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from polycast_cli.failure import Failure
from polycast_cli.stack.embedded import postgres_programs


def dump(database_url: str, file: Path) -> None:
    """Write the whole database, compressed, in pg_dump's custom format.

    Raises:
        Failure: pg_dump's own words.
    """
    _run("pg_dump", database_url, "--format=custom", f"--file={file}")
    file.chmod(0o600)


def load(database_url: str, file: Path) -> None:
    """Replace everything by what `dump` wrote, in one transaction: all of it or nothing.

    Raises:
        Failure: pg_restore's own words.
    """
    if not file.is_file():
        raise Failure(f"{file}: no such file")
    _run("pg_restore", database_url, "--clean", "--if-exists", "--single-transaction", str(file))


def _run(program: str, database_url: str, *arguments: str) -> None:
    parts = urlsplit(database_url)
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    place = parts.netloc.rpartition("@")[2]
    address = urlunsplit(parts._replace(netloc=f"{user}@{place}"))
    done = subprocess.run(  # noqa: S603
        [str(postgres_programs() / program), f"--dbname={address}", *arguments],
        env=os.environ
        | {"PGPASSWORD": unquote(password)},  # not on the command line, where everyone could read it
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode != 0:
        raise Failure(f"{program}: {' '.join(done.stderr.split())}")
