"""No list reads a whole table: what Postgres plans for each of them among the rows of many people."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import event

from api.dependencies import Gateway

if TYPE_CHECKING:
    from services.api.tests.conftest import Person

#: Ann is one of fifty people, each with 40 workflows of an idea with three drafts.
FILL = """
CREATE TEMP TABLE people AS
    SELECT n, CASE n WHEN 0 THEN %(ann)s::uuid ELSE gen_random_uuid() END AS id FROM generate_series(0, 49) n;
CREATE TEMP TABLE made AS
    SELECT p.id AS user_id, m, gen_random_uuid() AS workflow_id, gen_random_uuid() AS idea_id,
           now() - m * interval '1 hour' AS at
    FROM people p, generate_series(1, 40) m;
INSERT INTO api.workflows SELECT workflow_id, user_id, 'manual', 1, '{}', NULL, at, 1 FROM made;
INSERT INTO api.outcomes SELECT workflow_id, user_id, 'completed', 1, 1, 3, 0, at, NULL, 1 FROM made;
INSERT INTO api.notifications
    SELECT gen_random_uuid(), user_id, workflow_id, 'Done', 'All of it.', at, 1, NULL FROM made;
INSERT INTO api.ideas
    (id, user_id, workflow_id, index, total, title, description, topic_category, platforms, provenance,
     created_at, sequence)
    SELECT idea_id, user_id, workflow_id, 0, 1, 'Idea ' || m, md5(idea_id::text), 'work', '{}', '{}', at, 1
    FROM made;
INSERT INTO api.drafts (id, user_id, idea_id, workflow_id, platform, content_text, created_at, sequence)
    SELECT gen_random_uuid(), user_id, idea_id, workflow_id, 'p' || n, md5(concat(m, n, user_id)), at, 1
    FROM made, generate_series(1, 3) n;
DROP TABLE made, people;
"""
LISTS: list[tuple[str, dict[str, Any]]] = [
    ("content", {}),
    ("content", {"state": "ready"}),
    ("content", {"platform": "p1"}),
    ("content", {"topic": "work"}),
    ("content", {"q": "idea"}),
    ("content", {"q": "idea -work"}),
    ("content", {"sort": "-updated_at"}),
    ("content", {"deleted": True}),
    ("content", {"from": "2026-01-01", "q": "idea"}),
    ("ideas", {}),
    ("workflows", {"state": "completed"}),
    ("notifications", {}),
    ("stats", {}),
]


@pytest.fixture
async def statements(ann: Person, gateway: Gateway, admin_url: str) -> AsyncIterator[list[tuple[str, Any]]]:
    """What is asked of Postgres, from now on."""
    async with await psycopg.AsyncConnection.connect(admin_url, autocommit=True) as admin:
        filling = psycopg.AsyncClientCursor(admin)
        await filling.execute(FILL, {"ann": ann.id})
        tables = ("drafts", "ideas", "workflows", "outcomes", "notifications")
        await admin.execute(f"VACUUM ANALYZE {', '.join(f'api.{table}' for table in tables)}")
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        seen.append((statement, parameters))

    engine = gateway.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


async def test_no_list_reads_a_whole_table(
    ann: Person, statements: list[tuple[str, Any]], admin_url: str
) -> None:
    for path, params in LISTS:
        statements.clear()
        assert (await ann.get(path, params=params)).status_code == 200
        asked = [(text, values) for text, values in statements if text.startswith(("SELECT", "WITH"))]
        for text, values in asked:
            plan = await planned(admin_url, ann, text, values)
            scanned = re.findall(r"Seq Scan on (drafts|ideas|workflows|outcomes|notifications)\b", plan)
            assert not scanned, f"{path} {params}: {plan}"


async def planned(admin_url: str, person: Person, statement: str, values: Any) -> str:
    """As the role and the person of a request."""
    async with await psycopg.AsyncConnection.connect(admin_url) as connection:
        await connection.execute(f"SET LOCAL polycast.person = '{person.id}'")
        await connection.execute("SET LOCAL ROLE api")
        rows = await connection.execute(f"EXPLAIN {statement}", values)
        return "\n".join(row[0] for row in await rows.fetchall())
