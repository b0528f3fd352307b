"""Takes the README's pictures from a stack of its own: the four views, light and dark.

    .venv/bin/python -m tools.screenshots

Needs what `./polycast test` installs.
"""

from __future__ import annotations

import base64
import os
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright
from tests.e2e.browser import chromium
from tests.e2e.stack import PASSWORD, ROOT, Person, Stack

from polycast_cli.stack import page as web

PICTURES = ROOT / "docs" / "pictures"
SIZE = {"width": 1280, "height": 820}
QUALITY = 82


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="polycast-pictures-") as directory:
        folder = Path(directory)
        web.install_tools(folder / "npm.log")
        stack = Stack(folder / "data")
        stack.up("--no-first-run")
        try:
            person = stack.person("ada@example.com")
            views = prepared(person)
            for scheme in ("light", "dark"):
                take(stack, person, views, scheme, folder)
        finally:
            stack.down()


def prepared(person: Person) -> dict[str, tuple[str, str]]:
    """A day's work, some of it done: the views' addresses, and what is seen there once all is loaded."""
    person.finished(person.start())
    drafts = person.drafts()
    for state, some in {"reviewed": drafts[9:11], "ready": drafts[11:14], "published": drafts[14:]}.items():
        for draft in some:
            for step in [state] if state != "published" else ["ready", "published"]:
                person.patch(f"/content/{draft['id']}/state", {"state": step}).raise_for_status()
    thread = max(person.drafts(platform="twitter"), key=lambda draft: len(draft["content_text"]))
    return {
        "dashboard": ("/", "main ol h3"),
        "pipeline": ("/pipeline?view=board", "section:last-child article"),
        "draft": (f"/drafts/{thread['id']}", "main :text('Keeps every rule of X')"),
        "settings": ("/settings", "main :text('The next runs')"),
    }


def take(stack: Stack, person: Person, views: dict[str, tuple[str, str]], scheme: Any, folder: Path) -> None:
    executable, environment = chromium.find(folder / "npm.log")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, env={**os.environ, **environment})
        context = browser.new_context(
            base_url=stack.api,
            viewport=SIZE,
            color_scheme=scheme,
            device_scale_factor=1.5,
            reduced_motion="reduce",
        )
        credentials = {"email": person.email, "password": PASSWORD}
        assert context.request.post("/api/v1/auth/login", data=credentials).ok
        page = context.new_page()
        for name, (path, last) in views.items():
            page.goto(path)
            expect(page.locator(last).first).to_be_visible(timeout=60_000)
            expect(page.locator("[role=status][aria-label^=Loading]")).to_have_count(0)
            shoot(page, PICTURES / f"{name}.{scheme}.webp")
        browser.close()


def shoot(page: Page, file: Path) -> None:
    page.evaluate("() => document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
    session = page.context.new_cdp_session(page)
    picture = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(base64.b64decode(picture["data"]))
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
