"""The same servers as containers, where a Docker engine answers (`--infra containers`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from testcontainers.community.nats import NatsContainer
from testcontainers.community.postgres import PostgresContainer

NATS_IMAGE = "nats:2.15-alpine"
POSTGRES_IMAGE = "postgres:18-alpine"


@contextmanager
def nats_container() -> Iterator[str]:
    with NatsContainer(NATS_IMAGE, jetstream=True) as container:
        yield container.nats_uri()


@contextmanager
def postgres_container() -> Iterator[str]:
    with PostgresContainer(POSTGRES_IMAGE, driver=None) as container:
        yield container.get_connection_url()
