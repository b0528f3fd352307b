"""The jobs before a rollout, as the image runs them, against real servers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from nats.aio.client import Client
from psycopg import sql

from polycast.db import service_url

from .manifests import DEPLOY, of_kind, overlay


def run(job: str, **environment: str) -> None:
    done = subprocess.run(
        [sys.executable, DEPLOY / "docker" / "start.py", "-m", "jobs", job],
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def owner(database: str) -> str:
    """URL of what CloudNativePG makes: a database owned by a role that may create roles, no superuser."""
    parameters = of_kind(overlay("prod"), "Cluster")[0]["spec"]["postgresql"]["parameters"]
    name = "owner_" + urlsplit(database).path[1:]
    with psycopg.connect(database, autocommit=True) as admin:
        role, this = sql.Identifier(name), sql.Identifier(urlsplit(database).path[1:])
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD 'pw'").format(role))
        admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(this, role))
        admin.execute(
            sql.SQL("ALTER DATABASE {} SET createrole_self_grant = {}").format(
                this, sql.Literal(parameters["createrole_self_grant"])
            )
        )
    return service_url(database, name, "pw")


def test_migrate_as_owner(owner: str, database: str) -> None:
    """Twice, because a rollout repeats it; then each role sees its own tables and no other's."""
    schemas = ("api", "ideas", "scheduler", "workflows")
    roles = {*schemas, *(f"{schema}_owner" for schema in schemas), "api_system"}
    with psycopg.connect(database, autocommit=True) as admin:  # other tests' superuser may have made them
        known = {row[0] for row in admin.execute("SELECT rolname FROM pg_roles").fetchall()}
        for role in roles & known:
            admin.execute(
                sql.SQL("GRANT {} TO {} WITH ADMIN TRUE, SET TRUE, INHERIT TRUE").format(
                    sql.Identifier(role), sql.Identifier(urlsplit(owner).username or "")
                )
            )
    passwords = json.dumps({schema: f"pw-{schema}" for schema in schemas})
    for _ in range(2):
        run("migrate", DATABASE_URL=owner, POLYCAST_ROLE_PASSWORDS=passwords)
    for schema in schemas:
        with psycopg.connect(service_url(owner, schema, f"pw-{schema}")) as own:
            seen = own.execute(
                "SELECT DISTINCT table_schema FROM information_schema.tables "
                "WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall()
            assert seen == [(schema,)]


async def test_streams_twice(nats_server: str, nats_client: Client) -> None:
    for _ in range(2):
        run("streams", NATS_URL=nats_server)
    names = {stream.config.name for stream in await nats_client.jetstream().streams_info()}
    assert {"EVENTS", "DLQ", "UI", "KV_drafts", "KV_platforms"} <= names


def test_secrets_are_made_once_and_for_their_reader_alone(tmp_path: Path) -> None:
    command = [sys.executable, str(DEPLOY / "make_secrets.py"), str(tmp_path / "secrets")]
    subprocess.run(command, check=True)
    files = {path: path.read_text() for path in (tmp_path / "secrets").rglob("*") if path.is_file()}
    subprocess.run(command, check=True)
    assert {path: path.read_text() for path in files} == files
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    names = {path.parent.name for path in files if path.name == "DATABASE_URL"}
    assert names == {"aggregator", "api", "ideas", "operator", "projector", "scheduler"}
    asking = {path.parent.name for path in files if path.name == "OPENAI_API_KEY"}
    assert "ideas" in asking and "api" not in asking


def test_who_reads_from_replicas_and_who_notes_how_far_they_must_be_know_them(tmp_path: Path) -> None:
    options = ["--read-database", "replicas:5432/polycast"]
    subprocess.run([sys.executable, DEPLOY / "make_secrets.py", tmp_path, *options], check=True)
    addresses = {path.parent.name: path.read_text() for path in tmp_path.rglob("DATABASE_READ_URL")}
    assert set(addresses) == {"api", "projector"}
    assert {urlsplit(address).hostname for address in addresses.values()} == {"replicas"}


def test_the_secrets_open_the_bus(tmp_path: Path) -> None:
    """The passwords' file and the services' addresses tell the same."""
    subprocess.run([sys.executable, DEPLOY / "make_secrets.py", tmp_path], check=True)
    lines = (tmp_path / "nats_passwords.env").read_text().splitlines()
    passwords = dict(line.split("=", 1) for line in lines)
    users = (DEPLOY / "nats" / "users.conf").read_text()
    for variable, password in passwords.items():
        assert f"${variable}" in users
        name = variable.removeprefix("NATS_").removesuffix("_PASSWORD").lower().replace("_", "-")
        parts = urlsplit((tmp_path / name / "NATS_URL").read_text())
        assert (parts.username, parts.password) == (name, password)
        assert not password[0].isdigit()
    assert users.count("password: $") == len(passwords)
