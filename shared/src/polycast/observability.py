"""Structured logs: one JSON object a line on standard error, with the execution as correlation id and
the trace.
"""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.contextvars import merge_contextvars
from structlog.typing import EventDict, Processor

from polycast.tracing import trace_id


def _name_trace(_: object, __: str, event: EventDict) -> EventDict:
    current = trace_id()
    return {**event, "trace_id": current} if current else event


_SHARED: list[Processor] = [
    merge_contextvars,
    _name_trace,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def configure_logging(service: str, level: str) -> None:
    """Send structlog's and the standard library's records through one JSON renderer."""

    def name_service(_: object, __: str, event: EventDict) -> EventDict:
        return {"service": service, **event}

    renderer: list[Processor] = [
        name_service,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(default=str),
    ]
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # Each request and probe would be a line, and each start four: `service` and the gateway tell of them.
    for noisy in ("uvicorn", "httpx", "httpx2", "openai", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
