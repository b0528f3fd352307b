"""axe finds nothing in any view: light and dark, on a phone and on a desk."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from polycast_cli.stack.page import WEB

from ..stack import Person, Stack
from .conftest import Visits

pytestmark = pytest.mark.timeout(300)

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
SCHEMES: Sequence[Literal["light", "dark"]] = ("light", "dark")
SIZES: Sequence[ViewportSize] = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})
#: The levels of WCAG 2.2 AA, and what axe's authors advise beyond.
RULES = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
LOOK = """async (runOnly) => {
  const frame = () => new Promise(requestAnimationFrame)
  const running = () => document.getAnimations().filter(({ playState }) => playState === 'running')
  do {
    await frame().then(frame)
    await Promise.allSettled(running().map(({ finished }) => finished))
  } while (running().length > 0)
  const { violations } = await axe.run(document, { runOnly, resultTypes: ['violations'] })
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`))
}"""


def nothing(page: Page) -> None:
    """The view is as its address opens it."""


def press(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name).first.click()


def select_two(page: Page) -> None:
    boxes = page.get_by_role("list", name="Drafts").get_by_role("checkbox")
    for index in (0, 1):
        boxes.nth(index).check()


#: Route → its addresses, `{name}` being a draft's or run's id, each with what to do there.
VIEWS: Mapping[str, list[tuple[str, Callable[[Page], None]]]] = {
    "/sign-in": [("/sign-in", nothing)],
    "/register": [("/register", nothing)],
    "/forgot": [("/forgot", nothing)],
    "/reset-password": [("/reset-password#token=one", nothing), ("/reset-password", nothing)],
    "/privacy": [("/privacy", nothing)],
    "/terms": [("/terms", nothing)],
    "/": [("/", nothing), ("/", press("Run now")), ("/", press("My own idea")), ("/", press("Search"))],
    "/pipeline": [
        ("/pipeline", nothing),
        ("/pipeline", select_two),
        ("/pipeline?view=board", nothing),
        ("/pipeline?q=nothing-has-this-in-it", nothing),
    ],
    "/drafts/:id": [
        ("/drafts/{linkedin}", nothing),
        ("/drafts/{twitter}", nothing),
        ("/drafts/{instagram}", nothing),
        ("/drafts/{linkedin}", press("Versions")),
        ("/drafts/{linkedin}", press("About")),
    ],
    "/runs": [("/runs", nothing)],
    "/runs/:id": [("/runs/{run}", nothing)],
    "/activity": [("/activity", nothing)],
    "/notifications": [("/notifications", nothing)],
    "/settings": [("/settings", nothing)],
    "*": [("/nowhere", nothing)],
}
SIGNED_OUT = {"/sign-in", "/register", "/forgot", "/reset-password"}


def test_every_route_is_looked_at():
    parts = (WEB / "src" / "app" / "parts.ts").read_text()
    assert set(re.findall(r"'([^']+)': \(\) => import", parts)) == set(VIEWS)


@pytest.fixture(scope="module")
def reader(stack: Stack) -> Person:
    """Someone who has a run behind them."""
    person = stack.person()
    person.finished(person.start(idea_count=1))
    return person


@pytest.mark.parametrize("route", VIEWS)
def test_axe_finds_nothing(visit: Visits, reader: Person, route: str):
    ids = {draft["platform"]: draft["id"] for draft in reader.drafts()}
    ids["run"] = reader.get("/workflows")["workflows"][0]["id"]
    views = [(path.format(**ids), act) for path, act in VIEWS[route]]
    page = visit(None if route in SIGNED_OUT else reader, views[0][0], reduced_motion="reduce")
    complaints = []
    for path, act in views:
        page.set_viewport_size(SIZES[0])
        page.goto(path)
        settle(page)
        act(page)
        settle(page)
        page.evaluate(AXE.read_text())
        for size, scheme in product(SIZES, SCHEMES):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            found = page.evaluate(LOOK, RULES)
            complaints += [f"{path}, {size['width']} px, {scheme}: {each}" for each in found]
    assert complaints == []


def settle(page: Page) -> None:
    """Until nothing is on its way any more."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("[role=status][aria-label^=Loading]")).to_have_count(0)
