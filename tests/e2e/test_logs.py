"""Logs and traces tell operators what happens, and nothing of what people are called or wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from .collector import Collector
from .stack import PASSWORD, Person, Stack, eventually

pytestmark = pytest.mark.local

CANARY = "canary"


def canary(of: str) -> str:
    return f"{CANARY}-{of}"


@pytest.fixture(scope="module")
def person(stack: Stack) -> Person:
    """Somebody all of whose words are canaries, who did all that can be done and much that can't."""
    person = stack.person(email=f"{canary('mail')}@example.com")
    wrong = {"email": f"{canary('mail')}@example.com", "password": canary("password-that-is-wrong")}
    assert httpx2.post(f"{stack.api}/auth/login", json=wrong, timeout=30).status_code == 401
    assert httpx2.post(f"{stack.api}/auth/register", json=wrong, timeout=30).status_code == 409
    preferences = person.get("/config/preferences") | {
        "topics": [canary("topic")],
        "keywords": [canary("keyword")],
        "excluded_topics": [canary("excluded")],
        "audience": canary("audience"),
    }
    assert person.put("/config/preferences", preferences).status_code == 200
    workflow = person.start(idea_count=1, context=canary("context"))
    assert person.finished(workflow)["status"] == "completed"
    idea = {"title": canary("title"), "description": canary("description") * 5, "platforms": ["twitter"]}
    handed_in = person.post("/ideas", idea)
    assert handed_in.status_code == 201, handed_in.text
    drafts = eventually(lambda: person.drafts(idea_id=handed_in.json()["id"]), "the own idea has a draft")
    edited = person.put(f"/content/{drafts[0]['id']}", {"content_text": canary("edit")})
    assert edited.status_code == 200, edited.text
    person.post(f"/content/{drafts[0]['id']}/regenerate", {"instruction": canary("instruction")})
    person.post("/platforms/twitter/check", {"content_text": canary("check")})
    person.get("/content", q=canary("search"))
    for path in (f"/content/{canary('path')}", f"/{canary('nowhere')}"):
        httpx2.get(f"{stack.api}{path}", headers=person.headers, timeout=30)
    person.post("/ideas", {"title": [canary("wrong-type")]})
    httpx2.post(f"{stack.api}/ideas", content=canary("no-json"), headers=person.headers, timeout=30)
    httpx2.get(f"{stack.api}/auth/me", headers={"Authorization": f"Bearer {canary('token')}"}, timeout=30)
    httpx2.post(f"{stack.api}/auth/refresh", cookies={"refresh_token": canary("refresh")}, timeout=30)
    return person


@pytest.fixture(scope="module")
def workflow(stack: Stack, person: Person) -> str:
    """One that somebody started by hand, beside what nobody can handle."""
    stack.publish("idea.created", {"user_id": person.id, "title": [canary("undecodable")]})
    stack.publish("workflow.started", {"user_id": person.id, "platforms": [canary("platform")]})
    started = person.start(idea_count=1, force=True)
    assert person.finished(started)["status"] == "completed"
    return started


def lines(stack: Stack) -> Iterator[tuple[str, str]]:
    for path in sorted((stack.data / "logs").glob("*.log*")):
        for line in path.read_text(errors="replace").splitlines():
            yield path.name, line


def records(stack: Stack) -> list[dict[str, Any]]:
    return [json.loads(line) for _, line in lines(stack) if line.startswith("{")]


def test_no_log_and_no_trace_tells_what_a_person_is_called_or_wrote(
    stack: Stack, traces: Collector, person: Person, workflow: str
) -> None:
    dead = [r for r in records(stack) if r["event"] == "dead letter"]
    assert dead, "what nobody could handle was logged too"
    secrets = (CANARY, PASSWORD, person.token, person.token.rpartition(".")[2])
    assert [(name, line) for name, line in lines(stack) if any(secret in line for secret in secrets)] == []
    told = [(s.service, s.name, s.attributes) for s in traces.spans]
    assert [one for one in told if any(secret in str(one) for secret in secrets)] == []


def test_every_line_about_a_workflow_names_it_and_its_trace(
    stack: Stack, person: Person, workflow: str
) -> None:
    about = [r for r in records(stack) if r.get("execution_id") == workflow]
    assert {(r["service"], r["event"]) for r in about} >= {
        ("ideas", "handled"),
        ("transform-linkedin", "handled"),
        ("transform-twitter", "handled"),
        ("transform-instagram", "handled"),
        ("aggregator", "workflow over"),
    }
    assert len({r["trace_id"] for r in about}) == 1
    handling = [r for r in records(stack) if "subject" in r]
    assert [r for r in handling if "trace_id" not in r] == []


def test_what_the_services_write_is_json_with_who_when_and_how_grave(stack: Stack, workflow: str) -> None:
    foreign = ("nats", "postgres", "supervisor", "page", "migrate", "streams", "offline-writer")
    for name, line in lines(stack):
        if not name.startswith(foreign):
            assert {"service", "event", "level", "timestamp"} <= json.loads(line).keys(), (name, line)
