"""`kill -9` of any one service in the middle of a workflow: it is started again, nothing is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from uuid import uuid4

import pytest

from .stack import Stack, eventually
from .test_exactly_once import drafts_of, expected

SERVICES = ("ideas", "transform-linkedin", "transform-twitter", "aggregator", "projector", "api", "scheduler")


@pytest.fixture(autouse=True)
def at_usual_speed(stack: Stack) -> Iterator[None]:
    yield
    stack.write_slowly(seconds=0.2)


@pytest.mark.parametrize("service", SERVICES)
def test_the_same_fifteen_drafts_within_half_a_minute(stack: Stack, service: str):
    person, execution = stack.person(), str(uuid4())
    victim = stack.process(service)
    stack.write_slowly(seconds=2)
    publishing = stack.publish_soon("workflow.started", {"user_id": person.id, "execution_id": execution})
    eventually(lambda: stack.calls_in_flight() > 0, "the workflow is under way")
    os.kill(victim["pid"], signal.SIGKILL)
    assert len(drafts_of(stack, execution)) < 15, "killed in the middle"
    publishing.wait(timeout=60)
    eventually(lambda: len(drafts_of(stack, execution)) == 15, "fifteen drafts", seconds=30)
    assert {content for content, _ in drafts_of(stack, execution)} == expected(execution)
    eventually(lambda: stack.process(service)["restarts"] > victim["restarts"], f"{service} is started again")
    eventually(lambda: stack.process(service)["health"] == "healthy", f"{service} is healthy again")
    assert person.finished(execution)["status"] == "completed"
