"""The contracts don't drift: what was once published stays readable, and what is published stays the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from polycast.contracts import EVENTS, Event, decode, encode, headers

from .samples import EXECUTION, SAMPLES

GOLDEN = Path(__file__).parent / "golden"
ARRIVED = {"stream": "EVENTS", "sequence": 7, "timestamp": datetime(2026, 11, 23, 6, 2, tzinfo=UTC)}


def golden_file(event: Event) -> Path:
    return GOLDEN / f"{event.subject_pattern.replace('*', 'platform')}.v{event.version}.json"


def test_every_event_has_its_golden_file():
    assert {type(sample) for sample in SAMPLES} == set(EVENTS)
    assert {golden_file(sample) for sample in SAMPLES} == set(GOLDEN.glob("*.json"))


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.subject_pattern)
def test_an_event_is_written_as_it_always_was(event: Event):
    """A new optional field may be added to the sample and the file; nothing may change or go."""
    assert json.loads(encode(event)) == json.loads(golden_file(event).read_text())


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.subject_pattern)
def test_a_golden_event_is_read_back_whole(event: Event):
    received = decode(event.subject, golden_file(event).read_bytes(), **ARRIVED)
    assert received.event == event


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.subject_pattern)
def test_a_newer_producers_field_is_ignored(event: Event):
    body = json.loads(encode(event)) | {"a_field_of_tomorrow": 1}
    assert decode(event.subject, json.dumps(body).encode(), **ARRIVED).event == event


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.subject_pattern)
def test_headers_carry_the_cloudevents_attributes(event: Event):
    attributes = headers(event, event_id="7:x:y", source="ideas", moment=ARRIVED["timestamp"])
    assert attributes["ce-specversion"] == "1.0"
    assert attributes["ce-id"] == "7:x:y"
    assert attributes["ce-type"] == f"polycast.{event.subject}.v{event.version}"
    assert attributes["ce-source"] == "/polycast/ideas"
    assert attributes["ce-time"] == "2026-11-23T06:02:00Z"
    assert attributes["ce-subject"] == event.key
    assert attributes.get("correlation_id") in (None, str(EXECUTION))
