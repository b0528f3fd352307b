"""Postgres: one schema and one signing-in role a service, reached through SQLAlchemy Core on psycopg 3."""

from polycast.db.database import Database, Schema, act_for, acting_for, service_url
from polycast.db.erasure import Erasure

__all__ = ["Database", "Erasure", "Schema", "act_for", "acting_for", "service_url"]
