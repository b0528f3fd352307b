"""Which platforms there are, and what each says of a text. Both come over the bus; nothing is listed here."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

import nats.errors
from pydantic import ValidationError

from api.problems import Invalid, NotFound, ServiceAway
from polycast.bus import Bus
from polycast.contracts import CheckResult
from polycast.tracing import SpanKind, span, traceparent

CACHE_SECONDS = 3.0
CHECK_TIMEOUT = 5.0


class Registry:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._known: dict[str, dict[str, Any]] | None = None
        self._read_at = 0.0
        self._reading = asyncio.Lock()

    async def platforms(self) -> Mapping[str, dict[str, Any]]:
        """Each announced platform's description by its slug. During an outage, the last known ones.

        Raises:
            ServiceAway: none were ever read.
        """
        async with self._reading:
            if self._known is None or time.monotonic() - self._read_at > CACHE_SECONDS:
                try:
                    self._known = await self._read()
                    self._read_at = time.monotonic()
                except (nats.errors.Error, TimeoutError) as error:
                    if self._known is None:
                        raise ServiceAway("The platform registry") from error
            return self._known

    async def require(self, slugs: Iterable[str]) -> None:
        """
        Raises:
            Invalid: one isn't announced; the detail names those that are.
            ServiceAway: as `platforms`.
        """
        slugs = list(slugs)
        if not slugs:
            return
        known = await self.platforms()
        unknown = [slug for slug in slugs if slug not in known]
        if unknown:
            there_are = ", ".join(sorted(known)) or "none yet"
            raise Invalid(
                *(("platforms", f"{slug!r} is unknown; there are: {there_are}") for slug in unknown)
            )

    async def check(self, slug: str, content_text: str, given: str = "") -> CheckResult:
        """What the platform's own service answers of a text; claims that stand in `given` aren't invented.

        Raises:
            NotFound: no such platform.
            ServiceAway: its service doesn't answer, or not with a check.
        """
        if slug not in await self.platforms():
            raise NotFound("platform", slug)
        body = {"content_text": content_text} | ({"given": given} if given else {})
        request = json.dumps(body).encode()
        subject = f"platform.check.{slug}"
        try:
            self._require_connection()
            with span(f"ask {subject}", SpanKind.CLIENT):
                reply = await self._bus.client.request(
                    subject, request, timeout=CHECK_TIMEOUT, headers={"traceparent": traceparent()}
                )
            return CheckResult.model_validate_json(reply.data)
        except (nats.errors.Error, TimeoutError, ValidationError) as error:
            raise ServiceAway(f"The service that checks {slug} texts") from error

    async def _read(self) -> dict[str, dict[str, Any]]:
        self._require_connection()
        return await self._bus.platforms()

    def _require_connection(self) -> None:
        """Fail at once: nats-py would buffer what is asked during an outage until a timeout."""
        if self._bus.trouble is not None:
            raise nats.errors.ConnectionReconnectingError
