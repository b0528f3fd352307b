"""What goes wrong for a person who writes: nothing that was typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect

from ..stack import PASSWORD, Person, Stack, eventually
from .conftest import Visits, sign_in, until_kept_for_offline

pytestmark = pytest.mark.timeout(300)
NEW_PASSWORD = "another long enough pass phrase 43"


def editor(page: Page) -> Locator:
    return page.get_by_role("textbox", name="LinkedIn text")


def append(page: Page, text: str) -> None:
    editor(page).press("Control+End")
    page.keyboard.insert_text(text)


def saved(page: Page) -> Locator:
    return page.get_by_text("Saved", exact=True)


def saved_text(person: Person) -> str:
    [draft] = person.drafts(platform="linkedin")
    return str(draft["content_text"])


@pytest.fixture
def writer(person_with_drafts: Callable[..., Person]) -> Person:
    """Someone with one draft, for LinkedIn."""
    return person_with_drafts(ideas=1, platforms=["linkedin"])


@pytest.fixture
def path(writer: Person) -> str:
    [draft] = writer.drafts()
    return f"/drafts/{draft['id']}"


@contextmanager
def without_network(page: Page) -> Iterator[None]:
    """This tab alone; its browser's other tabs stay connected."""
    session = page.context.new_cdp_session(page)
    conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", {"offline": True, **conditions})
    yield
    session.send("Network.emulateNetworkConditions", {"offline": False, **conditions})


def test_two_tabs_of_one_draft_conflict_and_the_reader_chooses(visit: Visits, writer: Person, path: str):
    mine = visit(writer, path)
    theirs = mine.context.new_page()
    theirs.goto(path)
    with without_network(mine):
        append(mine, " Mine.")
        expect(saved(mine)).not_to_be_visible()
        append(theirs, " Theirs.")
        eventually(lambda: saved_text(writer).endswith(" Theirs."), "theirs is saved")

    conflict = mine.get_by_role("dialog", name="This draft was changed elsewhere")
    expect(conflict.get_by_role("region", name="Yours")).to_contain_text("Mine.")
    expect(conflict.get_by_role("region", name="The saved one")).to_contain_text("Theirs.")
    assert saved_text(writer).endswith(" Theirs."), "nothing is overwritten before the choice"
    conflict.get_by_role("button", name="Keep mine").click()
    eventually(lambda: saved_text(writer).endswith(" Mine."), "mine is saved")
    # The other tab follows.
    expect(editor(theirs)).to_have_value(saved_text(writer))


def test_without_a_network_drafts_are_read_and_edits_kept(visit: Visits, writer: Person, path: str):
    page = visit(writer, path)
    until_kept_for_offline(page, path.rpartition("/")[2])

    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_text("Polycast can’t be reached.")).to_be_visible()
    append(page, " Written on the train.")
    page.reload()
    expect(editor(page)).to_have_value(re.compile(r" Written on the train\.$"))
    page.context.set_offline(False)
    eventually(lambda: saved_text(writer).endswith(" Written on the train."), "it is saved at last")
    expect(page.get_by_text("Polycast can’t be reached.")).not_to_be_visible()


def test_an_ended_session_keeps_the_unsaved_text(stack: Stack, visit: Visits, writer: Person, path: str):
    page = visit(writer, path)
    expect(editor(page)).to_be_visible()
    page.context.set_offline(True)
    append(page, " Kept over the sign-in.")
    expect(saved(page)).not_to_be_visible()
    changed = writer.put("/auth/password", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})
    assert changed.is_success, changed.text
    page.context.set_offline(False)

    expect(page.get_by_text("Your session has ended")).to_be_visible()
    sign_in(page, writer, NEW_PASSWORD)
    page.wait_for_url(f"**{path}")
    expect(editor(page)).to_have_value(re.compile(r" Kept over the sign-in\.$"))
    edited = "SELECT 1 FROM api.drafts WHERE user_id = %s AND edited_text LIKE '%% Kept over the sign-in.'"
    eventually(lambda: stack.sql(edited, writer.id), "it is saved at last")


def test_a_failed_draft_says_why_and_is_written_again(
    stack: Stack, visit: Visits, person_with_drafts: Callable[..., Person], sound: None
):
    stack.write_badly({"linkedin:refusal": 1})
    person = person_with_drafts(ideas=1)
    stack.write_slowly(0.2)
    page = visit(person)
    expect(page.get_by_role("button", name="Retry what failed")).to_be_visible()
    page.goto("/pipeline?state=failed")
    page.get_by_role("list", name="Drafts").get_by_role("link").click()
    failure = page.get_by_role("alert")
    expect(failure).to_contain_text("This one could not be written")
    failure.get_by_role("button", name="Write it again").click()
    expect(editor(page)).to_be_visible()
    assert [draft["state"] for draft in person.drafts(platform="linkedin")] == ["generated"]


@pytest.fixture
def sound(stack: Stack) -> Iterator[None]:
    """However the test ends, the writer is sound for the next."""
    yield
    stack.write_slowly(0.2)
