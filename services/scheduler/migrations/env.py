from polycast.db.migrations import run_migrations
from scheduler.store import SCHEMA

run_migrations(SCHEMA)
