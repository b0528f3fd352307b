from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from api.dependencies import Gateway
from api.store import outbox
from polycast.contracts import IdeaCreated

if TYPE_CHECKING:
    from services.api.tests.conftest import Person

IDEA = {"title": "Robots at breakfast", "description": "They butter toast. Is that progress?"}


async def test_an_own_idea_is_listed_and_announced(ann: Person, gateway: Gateway, announced: None) -> None:
    created = await ann.post("ideas", IDEA | {"topic_category": "robots", "platforms": ["linkedin"]})
    assert created.status_code == 201
    idea = created.json()
    assert (idea["title"], idea["workflow_id"], idea["platforms"]) == (IDEA["title"], None, ["linkedin"])
    assert idea["provenance"]["author"] == "person"
    assert (await ann.get("ideas")).json() == {"ideas": [idea], "total": 1, "next": None}
    assert (await ann.get("ideas", params={"topic": "Robots"})).json()["total"] == 1
    assert (await ann.get("ideas", params={"topic": "toast"})).json()["total"] == 0

    async with gateway.system.connect() as connection:
        query = select(outbox.c.event).where(outbox.c.subject == "idea.created")
        event = IdeaCreated.model_validate(await connection.scalar(query))
    assert (str(event.idea_id), event.user_id, event.execution_id) == (idea["id"], ann.id, None)
    assert event.is_complete


async def test_a_repeat_with_the_same_key_makes_no_second(ann: Person) -> None:
    key = {"Idempotency-Key": "toast"}
    first = await ann.post("ideas", IDEA, headers=key)
    again = await ann.post("ideas", IDEA, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    # Another command under the same key, even with a body that could be the same.
    assert (await ann.post("workflows/execute", headers=key)).status_code == 422
    assert (await ann.get("ideas")).json()["total"] == 1


async def test_what_an_idea_needs(ann: Person, announced: None) -> None:
    for change, field in (
        ({"title": "  "}, "title"),
        ({"description": None}, "description"),
        ({"title": "x" * 301}, "title"),
        ({"platforms": ["myspace"]}, "platforms"),
    ):
        refused = await ann.post("ideas", IDEA | change)
        assert refused.status_code == 422
        assert [error["field"] for error in refused.json()["errors"]] == [field]
    held = await ann.post("ideas", IDEA | {"title": "a\x00b"})
    assert held.status_code == 422
