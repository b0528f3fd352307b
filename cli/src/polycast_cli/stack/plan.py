"""What a stack is made of: which processes, with which addresses, secrets and environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit, urlunsplit

from polycast_cli.stack import credentials as credentials_file
from polycast_cli.stack.credentials import Credentials
from polycast_cli.stack.data_dir import CHECKOUT, Addresses, DataDir
from polycast_cli.stack.embedded import OPERATOR, Nats, Postgres
from polycast_cli.stack.ports import HOST, free_ports
from polycast_cli.stack.process import ProcessSpec
from polycast_cli.stack.services import GATEWAY, ServiceEntry, replica_names, schema_names

SERVICE_GRACE_SECONDS = 25
"""Longer than the 20 s that a service gives its running handlers."""


@dataclass(frozen=True)
class Options:
    """How `up` was asked for."""

    port: int = 8000
    scale: Mapping[str, int] = field(default_factory=dict)
    llm_latency: float = 0.5
    """Seconds before each answer of the offline writer."""


@dataclass(frozen=True)
class Plan:
    addresses: Addresses
    credentials: Credentials
    nats: Nats | None
    """None: NATS_URL names one that runs already."""
    postgres: Postgres | None
    """None: DATABASE_URL names one that runs already."""
    offline_writer: ProcessSpec | None
    """None: OPENAI_API_KEY or OPENAI_BASE_URL names a real endpoint."""
    services: Sequence[ProcessSpec]

    @property
    def servers(self) -> list[ProcessSpec]:
        return [server.spec() for server in (self.nats, self.postgres) if server]


def make(data: DataDir, options: Options, services: Sequence[ServiceEntry]) -> Plan:
    """Choose ports, find or make secrets, and write down every process. Starts nothing."""
    environment = os.environ
    ports = free_ports()
    names = [service.name for service in services]
    credentials = credentials_file.ensure(data, schema_names(), bus_users=(OPERATOR, *names))
    nats_url, database_url = environment.get("NATS_URL"), environment.get("DATABASE_URL")
    nats = None if nats_url else Nats(data, next(ports), credentials.bus_passwords)
    postgres = None if database_url else Postgres(data, next(ports), credentials.postgres_password)
    has_llm = bool(environment.get("OPENAI_API_KEY") or environment.get("OPENAI_BASE_URL"))
    writer = None if has_llm else _offline_writer(next(ports), options.llm_latency)
    addresses = Addresses(
        api_url=f"http://{HOST}:{options.port}",
        nats_url=nats_url or (nats.url(OPERATOR) if nats else ""),
        database_url=database_url or (postgres.url if postgres else ""),
        llm_url=_llm_url(writer) or environment.get("OPENAI_BASE_URL", "https://api.openai.com/v1"),
    )
    common = _writer_environment(addresses.llm_url) if writer else {}
    gateway = next((service.package for service in services if service.name == GATEWAY), None)
    specs = []
    for service in services:
        own = common | _database_environment(service, addresses.database_url, credentials)
        own["NATS_URL"] = nats.url(service.name) if nats else addresses.nats_url
        if service.package == gateway:
            own["POLYCAST_JWT_SECRET"] = environment.get("POLYCAST_JWT_SECRET") or credentials.jwt_secret
            own["POLYCAST_PUBLIC_URL"] = environment.get("POLYCAST_PUBLIC_URL") or addresses.api_url
        specs += [
            _service(name, service, own, options.port if name == GATEWAY else next(ports))
            for name in replica_names(service.name, options.scale.get(service.name, 1))
        ]
    return Plan(addresses, credentials, nats, postgres, writer, specs)


def role_url(database_url: str, role: str, password: str) -> str:
    """The same database, as another role."""
    parts = urlsplit(database_url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role)}:{quote(password, safe='')}@{place}"))


def _database_environment(
    service: ServiceEntry, database_url: str, credentials: Credentials
) -> dict[str, str]:
    """A service sees its own role's address, and one without a schema none at all."""
    if service.schema is None:
        return {"DATABASE_URL": ""}
    return {
        "DATABASE_URL": role_url(database_url, service.schema, credentials.role_passwords[service.schema])
    }


def _service(name: str, service: ServiceEntry, environment: Mapping[str, str], port: int) -> ProcessSpec:
    http = {"POLYCAST_HTTP_PORT": str(port)} | ({} if name == GATEWAY else {"POLYCAST_HTTP_HOST": HOST})
    return ProcessSpec(
        name=name,
        command=[sys.executable, "-m", "polycast_cli.run_service", service.name],
        health_url=f"http://{HOST}:{port}/readyz",
        environment={**environment, **http},
        directory=str(CHECKOUT),
        grace_seconds=SERVICE_GRACE_SECONDS,
    )


def _offline_writer(port: int, latency: float) -> ProcessSpec:
    module = "polycast_cli.offline_writer"
    command = [sys.executable, "-m", module, "--port", str(port), "--latency", str(latency)]
    return ProcessSpec(
        name="offline-writer",
        command=command,
        health_url=f"http://{HOST}:{port}/stats",
        directory=str(CHECKOUT),
        grace_seconds=5,
    )


def _llm_url(writer: ProcessSpec | None) -> str | None:
    return writer.health_url.removesuffix("/stats") + "/v1" if writer else None


def _writer_environment(url: str) -> dict[str, str]:
    return {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "offline", "NO_PROXY": HOST, "no_proxy": HOST}
