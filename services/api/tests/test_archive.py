"""What nobody touched for a year is out of the way, and nothing of it is lost."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import func, select

from api.archive import KEPT_AT_HAND, archive_old_drafts
from api.dependencies import Gateway
from api.store import archived_drafts, drafts

if TYPE_CHECKING:
    from services.api.tests.conftest import Person, Stream


@pytest.fixture
async def old(ann: Person, stream: Stream, gateway: Gateway) -> UUID:
    """A draft in the archive, of an idea about robots."""
    long_ago = stream.now - KEPT_AT_HAND - timedelta(days=30)
    draft = await stream.draft(ann, await stream.idea(ann, long_ago), at=long_ago)
    await archive_old_drafts(gateway.system)
    return draft


async def sizes(gateway: Gateway) -> tuple[int | None, int | None]:
    """How many drafts are at hand, and how many in the archive."""
    async with gateway.system.connect() as connection:
        return (
            await connection.scalar(select(func.count()).select_from(drafts)),
            await connection.scalar(select(func.count()).select_from(archived_drafts)),
        )


async def test_what_is_archived_can_be_read(
    ann: Person, bob: Person, old: UUID, stream: Stream, gateway: Gateway
) -> None:
    recent = await stream.draft(ann, await stream.idea(ann))
    await archive_old_drafts(gateway.system)
    assert await sizes(gateway) == (1, 1)
    shown = await ann.get(f"content/{old}")
    assert (shown.status_code, shown.json()["content_text"]) == (200, "A text.")
    assert (await bob.get(f"content/{old}")).status_code == 403
    [revision] = (await ann.get(f"content/{old}/revisions")).json()["revisions"]
    assert revision["is_current"]

    async def listed(**params: str) -> list[str]:
        answer = (await ann.get("content", params=params)).json()
        assert answer["total"] == len(answer["content"])
        return [one["id"] for one in answer["content"]]

    assert await listed() == [str(recent)]
    day = shown.json()["created_at"][:10]
    assert await listed(date=day) == [str(old)]
    assert await listed(**{"from": day}) == [str(recent), str(old)]
    assert await listed(**{"from": day, "sort": "updated_at"}) == [str(old), str(recent)]
    assert await listed(date=day, q="robot") == [str(old)]
    assert await listed(date=day, q="text -robot") == []
    with zipfile.ZipFile(io.BytesIO((await ann.get("account/export")).content)) as archive:
        assert sum(name.endswith(".md") for name in archive.namelist()) == 2
    assert (await ann.get("stats")).json()["drafts"]["generated"] == 2


async def test_whoever_works_on_it_takes_it_out(ann: Person, old: UUID, gateway: Gateway) -> None:
    edited = await ann.put(f"content/{old}", {"content_text": "New words."})
    assert (edited.status_code, edited.json()["original_version"]) == (200, "A text.")
    assert await sizes(gateway) == (1, 0)
    await archive_old_drafts(gateway.system)
    assert await sizes(gateway) == (1, 0)  # touched today
    revisions = (await ann.get(f"content/{old}/revisions")).json()["revisions"]
    assert [one["revision"] for one in revisions] == ["generation-1", "edit-1"]


async def test_a_late_event_makes_no_second_one(
    ann: Person, old: UUID, stream: Stream, gateway: Gateway
) -> None:
    idea = UUID((await ann.get(f"content/{old}")).json()["core_idea"]["id"])
    await stream.draft(ann, idea, content_text="Told again.")
    assert await sizes(gateway) == (0, 1)
    assert (await ann.get(f"content/{old}")).json()["content_text"] == "A text."


async def test_what_is_deleted_stays_out_of_it(ann: Person, stream: Stream, gateway: Gateway) -> None:
    long_ago = stream.now - KEPT_AT_HAND - timedelta(days=1)
    draft = await stream.draft(ann, await stream.idea(ann), at=long_ago)
    await ann.delete(f"content/{draft}")
    await archive_old_drafts(gateway.system)
    assert await sizes(gateway) == (1, 0)
    assert (await ann.post(f"content/{draft}/restore")).status_code == 200
