"""Lighthouse on the main views, signed in: a mid-range phone on a slow network, as Lighthouse simulates it.

Each run is a first visit, with nothing kept in the browser but the session; the medians of several are told.

./polycast bench lighthouse [--view Draft]

Needs what `./polycast test` installs, and fetches Lighthouse itself by npm.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from tests.e2e.browser import chromium
from tests.e2e.stack import PASSWORD, Person, Stack

from benchmarks.lab.table import Target, table, targets, where
from polycast.testing.servers import free_port
from polycast_cli.stack import page as web

LIGHTHOUSE = "lighthouse@13.5.0"
TARGETS = {"performance": 95, "accessibility": 100, "best-practices": 95}
"""Of 100 (issue 5)."""
RUNS = 3
LONGEST_LOAD_MS = 10_000
"""The live events' stream never ends: Lighthouse would wait for it, 45 s a run."""


def measure(address: str, port: int, folder: Path) -> dict[str, int]:
    """The scores of one address, in the Chromium that is debugged at `port`."""
    report = folder / "report.json"
    options = [
        f"--port={port}",
        f"--only-categories={','.join(TARGETS)}",
        "--disable-storage-reset",  # or nobody is signed in
        f"--max-wait-for-load={LONGEST_LOAD_MS}",
        "--output=json",
        f"--output-path={report}",
        "--quiet",
    ]
    web.npm(
        "exec",
        "--yes",
        f"--package={LIGHTHOUSE}",
        "--",
        "lighthouse",
        address,
        *options,
        log=folder / "npm.log",
    )
    told = json.loads(report.read_text())
    shown = told["finalDisplayedUrl"]
    assert shown == address, f"{shown} was measured, not {address}"
    for audit in told["audits"].values():
        if audit["score"] is not None and audit["score"] < 0.9 and audit["scoreDisplayMode"] != "informative":
            print(f"  {address}: {audit['id']}: {audit['score']} {audit.get('displayValue', '')}")
    return {name: round(100 * told["categories"][name]["score"]) for name in TARGETS}


def first_visit(page: Page, stack: Stack, person: Person) -> None:
    """Sign in anew and forget the page's files, which a visit before has left."""
    session = page.context.new_cdp_session(page)
    session.send("Network.clearBrowserCache")
    kept = {"origin": stack.api.removesuffix("/api/v1"), "storageTypes": "service_workers,cache_storage"}
    session.send("Storage.clearDataForOrigin", kept)
    session.detach()
    answer = page.context.request.post(
        f"{stack.api}/auth/login", data={"email": person.email, "password": PASSWORD}
    )
    assert answer.ok, answer.text()


@contextmanager
def browser(port: int, folder: Path) -> Iterator[Page]:
    executable, environment = chromium.find(folder / "npm.log")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder / "profile",
            executable_path=executable,
            env={**os.environ, **environment},
            args=[f"--remote-debugging-port={port}"],
        )
        yield context.new_page()
        context.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--view", help="one view alone")
    wanted = parser.parse_args().view
    with tempfile.TemporaryDirectory(prefix="polycast-lighthouse-") as directory:
        folder = Path(directory)
        web.install_tools(folder / "npm.log")
        stack, port = Stack(folder / "data"), free_port()
        stack.up("--no-first-run")
        try:
            person = stack.person()
            person.finished(person.start())
            [draft, *_] = person.drafts(platform="linkedin")
            views = {
                "Today": "/",
                "Pipeline": "/pipeline",
                "Draft": f"/drafts/{draft['id']}",
                "Settings": "/settings",
            }
            origin = stack.api.removesuffix("/api/v1")
            scores = {}
            with browser(port, folder) as page:
                for view, path in views.items():
                    if wanted not in (None, view):
                        continue
                    runs = []
                    for _ in range(RUNS):
                        first_visit(page, stack, person)
                        runs.append(measure(origin + path, port, folder))
                    scores[view] = {
                        name: round(statistics.median(run[name] for run in runs)) for name in TARGETS
                    }
        finally:
            stack.down()
    print(f"\n{where()}; {LIGHTHOUSE}\n")
    table(["View", *TARGETS], [[view, *map(str, score.values())] for view, score in scores.items()])
    for view, score in scores.items():
        for name, least in TARGETS.items():
            if score[name] < least:
                print(f"{view} missed {name}: {score[name]}, not {least}")
    lowest = {name: min(score[name] for score in scores.values()) for name in TARGETS}
    targets(
        [
            Target(name, str(lowest[name]), f"≥ {TARGETS[name]}", lowest[name] >= TARGETS[name])
            for name in TARGETS
        ]
    )


if __name__ == "__main__":
    main()
