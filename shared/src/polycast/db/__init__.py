"""Postgres: one schema and one role a service, reached through SQLAlchemy Core on psycopg 3."""

from polycast.db.database import Database, Schema, service_url

__all__ = ["Database", "Schema", "service_url"]
