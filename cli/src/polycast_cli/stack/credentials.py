"""The stack's secrets: random, made once, kept in one file that its owner alone can read."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace

from polycast_cli.stack.data_dir import DataDir
from polycast_cli.stack.process import write_private

DEMO_EMAIL = "demo@example.com"


def _secret() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Credentials:
    postgres_password: str = field(default_factory=_secret)
    jwt_secret: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    demo_email: str = DEMO_EMAIL
    demo_password: str = field(default_factory=_secret)
    role_passwords: dict[str, str] = field(default_factory=dict)
    """One of each service's database role, by the name of its schema."""
    bus_passwords: dict[str, str] = field(default_factory=dict)
    """One of each user of the bus: the services, by their names, and the operator."""


def load(data: DataDir) -> Credentials | None:
    try:
        return Credentials(**json.loads(data.credentials.read_text()))
    except FileNotFoundError:
        return None


def ensure(data: DataDir, roles: Iterable[str] = (), bus_users: Iterable[str] = ()) -> Credentials:
    """The directory's credentials, made where they are missing, with a password for each role and user."""
    known = load(data)
    credentials = known or Credentials()
    credentials = replace(
        credentials,
        role_passwords=_complete(credentials.role_passwords, roles),
        bus_passwords=_complete(credentials.bus_passwords, bus_users),
    )
    if credentials != known:
        write_private(data.credentials, json.dumps(asdict(credentials), indent=1))
    return credentials


def _complete(passwords: dict[str, str], names: Iterable[str]) -> dict[str, str]:
    return {name: _secret() for name in names} | passwords
