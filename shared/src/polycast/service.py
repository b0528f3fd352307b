"""What every service is: settings, logs, a bus, perhaps a database, health over HTTP, a graceful end.

A service's `app.py` declares what it consumes and runs; nothing else wires.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, disable_created_metrics, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from polycast.bus import Bus
from polycast.observability import configure_logging
from polycast.settings import DatabaseSettings, ServiceSettings
from polycast.tasks import end
from polycast.tracing import start_exporting

if TYPE_CHECKING:  # the transformers have no database driver
    from polycast.db import Database
    from polycast.llm import LLM, LLMSettings

log = structlog.get_logger()

Check = Callable[[], Awaitable[None]]
Loop = Callable[[], Awaitable[None]]

Endpoint = Callable[[Request], Awaitable[Response]]

_MAX_BACKOFF = 30.0
_FORWARDED = {"forwarded", "x-forwarded-for"}


class Service:
    def __init__(self, name: str, settings: ServiceSettings) -> None:
        configure_logging(name, settings.log_level)
        self._flush_spans = start_exporting(name)
        # A series more for each counter and histogram, that nobody asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.name = name
        self.settings = settings
        self.bus = Bus(name, settings.nats_url, grace=settings.grace_seconds)
        self.consume = self.bus.consume
        self.consume_batches = self.bus.consume_batches
        self.respond = self.bus.respond
        self.ready = False
        self._checks: list[Check] = []
        self._on_start: list[Check] = []
        self._resources: list[AbstractAsyncContextManager[object]] = []
        self._open = AsyncExitStack()
        self._loops: dict[str, Loop] = {}
        self._running: list[asyncio.Task[None]] = []
        self._app: ASGIApp = self.health_routes(Starlette())

    # -- declaring ---------------------------------------------------------------------------------

    def database(self, settings: DatabaseSettings) -> Database:
        """Connect to the service's schema. Its outages are waited out by every consumer declared after."""
        from sqlalchemy.exc import InterfaceError, OperationalError
        from sqlalchemy.exc import TimeoutError as PoolTimeout

        from polycast.db import Database

        database = Database(
            settings.database_url, settings.database_pool_size, pre_ping=settings.database_pre_ping
        )
        self.bus.outages += (OperationalError, InterfaceError, PoolTimeout)
        self._checks.append(database.ping)
        self._resources.append(aclosing(database))
        return database

    def replica(self, settings: DatabaseSettings) -> Database | None:
        """A replica of the database, if there is one. Its outages are nobody's: the primary is read."""
        from polycast.db import Database

        if not settings.database_read_url:
            return None
        replica = Database(
            settings.database_read_url, settings.database_pool_size, pre_ping=True, pool="replica"
        )
        self._resources.append(aclosing(replica))
        return replica

    def llm(self, settings: LLMSettings) -> LLM:
        """The process's LLM gateway. Its limits hold over all replicas of all services."""
        from polycast.llm import LLM
        from polycast.llm.bucket import SharedTokenBucket

        limits = settings.llm_limits
        llm = LLM(settings, SharedTokenBucket(lambda: self.bus.kv("limits"), limits) if limits else None)
        self._resources.append(llm)
        return llm

    def background(self, name: str, loop: Loop) -> None:
        """Run `loop` from start to stop; one that raises or returns is started again after a pause."""
        self._loops[name] = loop

    def on_start(self, action: Check) -> None:
        """Run once connected, before anything is consumed."""
        self._on_start.append(action)

    def serve(self, app: Starlette) -> None:
        """Answer HTTP with `app` (a FastAPI application is one), health and metrics added."""
        self._app = self.health_routes(app)

    # -- health ------------------------------------------------------------------------------------

    def health_routes(self, app: Starlette) -> Starlette:
        app.router.routes += [
            Route("/healthz", self._healthz),
            Route("/readyz", _inside(self._readyz)),
            Route("/metrics", _inside(_metrics)),
        ]
        return app

    async def _healthz(self, _: Request) -> Response:
        """Alive: the event loop answers, the consumer exists and moves. Red means: restart me."""
        trouble = self.bus.consumer.trouble if self.ready and self.bus.consumer else None
        return _verdict([trouble] if trouble else [])

    async def _readyz(self, _: Request) -> Response:
        """Ready: started, and everything it needs answers."""
        if not self.ready:
            return _verdict(["starting or stopping"])
        troubles = [self.bus.trouble] if self.bus.trouble else []
        for check in self._checks:
            try:
                await asyncio.wait_for(check(), timeout=5)
            except Exception as error:
                troubles.append(f"{check.__qualname__}: {type(error).__name__}")
        return _verdict(troubles)

    # -- running -----------------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Exits with 1 and one log line if it can't start."""
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            try:
                runner.run(self._main())
            except Exception as error:
                log.exception("died", error=repr(error))
                sys.exit(1)

    async def _main(self) -> None:
        stopping = asyncio.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signum, stopping.set)
        server = _Server(
            uvicorn.Config(
                self._app,
                host=self.settings.http_host,
                port=self.settings.http_port,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=5,
            )
        )
        http = asyncio.create_task(server.serve())
        asked = asyncio.create_task(stopping.wait())
        starting = asyncio.create_task(self._start())
        try:
            await asyncio.wait({starting, asked, http}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await asyncio.wait({asked, http}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.ready = False
            log.info("stopping")
            await end([starting, asked])
            try:
                await self._stop()
            finally:
                server.should_exit = True
                await http
            log.info("stopped")

    async def _start(self) -> None:
        await self.bus.connect()
        for resource in self._resources:
            await self._open.enter_async_context(resource)
        for action in self._on_start:
            await action()
        # What was imported stays: left to the collector, it would be gone through again and again.
        gc.collect()
        gc.freeze()
        await self.bus.start()
        self._running = [asyncio.create_task(_forever(n, loop)) for n, loop in self._loops.items()]
        self.ready = True
        log.info("ready", port=self.settings.http_port)

    async def _stop(self) -> None:
        await end(self._running)
        try:
            await self.bus.stop()
        finally:
            await self._open.aclose()
            await asyncio.to_thread(self._flush_spans)


class _Server(uvicorn.Server):
    """uvicorn, without its signal handlers: the service ends the bus first and HTTP last."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _forever(name: str, loop: Loop) -> None:
    pause = 1.0
    while True:
        started = asyncio.get_running_loop().time()
        try:
            await loop()
            log.warning("background loop returned", loop=name)
        except Exception:
            log.exception("background loop failed", loop=name, pause=pause)
        if asyncio.get_running_loop().time() - started > _MAX_BACKOFF:
            pause = 1.0  # it had been well
        await asyncio.sleep(pause)
        pause = min(_MAX_BACKOFF, pause * 2)


def _inside(answer: Endpoint) -> Endpoint:
    """Nothing there for who comes through a proxy, from outside: the gateway shares its port with the world.

    Who adds these headers by hand hides it from nobody but himself; who comes through a proxy can't leave
    them away.
    """

    async def answer_inside(request: Request) -> Response:
        if _FORWARDED.isdisjoint(request.headers):
            return await answer(request)
        return Response("Not Found", status_code=404)

    return answer_inside


def _verdict(troubles: list[str]) -> Response:
    return JSONResponse(
        {"status": "ok"} if not troubles else {"status": "failing", "reasons": troubles},
        status_code=503 if troubles else 200,
    )


async def _metrics(_: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | Any:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop
