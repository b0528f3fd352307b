"""A log line, a measurement and a span for each request; and the last place to catch an unexpected error."""

from __future__ import annotations

import time
from http import HTTPStatus
from uuid import uuid4

import structlog
from prometheus_client import Gauge, Histogram
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from api.problems import unexpected
from polycast.tracing import SpanKind, StatusCode, span

log = structlog.get_logger()

DURATION = Histogram("polycast_http_request_duration_seconds", "Time to answer", ["operation", "status"])
IN_FLIGHT = Gauge("polycast_http_requests_in_flight", "Requests being answered, event streams among them")


class AccessLog:
    """Logs the operation by name, never path, query, address or body: no personal data."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        """Only paths under `prefix` are logged: probes and metrics would drown them."""
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), 0

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with (
            IN_FLIGHT.track_inprogress(),
            span(
                scope["method"],
                SpanKind.SERVER,
                {"http.request.method": scope["method"], "url.scheme": scope["scheme"]},
                cause=Headers(scope=scope),
            ) as answering,
            bound_contextvars(request_id=uuid4().hex),
        ):
            try:
                await self._app(scope, receive, note_status)
            except Exception:
                log.exception("request failed")
                if status:  # too late for another answer
                    raise
                await unexpected(Request(scope))(scope, receive, note_status)
            finally:
                route = scope.get("route")
                operation = getattr(route, "name", "none")
                template = f"{self._prefix}{getattr(route, 'path', '')}"
                answering.update_name(f"{scope['method']} {template}")
                answering.set_attributes({"http.route": template, "http.response.status_code": status})
                if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    answering.set_status(StatusCode.ERROR)
                seconds = time.monotonic() - started
                DURATION.labels(operation, status).observe(seconds)
                log.info(
                    "request",
                    operation=operation,
                    status=status,
                    duration_ms=round(seconds * 1000, 1),
                )
