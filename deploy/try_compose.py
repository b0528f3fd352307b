"""Prove an installation with Docker Compose: start it, run workflows, count drafts, scale, look at it.

    python3 deploy/try_compose.py [--build] [--down] [--suite]

Needs a Docker engine and nothing but Python's own library. Exits with 1 and the reason when something is
wrong. `--suite` also passes the end-to-end tests against a second project, `polycast-e2e`, which is removed
afterwards. POLYCAST_COMPOSE names another command than `docker compose`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).parents[1]
COMPOSE = os.environ.get("POLYCAST_COMPOSE", "docker compose").split()
API = f"http://127.0.0.1:{os.environ.get('POLYCAST_PORT', '8000')}/api/v1"
PLATFORMS = [folder.name for folder in sorted((ROOT / "services").glob("transform-*"))]
IDEAS = 5
REPLICAS = 3
PATIENCE = 120.0


class Wrong(Exception):
    """What isn't as it should be."""


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def compose(*arguments: str) -> str:
    command = [*COMPOSE, "--profile", "offline", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603
    if done.returncode != 0:
        raise Wrong(f"{' '.join(command)} ended with {done.returncode}")
    return done.stdout


class Person:
    """A new account and its requests."""

    def __init__(self) -> None:
        self._headers = {"Content-Type": "application/json"}
        account = {"email": f"try-{uuid4().hex[:8]}@example.com", "password": uuid4().hex + "-A"}
        self.ask("POST", "/auth/register", account)
        token = self.ask("POST", "/auth/login", account)["access_token"]
        self._headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(API + path, data, self._headers, method=method)  # noqa: S310
        try:
            # Never through a proxy: it is on this machine.
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                request, timeout=30
            ) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Wrong(f"{method} {path}: {error.code} {error.read().decode()[:300]}") from error

    def run_workflow(self) -> dict[str, Any]:
        """Start one and wait until it is over."""
        started = self.ask("POST", "/workflows/execute", {"trigger_type": "manual", "force": True})
        path = f"/workflows/{started['workflow_id']}"
        workflow = wait_for(lambda: self.ask("GET", path), lambda answer: answer["status"] != "running", path)
        drafts = self.ask("GET", f"/content?workflow_id={started['workflow_id']}&limit=100")["content"]
        found = (workflow["status"], len(drafts), len({draft["platform"] for draft in drafts}))
        if found != ("completed", IDEAS * len(PLATFORMS), len(PLATFORMS)):
            raise Wrong(f"the workflow ended as {found[0]} with {found[1]} drafts for {found[2]} platforms")
        return dict(workflow)


def wait_for(ask: Callable[[], Any], is_so: Callable[[Any], bool], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not is_so(answer := ask()):
        if time.monotonic() > deadline:
            raise Wrong(f"{what}: still not so after {PATIENCE:.0f} s")
        time.sleep(0.25)
    return answer


def attempt(build: bool) -> None:
    compose("up", "--detach", "--wait", "--build" if build else "--no-build")
    say("up and healthy")
    person = Person()
    # The platforms announce themselves when they start, perhaps a moment after all is healthy.
    wait_for(
        lambda: person.ask("GET", "/platforms")["platforms"], lambda p: len(p) == len(PLATFORMS), "platforms"
    )
    person.run_workflow()
    say(f"{IDEAS * len(PLATFORMS)} drafts")
    compose("up", "--detach", "--wait", "--no-build", "--scale", f"{PLATFORMS[0]}={REPLICAS}")
    running = compose("ps", "--quiet", PLATFORMS[0]).split()
    if len(running) != REPLICAS:
        raise Wrong(f"{len(running)} of {REPLICAS} replicas of {PLATFORMS[0]} run")
    person.run_workflow()
    say(f"{REPLICAS} replicas of {PLATFORMS[0]}, {IDEAS * len(PLATFORMS)} drafts again")


def pass_suite() -> None:
    """The end-to-end tests, on containers of their own; those about `./polycast up` itself are skipped."""
    command = [str(ROOT / "polycast"), "test", "tests/e2e", "--stack", "compose"]
    if subprocess.run(command, cwd=ROOT).returncode != 0:  # noqa: S603
        raise Wrong("the end-to-end tests failed")


def main() -> None:
    parser = argparse.ArgumentParser(description="Prove an installation with Docker Compose.")
    parser.add_argument("--build", action="store_true", help="build the images first")
    parser.add_argument("--down", action="store_true", help="afterwards remove it, data included")
    parser.add_argument("--suite", action="store_true", help="then pass the end-to-end tests")
    options = parser.parse_args()
    try:
        try:
            attempt(options.build)
        finally:
            if options.down:
                compose("down", "--volumes")
        if options.suite:
            pass_suite()
    except Wrong as wrong:
        sys.exit(f"wrong: {wrong}")


if __name__ == "__main__":
    main()
