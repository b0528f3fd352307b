"""People at the page, in a real Chromium."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from polycast_cli.stack import page as web

from ..stack import PASSWORD, Person, Stack, eventually
from . import chromium

#: Bounds a failure; it measures nothing.
MILLISECONDS = 30_000
expect.set_options(timeout=MILLISECONDS)


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """While it runs, Playwright's event loop does too: no other test's `asyncio.run` works beside it."""
    log = tmp_path_factory.mktemp("browser") / "npm.log"
    web.install_tools(log)
    executable, environment = chromium.find(log)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, env={**os.environ, **environment}, chromium_sandbox=False
        )
        yield browser
        browser.close()


@dataclass
class Visits:
    """Opens the page for people, and hears what the page complains of."""

    stack: Stack
    browser: Browser
    opened: ExitStack
    complaints: list[str]

    def context(self, person: Person | None = None, **options: Any) -> BrowserContext:
        """A browser of one's own; signed in, if told as whom."""
        origin = f"http://127.0.0.1:{self.stack.port}"
        context = self.browser.new_context(base_url=origin, **options)
        self.opened.callback(context.close)
        context.set_default_timeout(MILLISECONDS)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        if person:
            credentials = {"email": person.email, "password": PASSWORD}
            signed_in = context.request.post("/api/v1/auth/login", data=credentials)
            assert signed_in.ok, signed_in.text()
        return context

    def __call__(self, person: Person | None, path: str = "/", **options: Any) -> Page:
        page = self.context(person, **options).new_page()
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        # Chromium itself reports each answer of 400 and above, and each request without a network.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)


@pytest.fixture
def visit(stack: Stack, browser: Browser) -> Iterator[Visits]:
    """`visit(person, path)` → the page, as that person sees it."""
    complaints: list[str] = []
    with ExitStack() as opened:
        yield Visits(stack, browser, opened, complaints)
    assert complaints == []


def sign_in(page: Page, person: Person, password: str) -> None:
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


WORKER_IN_CHARGE = """() => new Promise((resolve) => {
  if (navigator.serviceWorker.controller) resolve()
  else navigator.serviceWorker.addEventListener('controllerchange', () => resolve())
})"""


def until_kept_for_offline(page: Page, draft_id: str) -> None:
    """Once the service worker is in charge, it keeps what it sees: this draft, which the page shows."""
    page.evaluate(WORKER_IN_CHARGE)
    page.reload()
    address = f"/api/v1/content/{draft_id}"
    eventually(
        lambda: page.evaluate("async url => !!(await caches.match(url))", address), "the draft is kept"
    )


@pytest.fixture
def person_with_drafts(stack: Stack) -> Callable[..., Person]:
    def make(ideas: int = 1, **wishes: Any) -> Person:
        person = stack.person()
        person.finished(person.start(idea_count=ideas, **wishes))
        return person

    return make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failure shows what the pages showed."""
    report = yield
    visits = getattr(item, "funcargs", {}).get("visit")
    if isinstance(visits, Visits) and report.when == "call" and report.failed:
        for context in visits.browser.contexts:
            for page in context.pages:
                report.sections.append((page.url, page.locator("body").aria_snapshot()))
    return report
