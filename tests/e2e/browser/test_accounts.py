"""Who is at the page: a forgotten password, and what is left of somebody who has signed out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from polycast.testing.mail import Mailbox, text_of

from ..stack import Person, Stack, eventually
from .conftest import Visits, sign_in, until_kept_for_offline

pytestmark = pytest.mark.timeout(300)
NEW_PASSWORD = "another long enough pass phrase 43"


@pytest.mark.local
def test_a_forgotten_password_is_set_anew_by_the_link_in_the_mail(
    stack: Stack, visit: Visits, mailbox: Mailbox
):
    person = stack.person()
    page = visit(None, "/forgot")
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_text("a message with a link is on its way")).to_be_visible()
    page.goto(eventually(lambda: link_for(person, mailbox), "the mail comes"))

    expect(page).to_have_url(re.compile("/reset-password$"))  # the token is in no address any more
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    page.get_by_role("link", name="Sign in", exact=True).click()
    sign_in(page, person, NEW_PASSWORD)
    expect(page.get_by_role("heading", name="Nothing yet today")).to_be_visible()


def link_for(person: Person, mailbox: Mailbox) -> str | None:
    texts = [text_of(message) for message in mailbox.messages if message["To"] == person.email]
    return next((found[0] for text in texts if (found := re.search(r"http\S+#token=\S+", text))), None)


def test_nothing_of_a_person_is_left_offline_once_they_have_signed_out(
    visit: Visits, person_with_drafts: Callable[..., Person]
):
    person = person_with_drafts(ideas=1, platforms=["linkedin"])
    [draft] = person.drafts()
    path = f"/drafts/{draft['id']}"
    page = visit(person, path)
    until_kept_for_offline(page, draft["id"])
    page.locator("summary:visible", has_text="Account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    eventually(lambda: "polycast-seen" not in " ".join(kept(page)), "the copies are deleted")

    page.context.set_offline(True)
    for address in ("/", path):
        page.goto(address)
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        shown = page.locator("body").inner_text()
        for private in (person.email, draft["core_idea"]["title"], draft["content_text"][:40]):
            assert private not in shown
    assert "polycast-seen" not in " ".join(kept(page))
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert draft["id"] not in stored and person.email not in stored


def kept(page: Page) -> list[str]:
    return list(page.evaluate("caches.keys()"))
