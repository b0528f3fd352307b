"""What a pool and its statements tell of themselves."""

from __future__ import annotations

import time
from typing import Any

from prometheus_client import Gauge, Histogram
from sqlalchemy import Engine, ExceptionContext, event
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.pool import QueuePool

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
CONNECTIONS = Gauge("polycast_db_pool_connections", "Connections of the pool", ["state"])
LIMIT = Gauge("polycast_db_pool_max_connections", "The most connections that the pool may hold")

_OPERATIONS = frozenset({"BEGIN", "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "SET", "LOCK"})


def measure(engine: Engine) -> None:
    """Measure every statement of an engine, and its pool."""
    assert isinstance(engine.pool, QueuePool)
    LIMIT.set(engine.pool.size())
    CONNECTIONS.labels("in_use").set_function(engine.pool.checkedout)
    CONNECTIONS.labels("idle").set_function(engine.pool.checkedin)
    event.listen(engine, "before_cursor_execute", _before)
    event.listen(engine, "after_cursor_execute", _after)
    event.listen(engine, "handle_error", _failed)


def _before(_: Any, __: Any, statement: str, ___: Any, context: ExecutionContext, ____: bool) -> None:
    context.began = time.perf_counter()  # type: ignore[attr-defined]


def _after(_: Any, __: Any, statement: str, ___: Any, context: ExecutionContext, ____: bool) -> None:
    _observe(statement, context, "ok")


def _failed(failure: ExceptionContext) -> None:
    if failure.statement is not None and failure.execution_context is not None:
        _observe(failure.statement, failure.execution_context, type(failure.original_exception).__name__)


def _observe(statement: str, context: ExecutionContext, outcome: str) -> None:
    word = statement.lstrip().partition(" ")[0].upper().rstrip(";")
    operation = word if word in _OPERATIONS else "other"
    QUERIES.labels(operation, outcome).observe(time.perf_counter() - context.began)  # type: ignore[attr-defined]
