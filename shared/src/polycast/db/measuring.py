"""What a pool and its statements tell of themselves: metrics, and spans where a trace is recorded.

Not OpenTelemetry's own instrumentation of SQLAlchemy: 0.66 doesn't take SQLAlchemy 2.1.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import Any

import psycopg
from prometheus_client import Gauge, Histogram
from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.pool import QueuePool

from polycast.tracing import SpanKind, is_recorded, span

QUERIES = Histogram(
    "polycast_db_query_duration_seconds",
    "Duration of a statement, by its first word",
    ["operation", "outcome"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30),
)
ACQUISITION = Histogram(
    "polycast_db_pool_wait_seconds",
    "Until the pool gave a connection",
    buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 10, 30),
)
CONNECTIONS = Gauge("polycast_db_pool_connections", "Connections of a pool", ["pool", "state"])
LIMIT = Gauge("polycast_db_pool_max_connections", "The most connections that a pool may hold", ["pool"])

_RUNNING = "polycast.statement"
_OPERATIONS = frozenset({"BEGIN", "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "SET", "LOCK"})


def measure(engine: Engine, pool: str) -> None:
    """Measure every statement of an engine, and its pool by that name."""
    assert isinstance(engine.pool, QueuePool)
    LIMIT.labels(pool).set(engine.pool.size())
    CONNECTIONS.labels(pool, "in_use").set_function(engine.pool.checkedout)
    CONNECTIONS.labels(pool, "idle").set_function(engine.pool.checkedin)
    event.listen(engine, "before_cursor_execute", _before)
    event.listen(engine, "after_cursor_execute", _after)
    event.listen(engine, "handle_error", _failed)


class _Statement:
    """One statement while it runs. Its parameters are nobody's business."""

    def __init__(self, statement: str, context: ExecutionContext | None) -> None:
        word = statement.lstrip().partition(" ")[0].upper().rstrip(";")
        self._operation = word if word in _OPERATIONS else "other"
        self._span = ExitStack()
        if is_recorded():
            about = {"db.system.name": "postgresql", "db.operation.name": word}
            if context is not None and context.compiled is not None:  # else it may quote what it is about
                about["db.query.text"] = statement
            self._span.enter_context(span(word, SpanKind.CLIENT, about, current=False))
        self._began = time.perf_counter()

    def end(self, error: BaseException | None = None) -> None:
        outcome = type(error).__name__ if error else "ok"
        QUERIES.labels(self._operation, outcome).observe(time.perf_counter() - self._began)
        self._span.__exit__(type(error) if error else None, error, None)


def _before(
    connection: Connection, _: Any, statement: str, __: Any, context: ExecutionContext | None, ___: bool
) -> None:
    connection.info[_RUNNING] = _Statement(statement, context)


def _after(connection: Connection, *_: Any) -> None:
    connection.info.pop(_RUNNING).end()


def _failed(failure: ExceptionContext) -> None:
    _forget_details(failure)
    if failure.connection is not None and (running := failure.connection.info.pop(_RUNNING, None)):
        running.end(failure.original_exception)


def _forget_details(failure: ExceptionContext) -> None:
    """Keep what went wrong, but not the DETAIL and CONTEXT in which Postgres quotes people's rows."""
    original, wrapped = failure.original_exception, failure.sqlalchemy_exception
    if isinstance(original, psycopg.Error) and (primary := original.diag.message_primary):
        original.args = (primary,)
        if wrapped is not None:
            wrapped.args = (f"{type(original).__name__}: {primary}",)
