"""A platform that the page has never heard of: it shows what the service announces."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from ..stack import Person
from .conftest import Visits

pytestmark = pytest.mark.timeout(300)


@pytest.mark.usefixtures("tiktok")
def test_drafts_for_it_are_shown_checked_and_moved(visit: Visits, person_with_drafts: Callable[..., Person]):
    person = person_with_drafts(ideas=1, platforms=["tiktok"])
    page = visit(person, "/pipeline")
    expect(page.get_by_label("Platform")).to_contain_text("TikTok")
    page.get_by_role("list", name="Drafts").get_by_role("link", name="TikTok").click()

    text = page.get_by_role("textbox", name="TikTok text")
    expect(page.get_by_text("Keeps every rule of TikTok")).to_be_visible()
    text.fill("x" * 2300)
    findings = page.get_by_role("region", name="Findings")
    expect(findings).to_contain_text("2300 characters; TikTok takes 2200")
    expect(page.get_by_role("button", name="Mark ready")).to_have_attribute("aria-disabled", "true")
    text.fill("A caption that TikTok takes.")
    expect(page.get_by_text("Keeps every rule of TikTok")).to_be_visible()
    expect(page.get_by_role("complementary").get_by_text("A caption that TikTok takes.")).to_be_visible()
    page.get_by_role("button", name="Mark ready").click()
    expect(page.get_by_text("1 draft: ready")).to_be_visible()
