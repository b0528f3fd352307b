"""One workflow is one trace, over every process, from the request to the last draft's row."""

from __future__ import annotations

import pytest

from .collector import Collector, Span
from .stack import Stack, eventually

pytestmark = pytest.mark.local

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
PLATFORMS = ("instagram", "linkedin", "twitter")
ON_THE_BUS = {
    ("api", "publish workflow.started"): {
        ("ideas", "process workflow.started"),
        ("aggregator", "process workflow.started"),
        ("projector", "process workflow.started"),
    },
    ("ideas", "publish idea.created"): {
        ("ideas", "process idea.created"),
        ("aggregator", "process idea.created"),
        ("projector", "process idea.created"),
        *((f"transform-{platform}", "process idea.created") for platform in PLATFORMS),
    },
    **{
        (f"transform-{platform}", "publish content.generated"): {
            ("aggregator", "process content.generated"),
            ("projector", "process content.generated"),
        }
        for platform in PLATFORMS
    },
    ("aggregator", "publish workflow.completed"): {("projector", "process workflow.completed")},
}


@pytest.fixture(scope="module")
def trace(stack: Stack, traces: Collector) -> list[Span]:
    """Of a workflow with one idea, started by somebody who traces too."""
    person = stack.person()
    workflow = person.start(traceparent=f"00-{TRACE}-{CALLER}-01", idea_count=1)
    assert person.finished(workflow)["status"] == "completed"

    def told() -> list[Span]:
        spans = traces.trace(TRACE)
        processed = [span.name for span in spans if span.kind == CONSUMER]
        return spans if len(processed) == sum(map(len, ON_THE_BUS.values())) else []

    return list(eventually(told, "every process has exported its spans"))


def test_each_event_is_published_within_what_led_to_it_and_handled_by_all_who_listen(
    trace: list[Span],
) -> None:
    by_id = {span.id: span for span in trace}
    (request,) = (span for span in trace if span.parent not in by_id)
    assert (request.service, request.name, request.kind) == ("api", "POST /api/v1/workflows/execute", SERVER)
    assert request.parent == CALLER
    heard = {
        (publisher.service, publisher.name): {
            (span.service, span.name) for span in trace if span.parent == publisher.id
        }
        for publisher in trace
        if publisher.kind == PRODUCER
    }
    assert heard == ON_THE_BUS
    led_to = {(by_id[span.parent].name, span.service, span.name) for span in trace if span.kind == PRODUCER}
    assert led_to == {
        ("POST /api/v1/workflows/execute", "api", "publish workflow.started"),
        ("process workflow.started", "ideas", "publish idea.created"),
        *(
            ("process idea.created", f"transform-{platform}", "publish content.generated")
            for platform in PLATFORMS
        ),
        ("process content.generated", "aggregator", "publish workflow.completed"),
    }


def test_the_model_is_asked_within_the_message_that_needs_it(trace: list[Span]) -> None:
    by_id = {span.id: span for span in trace}
    asked = [span for span in trace if span.attributes.get("gen_ai.operation.name") == "chat"]
    assert {(by_id[span.parent].service, by_id[span.parent].kind, span.kind) for span in asked} == {
        ("ideas", CONSUMER, CLIENT),
        *((f"transform-{platform}", CONSUMER, CLIENT) for platform in PLATFORMS),
    }
    for span in asked:
        told = span.attributes
        assert span.name == f"chat {told['gen_ai.request.model']}"
        assert told["gen_ai.provider.name"] == "openai"
        assert told["gen_ai.response.finish_reasons"] == ["stop"]
        assert told["gen_ai.usage.input_tokens"] > 0
        assert told["gen_ai.usage.output_tokens"] > 0


def test_statements_and_batches_are_in_it(trace: list[Span]) -> None:
    stored = {span.service for span in trace if span.attributes.get("db.system.name") == "postgresql"}
    assert stored >= {"api", "ideas", "aggregator", "projector"}
    handled = {span.id for span in trace if span.kind == CONSUMER}
    batches = [span for span in trace if span.name.startswith("apply batch")]
    assert {span.service for span in batches} >= {"aggregator", "projector"}
    assert all(span.links and set(span.links) <= handled for span in batches)


def test_polling_makes_no_traces(trace: list[Span], traces: Collector) -> None:
    """A batch of messages that began in different traces is a root, but linked to each."""
    roots = {span.name for span in traces.spans if not span.parent and not span.links}
    assert not {name for name in roots if name.startswith(("SELECT", "BEGIN", "apply"))}
