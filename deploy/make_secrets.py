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
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            path.write_text(value)
            path.chmod(0o644)
        return path.read_text()

    def password(self, name: str) -> str:
        # It begins with a letter: NATS would take digits from its environment for a number.
        return self.keep(name, "p" + secrets.token_hex(16))


def make(directory: Path, *, nats_host: str, database: str, admin: str) -> None:
    """Every file that is missing in `directory`."""
    folder = Folder(directory)
    roles: dict[str, str] = {}
    nats: dict[str, str] = {}
    for processes, schema in [*members(), ([OPERATOR], None)]:
        if schema:
            roles[schema] = folder.password(f"roles/{schema}")
        for process in processes:
            nats[process] = folder.password(f"nats/{process}")
            folder.keep(f"{process}/NATS_URL", f"nats://{process}:{nats[process]}@{nats_host}:4222")
            if schema:
                folder.keep(f"{process}/DATABASE_URL", f"postgresql://{schema}:{roles[schema]}@{database}")
            if uses_llm(process):
                folder.keep(f"{process}/OPENAI_API_KEY", os.environ.get("OPENAI_API_KEY", "offline"))
    superuser = folder.password("postgres/password")
    folder.keep(f"{OPERATOR}/DATABASE_URL", f"postgresql://{admin}:{superuser}@{database}")
    folder.keep(f"{OPERATOR}/POLYCAST_ROLE_PASSWORDS", json.dumps(roles))
    folder.keep("api/POLYCAST_JWT_SECRET", secrets.token_urlsafe(48))
    folder.keep("grafana/password", secrets.token_urlsafe(18))
    variables = {f"NATS_{re.sub('-', '_', name).upper()}_PASSWORD": value for name, value in nats.items()}
    (directory / "nats_passwords.env").write_text("".join(f"{n}={v}\n" for n, v in variables.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description="Make every secret that is missing.")
    parser.add_argument("directory", nargs="?", type=Path, default=ROOT / "deploy" / "secrets")
    parser.add_argument("--nats-host", default="nats")
    parser.add_argument("--database", default="postgres:5432/polycast", help="host:port/name")
    parser.add_argument("--admin", default="postgres", help="the database role that migrates")
    options = parser.parse_args()
    make(options.directory, nats_host=options.nats_host, database=options.database, admin=options.admin)


if __name__ == "__main__":
    main()
