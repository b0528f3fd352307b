"""Postgres: one schema and one signing-in role a service, reached through SQLAlchemy Core on psycopg 3."""

from polycast.db.database import Database, Schema, act_for, acting_for, service_url

__all__ = ["Database", "Schema", "act_for", "acting_for", "service_url"]
