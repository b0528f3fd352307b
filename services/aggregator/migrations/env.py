from aggregator.store import SCHEMA
from polycast.db.migrations import run_migrations

run_migrations(SCHEMA)
