"""One person's first day, from the account to the first published post."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from ..stack import PASSWORD, Person, Stack, eventually
from .conftest import Visits

pytestmark = pytest.mark.timeout(300)


def test_from_an_account_to_a_published_post(stack: Stack, visit: Visits):
    page = visit(None, "/register")
    page.get_by_label("E-mail address").fill(f"{uuid4().hex}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open an account").click()

    expect(page.get_by_role("heading", name="Nothing yet today")).to_be_visible()
    stack.write_slowly(1)
    page.get_by_role("button", name="Run now").first.click()
    run = page.get_by_role("dialog", name="Run now")
    run.get_by_role("slider").fill("2")
    run.get_by_role("button", name="Start").click()
    # Live: first the ideas are thought of, then draft after draft is written.
    expect(page.get_by_role("heading", name="Thinking of ideas")).to_be_visible()
    expect(page.get_by_role("heading", name="Writing the drafts")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Drafts written")).to_have_attribute("aria-valuemax", "6")
    stack.write_slowly(0.2)
    expect(page.get_by_role("link", name="Done, ")).to_be_visible()
    expect(page.locator("main ol a")).to_have_count(6)

    page.locator("main ol a", has_text="LinkedIn").first.click()
    text = page.get_by_role("textbox", name="LinkedIn text")
    expect(text).to_be_visible()
    text.press("Control+End")
    page.keyboard.insert_text("\n\nOf our readers, 37 % never come back.")
    claims = page.get_by_role("region", name="Claims")
    expect(claims.get_by_text("1 of 1 to verify")).to_be_visible()
    ready = page.get_by_role("button", name="Mark ready")
    expect(ready).to_have_accessible_description("It makes a claim that isn’t verified.")
    claims.get_by_role("checkbox", name="37 %").check()
    expect(claims.get_by_text("All verified")).to_be_visible()

    ready.click()
    expect(page.get_by_text("1 draft: ready")).to_be_visible()
    page.get_by_role("button", name="Mark published").click()
    expect(page.get_by_text("Published drafts stay as they are")).to_be_visible()
    expect(text).not_to_be_editable()
    published = "SELECT edited_text FROM api.drafts WHERE id = %s AND chosen_state = 'published'"
    draft = page.url.rpartition("/")[2]
    [(saved,)] = eventually(lambda: stack.sql(published, draft), "it is published")
    assert saved.endswith("37 % never come back.")


def test_a_single_tweet_is_counted_as_one(visit: Visits, person_with_drafts: Callable[..., Person]):
    person = person_with_drafts(ideas=1, platforms=["twitter"])
    [draft] = person.drafts()
    page = visit(person, f"/drafts/{draft['id']}")
    page.get_by_role("textbox", name="X text").fill("One thought.")
    expect(page.locator("dl > div", has_text="tweet")).to_have_text("1tweet")
