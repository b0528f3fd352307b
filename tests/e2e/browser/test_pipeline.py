"""Many drafts at once: by selection, by dragging, and by keys alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from ..stack import Person, Stack, eventually
from .conftest import Visits

pytestmark = pytest.mark.timeout(300)


def states(person: Person) -> list[str]:
    return sorted(draft["state"] for draft in person.drafts())


def test_a_selection_is_moved_and_the_move_undone(visit: Visits, person_with_drafts: Callable[..., Person]):
    person = person_with_drafts(ideas=1)
    page = visit(person, "/pipeline")
    boxes = page.get_by_role("list", name="Drafts").get_by_role("checkbox")
    expect(boxes).to_have_count(3)
    for index in (0, 1):
        boxes.nth(index).check()
    page.get_by_role("toolbar", name="Selected drafts").get_by_role("button", name="Mark reviewed").click()
    expect(page.get_by_text("2 drafts: reviewed")).to_be_visible()
    expect(page.get_by_role("button", name="Reviewed 2")).to_be_visible()
    assert states(person) == ["generated", "reviewed", "reviewed"]

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="New 3")).to_be_visible()
    assert states(person) == ["generated"] * 3


def column(page: Page, name: str, count: int) -> Locator:
    return page.get_by_role("region", name=f"{name}: {count}")


def test_a_card_is_dragged_to_another_column(visit: Visits, person_with_drafts: Callable[..., Person]):
    person = person_with_drafts(ideas=1)
    page = visit(person, "/pipeline?view=board", reduced_motion="reduce")
    card = column(page, "New", 3).get_by_role("article").first
    expect(card).to_be_visible()
    card.drag_to(column(page, "Reviewed", 0), steps=10)
    expect(column(page, "Reviewed", 1).get_by_role("article")).to_have_count(1)
    expect(page.get_by_text("1 draft: reviewed")).to_be_visible()
    assert states(person) == ["generated", "generated", "reviewed"]


def test_a_card_is_moved_by_arrow_keys_and_keeps_the_focus(
    visit: Visits, person_with_drafts: Callable[..., Person]
):
    person = person_with_drafts(ideas=1)
    page = visit(person, "/pipeline?view=board", reduced_motion="reduce")
    column(page, "New", 3).get_by_role("button", name="Move with the arrow keys").first.focus()
    page.keyboard.press("ArrowRight")
    moved = column(page, "Reviewed", 1).get_by_role("button", name="Move with the arrow keys")
    expect(moved).to_be_focused()
    page.keyboard.press("ArrowRight")
    moved = column(page, "Ready", 1).get_by_role("button", name="Move with the arrow keys")
    expect(moved).to_be_focused()
    eventually(lambda: states(person) == ["generated", "generated", "ready"], "the move is saved")


def test_a_whole_day_is_reviewed_by_keyboard(visit: Visits, person_with_drafts: Callable[..., Person]):
    person = person_with_drafts(ideas=2)
    page = visit(person, "/pipeline?state=generated")
    drafts = page.get_by_role("list", name="Drafts").get_by_role("link")
    expect(drafts).to_have_count(6)
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.get_by_text("1 of 6")).to_be_visible()

    for number in range(1, 7):
        expect(page.get_by_text(f"{number} of 6")).to_be_visible()
        expect(page.get_by_role("textbox").first).to_be_visible()
        if page.get_by_role("textbox", name="LinkedIn text").is_visible():
            page.keyboard.press("e")
            page.keyboard.press("Control+End")
            page.keyboard.type(" Typed.")
            page.keyboard.press("Escape")
            expect(page.get_by_text("Edited", exact=True).last).to_be_visible()
        page.keyboard.press("y")
        expect(page.get_by_role("button", name="Mark ready")).to_be_disabled()
        page.keyboard.press("j")
    eventually(lambda: states(person) == ["ready"] * 6, "all are ready")
    assert all(d["content_text"].endswith(" Typed.") for d in person.drafts(platform="linkedin"))

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search drafts and commands")).to_be_focused()
    page.keyboard.type("runs")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Runs")).to_be_visible()


def test_who_wants_a_draft_ready_that_claims_something_is_led_to_it(
    visit: Visits, person_with_drafts: Callable[..., Person]
):
    person = person_with_drafts(ideas=1, platforms=["linkedin"])
    [draft] = person.drafts()
    claim = f"{draft['content_text']}\n\nOf our readers, 37 % never come back."
    assert person.put(f"/content/{draft['id']}", {"content_text": claim}).status_code == 200
    page = visit(person, "/pipeline")
    expect(page.get_by_role("list", name="Drafts").get_by_role("link")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("y")
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("region", name="Claims").get_by_role("checkbox", name="37 %")).to_be_visible()
    assert states(person) == ["edited"]


def test_of_thousands_of_drafts_only_those_in_sight_are_in_the_page(stack: Stack, visit: Visits):
    person = stack.person()
    stack.sql(
        """
        WITH made AS (
            INSERT INTO api.ideas (id, user_id, index, total, title, description, topic_category, platforms,
                                   provenance, complete, created_at, sequence)
            SELECT gen_random_uuid(), %s, 0, 1, 'Idea ' || n, 'Its point.', 'work', '{linkedin}', '{}', true,
                   now() - n * interval '1 minute', n
            FROM generate_series(1, 5000) n RETURNING id, user_id, created_at, sequence)
        INSERT INTO api.drafts (id, user_id, idea_id, platform, content_text, metadata, checks, provenance,
                                created_at, sequence)
        SELECT gen_random_uuid(), user_id, id, 'linkedin', 'A text.', '{}', '{"ok": true}', '{}', created_at,
               sequence
        FROM made
        """,
        person.id,
    )
    page = visit(person, "/pipeline")
    drafts = page.get_by_role("list", name="Drafts").get_by_role("link")
    expect(drafts.first).to_be_visible()
    far = drafts.filter(has_text="Idea 300")
    while not far.count():
        page.mouse.wheel(0, 2000)
        assert drafts.count() < 60
    page.goto("/pipeline?view=board")
    expect(page.get_by_text("5,000", exact=True)).to_be_visible()
    assert page.locator("main").get_by_role("link").count() < 60
