"""Roles, schemas, migrations and rights of all services, applied by one command before any service starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql

from polycast.db.database import PERSON_SETTING, Schema, psycopg_url

#: Serialises concurrent `db migrate` runs. Any constant does: this is "polycast" on a telephone.
_MIGRATION_LOCK = 76592278


def migrate(admin_url: str, schemas: Iterable[Schema], passwords: Mapping[str, str]) -> None:
    """Bring every schema to its newest revision, as its owner. Safe to repeat and to run twice at once.

    Args:
        admin_url: libpq URL of a role that may create roles and schemas.
        passwords: the password of each schema's role.
    """
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
        for schema in schemas:
            _ensure_roles(admin, schema, passwords[schema.name])
            _ensure_schema(admin, schema)
            _upgrade(schema, admin_url)
            _grant(admin, schema)


def _ensure_roles(admin: psycopg.Connection, schema: Schema, password: str) -> None:
    """The service signs in as a role that owns nothing: what it may do is granted to it."""
    login = sql.Identifier(schema.name)
    _ensure_role(admin, schema.owner, "NOLOGIN")
    _ensure_role(admin, schema.name, "LOGIN")
    admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(login, sql.Literal(password)))
    admin.execute(sql.SQL("ALTER ROLE {} SET search_path = {}").format(login, login))
    if schema.by_person:
        _ensure_role(admin, schema.system, "NOLOGIN")
        # It may be taken on (`SET LOCAL ROLE`), but its rights aren't had without.
        grant = sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE")
        admin.execute(grant.format(sql.Identifier(schema.system), login))


def _ensure_role(admin: psycopg.Connection, name: str, kind: str) -> None:
    if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is None:
        attributes = f"{kind} NOSUPERUSER NOCREATEDB NOCREATEROLE"
        admin.execute(sql.SQL("CREATE ROLE {} " + attributes).format(sql.Identifier(name)))


def _ensure_schema(admin: psycopg.Connection, schema: Schema) -> None:
    name, owner = sql.Identifier(schema.name), sql.Identifier(schema.owner)
    admin.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(name, owner))
    # The service's role owned its schema once.
    query = "SELECT 1 FROM pg_namespace WHERE nspname = %s AND nspowner = %s::regrole"
    if admin.execute(query, (schema.name, schema.name)).fetchone():
        admin.execute(sql.SQL("REASSIGN OWNED BY {} TO {}").format(name, owner))


def _upgrade(schema: Schema, admin_url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.migrations).replace("%", "%%"))
    config.attributes["url"] = psycopg_url(admin_url)
    command.upgrade(config, "head")


def _grant(admin: psycopg.Connection, schema: Schema) -> None:
    """What the service's role may do, and whose rows it sees. Nothing of it is left to be remembered."""
    with admin.transaction():
        admin.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(schema.owner)))
        roles = [schema.name, *([schema.system] if schema.by_person else [])]
        for role in roles:
            for right in ("USAGE ON SCHEMA", "USAGE ON ALL SEQUENCES IN SCHEMA"):
                _run(admin, f"GRANT {right} {{}} TO {{}}", schema.name, role)
        if not schema.by_person:
            _run(admin, "GRANT ALL ON ALL TABLES IN SCHEMA {} TO {}", schema.name, schema.name)
            return
        rights = "SELECT, INSERT, UPDATE, DELETE"
        _run(admin, f"GRANT {rights} ON ALL TABLES IN SCHEMA {{}} TO {{}}", schema.name, schema.system)
        # Table by table: a partition that is asked directly is not under its parent's policies.
        _run(admin, "REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM {}", schema.name, schema.name)
        for table in schema.metadata.sorted_tables:
            granted = table.info.get("grants", rights)
            _run(admin, f"GRANT {granted} ON {{}}.{{}} TO {{}}", schema.name, table.name, schema.name)
        for table, person in schema.owned_tables().items():
            _guard(admin, schema, table.name, person)


def _guard(admin: psycopg.Connection, schema: Schema, table: str, person: str) -> None:
    """Row-level security: the service's role sees and writes the acting person's rows, none if nobody acts.

    A table that is under it already isn't touched: that would lock out everyone who uses it.
    """
    query = "SELECT relrowsecurity FROM pg_class WHERE oid = format('%%I.%%I', %s::text, %s::text)::regclass"
    if (found := admin.execute(query, (schema.name, table)).fetchone()) and found[0]:
        return
    _run(admin, "ALTER TABLE {}.{} ENABLE ROW LEVEL SECURITY", schema.name, table)
    # As a sub-select it is computed once a query, and the person's index serves.
    acting = f"(SELECT nullif(current_setting('{PERSON_SETTING}', true), '')::uuid)"
    own = f"CREATE POLICY own ON {{}}.{{}} TO {{}} USING ({{}} = {acting})"
    _run(admin, own, schema.name, table, schema.name, person)
    _run(admin, "CREATE POLICY everybodys ON {}.{} TO {} USING (true)", schema.name, table, schema.system)


def _run(admin: psycopg.Connection, statement: str, *names: str) -> None:
    admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
