"""Bad input: a dead letter or a clear 4xx; never a crash, a lost message or a loop."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from .stack import Stack, eventually


def dead_letters(stack: Stack) -> list[dict[str, object]]:
    return list(json.loads(stack.succeed("dlq", "list", "--json")))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{nope", "not JSON"),
        ("{}", "user_id"),
        ('{"user_id": "b618c9eb-443f-4e4a-8741-3be3886774aa", "idea_count": 0}', "idea_count"),
        ('{"user_id": "b618c9eb-443f-4e4a-8741-3be3886774aa", "idea_count": 1000}', "idea_count"),
        ('{"user_id": "b618c9eb-443f-4e4a-8741-3be3886774aa", "platforms": ["myspace"]}', "myspace"),
    ],
)
def test_a_bad_event_is_a_dead_letter_that_says_why(stack: Stack, body: str, reason: str):
    restarts = {p["name"]: p["restarts"] for p in stack.status()["processes"]}
    published = json.loads(stack.succeed("events", "publish", "workflow.started", "-", stdin=body))
    assert set(published) == {"stream", "seq"}

    def told() -> bool:
        return any(
            str(published["seq"]) in json.dumps(d) and reason in json.dumps(d) for d in dead_letters(stack)
        )

    eventually(told, f"a dead letter about {reason}")
    assert {p["name"]: p["restarts"] for p in stack.status()["processes"]} == restarts


def test_an_unknown_platform_fails_its_workflow_at_once(stack: Stack):
    person, execution = stack.person(), str(uuid4())
    stack.publish(
        "workflow.started", {"user_id": person.id, "execution_id": execution, "platforms": ["myspace"]}
    )
    workflow = person.finished(execution)
    assert workflow["status"] == "failed"
    assert "myspace" in workflow["error_message"]


def test_an_unknown_event_is_refused_in_one_line(stack: Stack):
    refused = stack.command("events", "publish", "workflow.exploded", "-", stdin="{}")
    assert refused.returncode != 0
    assert len(refused.stderr.strip().splitlines()) == 1
    assert "workflow.exploded" in refused.stderr


@pytest.mark.parametrize("body", [{"idea_count": 0}, {"idea_count": 1000}, {"platforms": ["myspace"]}, []])
def test_the_gateway_refuses_with_a_problem_document(stack: Stack, body: object):
    answer = stack.person().post("/workflows/execute", body)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["status"] == 422
