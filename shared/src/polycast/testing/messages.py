"""Publishing and counting messages as a person with a NATS client would."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from polycast.bus.streams import EVENTS_STREAM
from polycast.contracts import IdeaCreated, WorkflowStarted, idea_id


async def start_workflow(js: JetStreamContext, **body: object) -> int:
    """Publish `workflow.started` as a person would; returns its sequence."""
    data = json.dumps({"user_id": str(uuid4())} | body).encode()
    return (await js.publish("workflow.started", data)).seq


async def messages(js: JetStreamContext, stream: str, subject: str) -> int:
    """How many messages a stream holds on a subject."""
    info = await js.stream_info(stream, subjects_filter=subject)
    return sum((info.state.subjects or {}).values())


def idea_of(event: WorkflowStarted, title: str = "One idea") -> IdeaCreated:
    return IdeaCreated(
        user_id=event.user_id,
        idea_id=idea_id(event.execution_id, 0),
        execution_id=event.execution_id,
        title=title,
        description="It is one.",
    )


async def bodies(
    js: JetStreamContext, subject: str, count: int, user: UUID | None = None
) -> list[dict[str, Any]]:
    """The first `count` bodies on a subject (about one person), waiting for those that are still to come."""
    config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE)
    subscription = await js.subscribe(subject, stream=EVENTS_STREAM, config=config, ordered_consumer=True)
    found: list[dict[str, Any]] = []
    try:
        while len(found) < count:
            body = json.loads((await subscription.next_msg(timeout=60)).data)
            if user is None or body["user_id"] == str(user):
                found.append(body)
    finally:
        await subscription.unsubscribe()
    return found
