"""Makes every secret of an installation, as files: `make_secrets.py [DIRECTORY]`. What is there stays.

Docker Compose reads them from deploy/secrets (the default), the dev overlay from its own folder; neither is
in git. Production has its secrets from a vault; this shows what that must hold.

    nats_passwords.env       sourced by the NATS server: a password a user
    postgres/password        of Postgres' superuser
    <process>/<VARIABLE>     what one process sees as its environment
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
OPERATOR = "operator"
READING = "api"
"""The schema that the api reads from replicas; its projector notes how far they must be for that."""
ENTRY_POINT_GROUPS = ("polycast.services", "polycast.schemas")


def members() -> Iterator[tuple[list[str], str | None]]:
    """Each service folder's processes and the database schema that they share, if any."""
    for path in sorted((ROOT / "services").glob("*/pyproject.toml")):
        points = tomllib.loads(path.read_text())["project"]["entry-points"]
        processes, schemas = (sorted(points.get(group, {})) for group in ENTRY_POINT_GROUPS)
        yield processes, next(iter(schemas), None)


def uses_llm(process: str) -> bool:
    return process == "ideas" or process.startswith("transform-")


class Folder:
    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        # The folder shuts others out. What is in it must be readable for the containers' users.
        root.chmod(0o700)

    def keep(self, name: str, value: str) -> str:
        """The file's content, which is `value` if there was no file."""
        path = self.root / name
        if not path.exists():
            self.write(name, value)
        return path.read_text()

    def write(self, name: str, value: str) -> None:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        if path.parent != self.root:
            path.parent.chmod(0o755)
        path.write_text(value)
        path.chmod(0o644)

    def password(self, name: str) -> str:
        # It begins with a letter: NATS would take digits from its environment for a number.
        return self.keep(name, "p" + secrets.token_hex(16))


def make(directory: Path, *, nats: str, database: str, admin: str, reading: str | None = None) -> None:
    """Every file that is missing in `directory`.

    Args:
        nats, database, reading: addresses with `{}` for user and password; `reading` is that of replicas.
        admin: that of the database's administrator, with `{}` for the password.
    """
    folder = Folder(directory)
    roles: dict[str, str] = {}
    users: dict[str, str] = {}
    for processes, schema in [*members(), ([OPERATOR], None)]:
        if schema:
            roles[schema] = folder.password(f"roles/{schema}")
        for process in processes:
            users[process] = folder.password(f"nats/{process}")
            folder.keep(f"{process}/NATS_URL", nats.format(f"{process}:{users[process]}"))
            if schema:
                folder.keep(f"{process}/DATABASE_URL", database.format(f"{schema}:{roles[schema]}"))
            if reading and schema == READING:
                folder.keep(f"{process}/DATABASE_READ_URL", reading.format(f"{schema}:{roles[schema]}"))
            if uses_llm(process):
                folder.keep(f"{process}/OPENAI_API_KEY", os.environ.get("OPENAI_API_KEY", "offline"))
    superuser = folder.password("postgres/password")
    folder.keep(f"{OPERATOR}/DATABASE_URL", admin.format(superuser))
    folder.keep(f"{OPERATOR}/POLYCAST_ROLE_PASSWORDS", json.dumps(roles))
    folder.keep("api/POLYCAST_JWT_SECRET", secrets.token_urlsafe(48))
    folder.keep("api/POLYCAST_SMTP_URL", os.environ.get("POLYCAST_SMTP_URL", "smtp://mailpit:1025"))
    folder.password("reader/password")
    folder.keep("grafana/password", secrets.token_urlsafe(18))
    variables = {f"NATS_{re.sub('-', '_', name).upper()}_PASSWORD": value for name, value in users.items()}
    folder.write("nats_passwords.env", "".join(f"{name}={value}\n" for name, value in variables.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description="Make every secret that is missing.")
    parser.add_argument("directory", nargs="?", type=Path, default=ROOT / "deploy" / "secrets")
    parser.add_argument("--nats-scheme", choices=("nats", "tls"), default="nats")
    parser.add_argument("--nats", default="nats:4222", help="host:port")
    parser.add_argument("--database", default="postgres:5432/polycast", help="host:port/name[?option=…]")
    parser.add_argument("--read-database", help="the same of read-only replicas, if there are any")
    parser.add_argument("--admin", default="postgres", help="the database role that migrates")
    parser.add_argument("--admin-database", help="where it does so, if not at --database")
    options = parser.parse_args()
    make(
        options.directory,
        nats=f"{options.nats_scheme}://{{}}@{options.nats}",
        database=f"postgresql://{{}}@{options.database}",
        reading=f"postgresql://{{}}@{options.read_database}" if options.read_database else None,
        admin=f"postgresql://{options.admin}:{{}}@{options.admin_database or options.database}",
    )


if __name__ == "__main__":
    main()
