"""A database of the release before, with what people had in it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from psycopg import sql

from api.store import SCHEMA
from polycast.db.database import psycopg_url
from polycast.testing.servers import fresh_database, migrated

#: The newest revision of the release whose service owned its own tables.
BEFORE = "0002"


@pytest.fixture
def before(postgres_server: str, api_url: str) -> Iterator[psycopg.Connection]:
    """Its database, as the superuser. (`api_url`: by now the server has the roles.)"""
    with fresh_database(postgres_server) as url, psycopg.connect(url, autocommit=True) as admin:
        name = sql.Identifier(admin.info.dbname)
        # East of UTC, where a month begins before it does there.
        admin.execute(sql.SQL("ALTER DATABASE {} SET timezone = 'Asia/Tokyo'").format(name))
        admin.execute("CREATE SCHEMA api AUTHORIZATION api_owner")
        config = Config()
        config.set_main_option("script_location", str(SCHEMA.migrations).replace("%", "%%"))
        config.attributes["url"] = psycopg_url(url)
        command.upgrade(config, BEFORE)
        admin.execute("REASSIGN OWNED BY api_owner TO api")
        admin.execute("SET timezone = 'UTC'")
        yield admin


def test_an_upgrade_loses_nothing(before: psycopg.Connection, postgres_server: str) -> None:
    person, draft, idea = uuid4(), uuid4(), uuid4()
    texts = ("content_text, created_at, sequence", "'A text of robots.', now(), 1")
    for statement in (
        "INSERT INTO api.users (id, email, password_hash) VALUES (%(person)s, 'ann@example.com', 'x')",
        "INSERT INTO api.sessions (id, user_id, counter, rotated_at, expires_at)"
        " VALUES (gen_random_uuid(), %(person)s, 1, now(), now() + interval '1 day')",
        'INSERT INTO api.ideas (id, user_id, "index", total, title, description, topic_category, platforms,'
        " provenance, created_at, sequence)"
        " VALUES (%(idea)s, %(person)s, 0, 1, 'Robots', 'They toast.', 'Tech', '{linkedin}', '{}', now(), 1)",
        f"INSERT INTO api.drafts (id, user_id, idea_id, platform, {texts[0]})"
        f" VALUES (%(draft)s, %(person)s, %(idea)s, 'linkedin', {texts[1]})",
        f"INSERT INTO api.generations (content_id, generation, user_id, {texts[0]})"
        f" VALUES (%(draft)s, 2, %(person)s, {texts[1]})",
        "INSERT INTO api.edits (content_id, revision, user_id, content_text)"
        " VALUES (%(draft)s, 1, %(person)s, 'Mine.')",
        "INSERT INTO api.notifications (id, user_id, workflow_id, title, body, created_at, sequence)"
        " VALUES (gen_random_uuid(), %(person)s, gen_random_uuid(), 'Over', '', now(), 1)",
        "INSERT INTO api.erased_users (user_id) VALUES (gen_random_uuid())",
        # A line a day, and one an hour before the oldest month that is kept begins in UTC.
        "INSERT INTO api.audit (id, timestamp, event_type, user_id, action, status)"
        " SELECT gen_random_uuid(), at, 'auth', %(person)s, 'login', 'ok' FROM ("
        "  SELECT generate_series(now() - interval '80 days', now(), '1 day') UNION ALL"
        "  SELECT date_trunc('month', now() - interval '90 days') - interval '1 hour') days (at)",
    ):
        before.execute(statement, {"person": person, "draft": draft, "idea": idea})

    admin_url = f"{postgres_server.rpartition('/')[0]}/{before.info.dbname}"
    migrated(admin_url, SCHEMA)
    migrated(admin_url, SCHEMA)  # as every start does

    with psycopg.connect(migrated(admin_url, SCHEMA)["api"]) as request:
        request.execute("SELECT set_config('polycast.person', %s, true)", (str(person),))
        counts = {
            table: request.execute(f"SELECT count(*) FROM api.{table}").fetchone()
            for table in ("users", "sessions", "ideas", "drafts", "generations", "edits", "notifications")
        }
        assert set(counts.values()) == {(1,)}, counts
        assert request.execute("SELECT count(*) FROM api.audit").fetchone() == (81,)
        found = request.execute("SELECT api.drafts_holding('robot'::tsquery)").fetchall()
        assert found == [(draft,)]
        request.execute("UPDATE api.drafts SET chosen_state = 'reviewed'")
