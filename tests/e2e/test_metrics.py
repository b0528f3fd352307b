"""What the running processes really export, against every query that somebody relies on."""

from __future__ import annotations

import json
import re
import sys

import httpx2
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from .stack import ROOT, Stack, eventually

sys.path.insert(0, str(ROOT / "deploy" / "observability"))
from queries import queries

pytestmark = pytest.mark.local  # it asks each process at its own port

SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
CONSUMING = {
    "polycast_consumer_backlog_messages",
    "polycast_consumer_unsettled_messages",
    "polycast_dead_letters",
    "polycast_message_duration_seconds",
    "polycast_message_redeliveries",
    "polycast_message_wait_seconds",
    "polycast_messages",
    "polycast_messages_in_hand",
}
STORING = {
    "polycast_db_pool_connections",
    "polycast_db_pool_max_connections",
    "polycast_db_pool_wait_seconds",
    "polycast_db_query_duration_seconds",
}
ASKING = {
    "polycast_llm_cost_usd",
    "polycast_llm_request_duration_seconds",
    "polycast_llm_requests",
    "polycast_llm_requests_in_flight",
    "polycast_llm_tokens",
}
#: What each process has counted once a workflow went through it. Counters without their suffix.
EXPECTED: dict[str, set[str]] = {
    "aggregator": CONSUMING | STORING | {"polycast_workflow_duration_seconds", "polycast_workflow_outcomes"},
    "api": STORING
    | {
        "polycast_auth_unusual",
        "polycast_http_request_duration_seconds",
        "polycast_http_requests_in_flight",
        "polycast_outbox_age_seconds",
        "polycast_outbox_events",
        "polycast_sse_connections",
        "polycast_sign_ins",
    },
    "ideas": CONSUMING | STORING | ASKING,
    "projector": CONSUMING | STORING | {"polycast_projection_lag_seconds"},
    "scheduler": CONSUMING | STORING | {"polycast_scheduler_lateness_seconds"},
    "transform-instagram": CONSUMING | ASKING,
    "transform-linkedin": CONSUMING | ASKING,
    "transform-twitter": CONSUMING | ASKING,
}


def families(stack: Stack) -> dict[str, list[Metric]]:
    """What each process exports now, by its name."""
    answering = {
        process["name"]: process["health_url"].removesuffix("/readyz")
        for process in json.loads((stack.data / "processes.json").read_text())["processes"]
        if process["health_url"].endswith("/readyz")
    }
    texts = {name: httpx2.get(f"{url}/metrics", timeout=10).text for name, url in answering.items()}
    return {name: list(text_string_to_metric_families(text)) for name, text in texts.items()}


@pytest.fixture
def after_a_workflow(stack: Stack) -> Stack:
    person = stack.person()
    assert person.finished(person.start(idea_count=1))["status"] == "completed"
    return stack


def test_every_process_exports_what_it_is_there_to_tell(after_a_workflow: Stack) -> None:
    def missing() -> dict[str, set[str]]:
        counted: dict[str, set[str]] = {}
        for name, exported in families(after_a_workflow).items():
            service = re.sub(r"-\d+$", "", name)  # of replicas, one may have had nothing to do
            counted.setdefault(service, set()).update(family.name for family in exported if family.samples)
        return {name: wanted - counted[name] for name, wanted in EXPECTED.items() if wanted - counted[name]}

    eventually(lambda: not missing(), "every metric is exported")


def test_every_query_is_about_series_and_labels_that_are_exported(after_a_workflow: Stack) -> None:
    real: dict[str, set[str]] = {}
    for exported in families(after_a_workflow).values():
        for family in exported:
            labels = {label for sample in family.samples for label in sample.labels}
            for suffix in SUFFIXES.get(family.type, ()):
                real.setdefault(family.name + suffix, set()).update(labels)
    for query in queries():
        for asked in query.asked():
            if asked.series.startswith("polycast_"):
                assert asked.series in real, query.place
                # What has counted nothing yet shows no labels; tests/deploy reads them from the declaration.
                assert not real[asked.series] or asked.labels <= real[asked.series], query.place


def test_no_label_grows_with_people_or_what_they_send(after_a_workflow: Stack) -> None:
    values = {
        value
        for exported in families(after_a_workflow).values()
        for family in exported
        if family.name.startswith("polycast_")
        for sample in family.samples
        for value in sample.labels.values()
    }
    assert [value for value in values if re.search(r"[@/]|[0-9a-f]{8}-[0-9a-f]{4}-", value)] == []
