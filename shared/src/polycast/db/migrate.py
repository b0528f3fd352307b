"""Roles, schemas and migrations of all services, applied by one command before any service starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql

from polycast.db.database import Schema, psycopg_url, service_url

#: Serialises concurrent `db migrate` runs. Any constant does: this is "polycast" on a telephone.
_MIGRATION_LOCK = 76592278


def migrate(admin_url: str, schemas: Iterable[Schema], passwords: Mapping[str, str]) -> None:
    """Bring every schema to its newest revision, as its own role. Safe to repeat and to run twice at once.

    Args:
        admin_url: libpq URL of a role that may create roles and schemas.
        passwords: the password of each schema's role.
    """
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
        for schema in schemas:
            _ensure_role_and_schema(admin, schema.name, passwords[schema.name])
            _upgrade(schema, service_url(admin_url, schema.name, passwords[schema.name]))


def _ensure_role_and_schema(admin: psycopg.Connection, name: str, password: str) -> None:
    role = sql.Identifier(name)
    if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is None:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE").format(role))
    admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))
    admin.execute(sql.SQL("ALTER ROLE {} SET search_path = {}").format(role, role))
    admin.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(role, role))


def _upgrade(schema: Schema, url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.migrations).replace("%", "%%"))
    config.attributes["url"] = psycopg_url(url)
    command.upgrade(config, "head")
