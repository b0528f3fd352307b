"""The second wall: what Postgres shows a request whose query forgot to ask whose rows it wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.exc import ProgrammingError

from api.read_model.drafts import all_drafts
from api.store import SCHEMA, audit, drafts, outbox, users
from polycast.db import Database, acting_for

if TYPE_CHECKING:
    from services.api.tests.conftest import Person, Stream

OWNED = SCHEMA.owned_tables()


async def owners(database: Database, table: Table) -> set[UUID | None]:
    async with database.connect() as connection:
        return set(await connection.scalars(select(table.c[OWNED[table]])))


@pytest.fixture
async def filled(ann: Person, bob: Person, stream: Stream) -> None:
    """Ann has something in many a table."""
    draft = await stream.draft(ann, await stream.idea(ann))
    await ann.put(f"content/{draft}", {"content_text": "Mine."})
    await ann.post(f"content/{draft}/regenerate", {})
    await ann.post("workflows/execute", headers={"Idempotency-Key": "key"})
    await ann.post("auth/logout")


async def test_a_query_without_its_where_sees_nothing_of_others(
    filled: None, ann: Person, bob: Person, requests: Database, store: Database
) -> None:
    hers = 0
    for table in OWNED:
        everybodys = await owners(store, table)
        hers += ann.id in everybodys
        with acting_for(None):
            assert await owners(requests, table) == set(), table.name
        with acting_for(bob.id):
            assert await owners(requests, table) == everybodys & {bob.id}, table.name
    assert hers >= 9


async def test_an_endpoint_without_its_where_shows_nothing_of_others(
    filled: None, ann: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    [hers] = (await ann.get("content", headers=await fresh(ann))).json()["content"]
    monkeypatch.setattr("api.read_model.found_drafts.drafts_of", lambda *_, **__: all_drafts())
    assert (await bob.get("content")).json()["total"] == 0
    assert (await bob.get(f"content/{hers['id']}")).status_code == 403


async def fresh(person: Person) -> dict[str, str]:
    credentials = {"email": "ann@example.com", "password": "correct horse battery"}
    token = (await person.post("auth/login", credentials)).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


async def test_nor_does_a_command_change_anything_of_others(
    filled: None, ann: Person, bob: Person, requests: Database
) -> None:
    with acting_for(bob.id):
        async with requests.begin() as connection:
            changed = await connection.execute(update(drafts).values(chosen_state="ready"))
            assert changed.rowcount == 0
            assert (await connection.execute(delete(users))).rowcount == 1  # himself
        event: dict[str, Any] = {"id": uuid4(), "subject": "user.deleted", "event": {}}
        with pytest.raises(ProgrammingError, match="row-level security"):
            async with requests.begin() as connection:
                await connection.execute(insert(outbox).values(user_id=ann.id, **event))


async def test_nobody_rewrites_the_audit_log(ann: Person, requests: Database) -> None:
    with acting_for(ann.id):
        async with requests.connect() as connection:
            assert await connection.scalar(select(func.count()).select_from(audit))
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with requests.begin() as connection:
                await connection.execute(delete(audit))


async def test_who_acts_is_forgotten_with_the_transaction(ann: Person, requests: Database) -> None:
    """The next to use the connection may be anybody, through PgBouncer too."""
    with acting_for(ann.id):
        assert await owners(requests, users) == {ann.id}
    async with requests.connect() as connection:
        setting = select(func.current_setting("polycast.person", True), func.current_user())
        assert tuple((await connection.execute(setting)).one()) in {("", "api"), (None, "api")}


def test_the_role_of_requests_owns_nothing_and_is_above_nothing(api_url: str, admin_url: str) -> None:
    with psycopg.connect(admin_url) as admin:
        role = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname IN ('api', 'api_system')"
        assert admin.execute(role).fetchall() == [(False,), (False,)]
        owned = admin.execute("SELECT count(*) FROM pg_tables WHERE tableowner = 'api'").fetchone()
        assert owned == (0,)
        unguarded = admin.execute(
            "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
            " WHERE relnamespace = 'api'::regnamespace AND relkind IN ('r', 'p') AND NOT relrowsecurity"
            " AND attname = 'user_id' AND has_table_privilege('api', pg_class.oid, 'SELECT')"
        ).fetchall()
        assert unguarded == []
