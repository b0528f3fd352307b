"""`kill -9` of any one service in the middle of a workflow: it is started again, nothing is lost."""

from __future__ import annotations

from uuid import uuid4

import pytest

from .stack import Stack, eventually
from .test_exactly_once import drafts_of, expected

SERVICES = ("ideas", "transform-linkedin", "transform-twitter", "aggregator", "projector", "api", "scheduler")


@pytest.mark.parametrize("service", SERVICES)
def test_the_same_fifteen_drafts_within_half_a_minute(stack: Stack, service: str):
    person, execution = stack.person(), str(uuid4())
    victim = stack.process(service)
    stack.publish("workflow.started", {"user_id": person.id, "execution_id": execution})
    stack.kill(service)
    eventually(lambda: len(drafts_of(stack, execution)) == 15, "fifteen drafts", seconds=30)
    assert {content for content, _ in drafts_of(stack, execution)} == expected(execution)
    eventually(lambda: stack.process(service)["restarts"] > victim["restarts"], f"{service} is started again")
    eventually(lambda: stack.process(service)["health"] == "healthy", f"{service} is healthy again")
    assert person.finished(execution)["status"] == "completed"
