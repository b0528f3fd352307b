"""Which services there are: whatever the installed packages declare, never a list.

A package declares its processes in the entry-point group `polycast.services` (name → function to run) and its
database schema in `polycast.schemas` (schema name → `polycast.db.Schema`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from polycast_cli.failure import Failure

SERVICES = "polycast.services"
SCHEMAS = "polycast.schemas"
GATEWAY = "api"
"""The one service that people reach: it gets the port that was asked for."""


@dataclass(frozen=True)
class ServiceEntry:
    name: str
    package: str
    schema: str | None
    """The schema that the service's package owns; None if it has no database."""


def discover() -> list[ServiceEntry]:
    schemas = {_package(entry): entry.name for entry in entry_points(group=SCHEMAS)}
    services = entry_points(group=SERVICES)
    return sorted(
        (ServiceEntry(entry.name, _package(entry), schemas.get(_package(entry))) for entry in services),
        key=lambda s: s.name,
    )


def schema_names() -> list[str]:
    return sorted({entry.name for entry in entry_points(group=SCHEMAS)})


def entry_point(name: str) -> EntryPoint:
    found = entry_points(group=SERVICES, name=name)
    if not found:
        raise Failure(f"there is no service {name!r}")
    return next(iter(found))


def parse_scale(options: Iterable[str], services: Iterable[ServiceEntry]) -> Mapping[str, int]:
    """`["ideas=2"]` → `{"ideas": 2}`. Zero leaves a service out.

    Raises:
        Failure: not `SERVICE=N`, an unknown service, or more than one gateway (who would ask the others?).
    """
    known = {service.name for service in services}
    scale: dict[str, int] = {}
    for option in options:
        name, _, number = option.partition("=")
        if name not in known:
            raise Failure(
                f"--scale {option}: no service {name!r}; there are {', '.join(sorted(known))}", code=2
            )
        if not number.isdecimal() or int(number) > 50:
            raise Failure(f"--scale {option}: say how many, 0 to 50, e.g. {name}=3", code=2)
        scale[name] = int(number)
    if scale.get(GATEWAY, 1) != 1:
        raise Failure(f"--scale: {GATEWAY} runs once, on the port asked for", code=2)
    return scale


def replica_names(service: str, count: int) -> list[str]:
    """`ideas`, `ideas-2`, `ideas-3`."""
    return [service if n == 1 else f"{service}-{n}" for n in range(1, count + 1)]


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.module
