"""Traces: an OpenTelemetry span wherever time is spent, W3C trace context wherever work is handed on.

Spans are recorded and exported by OTLP where `OTEL_EXPORTER_OTLP_ENDPOINT` is set; the other `OTEL_…`
variables mean what they do everywhere. Elsewhere the SDK isn't even imported: a trace is then no more than an
id that travels from cause to effect and stands on every log line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from secrets import randbits

from opentelemetry import trace
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    format_span_id,
    format_trace_id,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

__all__ = [
    "AttributeValue",
    "Span",
    "SpanKind",
    "StatusCode",
    "is_recorded",
    "span",
    "start_exporting",
    "trace_id",
    "traceparent",
    "within",
]

_tracer = trace.get_tracer("polycast")
_w3c = TraceContextTextMapPropagator()


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, AttributeValue] | None = None,
    *,
    cause: Mapping[str, str] | None = None,
    links: Iterable[Span] = (),
    current: bool = True,
) -> Iterator[Span]:
    """A span around a block, and what is current in it unless told otherwise; it fails if the block raises.

    Its parent is the current span or, where headers are given as `cause`, the one that these name. It begins
    a trace if there is none. An error's text isn't recorded: it may quote what a person wrote.
    """
    parent = None if cause is None else _w3c.extract(cause)
    span = _tracer.start_span(name, parent, kind, attributes, [Link(one.get_span_context()) for one in links])
    if not span.get_span_context().is_valid:
        span = NonRecordingSpan(
            SpanContext(
                randbits(128), randbits(64), is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED)
            )
        )
    try:
        if current:
            with trace.use_span(span, record_exception=False, set_status_on_exception=False):
                yield span
        else:
            yield span
    except Exception as error:
        span.set_attribute("error.type", type(error).__qualname__)
        span.set_status(StatusCode.ERROR)
        raise
    finally:
        span.end()


@contextmanager
def within(cause: str | None) -> Iterator[None]:
    """Make what the block does part of the trace that a stored `traceparent` names."""
    parent = _w3c.extract({"traceparent": cause or ""})
    with trace.use_span(trace.get_current_span(parent)):
        yield


def traceparent(of: Span | None = None) -> str:
    """The W3C header that hands on a span, the current one unless another is named."""
    context = (of or trace.get_current_span()).get_span_context()
    ids = f"{format_trace_id(context.trace_id)}-{format_span_id(context.span_id)}"
    return f"00-{ids}-{context.trace_flags:02x}"


def trace_id(of: Span | None = None) -> str | None:
    """Of a span, the current one unless another is named, as 32 hexadecimal digits. None outside of any."""
    context = (of or trace.get_current_span()).get_span_context()
    return format_trace_id(context.trace_id) if context.is_valid else None


def is_recorded() -> bool:
    """Whether something of the current trace is worth telling: what only polls begins no traces."""
    return trace.get_current_span().is_recording()


def start_exporting(service: str) -> Callable[[], None]:
    """Record spans from now on, if the environment names a collector. Returns what flushes them."""
    if not (
        os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    ):
        return lambda: None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(
        resource=Resource.create({"service.name": service, "service.namespace": "polycast"}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider.shutdown
