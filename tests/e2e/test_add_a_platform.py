"""A folder is all that a new platform needs: this one is in no list, and everything knows it."""

from __future__ import annotations

import pytest

from .stack import Stack, eventually


@pytest.mark.usefixtures("tiktok")
def test_a_new_platform_is_announced_checked_and_written_for(stack: Stack):
    person = stack.person()
    eventually(lambda: "tiktok" in _slugs(person.get("/platforms")), "the gateway lists it")

    checked = person.post("/platforms/tiktok/check", {"content_text": "x" * 2300})
    assert checked.status_code == 200, checked.text
    assert [finding["rule"] for finding in checked.json()["findings"]] == ["caption-length"]

    workflow = person.finished(person.start(idea_count=2, platforms=["tiktok", "twitter"]))
    assert (workflow["status"], workflow["content_generated"]) == ("completed", 4)
    drafts = person.drafts(platform="tiktok")
    assert len(drafts) == 2
    assert all(draft["checks"]["ok"] for draft in drafts)


def test_a_removed_platform_is_unknown_again(stack: Stack):
    person = stack.person()
    eventually(lambda: "tiktok" not in _slugs(person.get("/platforms")), "the gateway lists it no longer")


def _slugs(answer: dict[str, object]) -> list[str]:
    platforms = answer["platforms"]
    assert isinstance(platforms, list)
    return [platform["slug"] for platform in platforms]
