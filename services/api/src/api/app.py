"""The gateway's HTTP process: the API, and the relay of its outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette_compress import CompressMiddleware, remove_compress_type

from api import problems
from api.access_log import AccessLog
from api.archive import archive_old_drafts
from api.audit import Audit, keep_partitions
from api.conditional import Conditional
from api.dependencies import Gateway, Limits
from api.documentation import documentation
from api.edge import Anonymous, BodyLimit, SafeHeaders
from api.editing import purge_deleted
from api.idempotency import forget_old_keys
from api.live import Live
from api.mail import Mailer
from api.notices import Notices
from api.outbox import Outbox
from api.page import Page
from api.passwords import Passwords
from api.rates import Rate, Rates, forget_old_counts
from api.registry import Registry
from api.replica import NoteWrites
from api.resets import Resets, forget_old_links
from api.routes import ROUTERS
from api.security import Tokens
from api.sessions import Sessions, forget_old_sessions
from api.settings import WEB_DIR, Settings
from polycast.service import Service

PREFIX = "/api/v1"
remove_compress_type("text/event-stream")  # small, and seldom
HOUR = 60 * 60.0
#: Messages that are sent at once, so that a slow one doesn't hold up the others.
MAIL_SENDERS = 4


def create_app(gateway: Gateway, *, web_dir: Path = WEB_DIR, cors_origins: Sequence[str] = ()) -> FastAPI:
    app = FastAPI(
        title="Polycast",
        version="1",
        description="One idea, every channel: drafts for each platform, to be read, edited and approved.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        responses=problems.responses(problems.ServiceAway),
        # `AccessLog` traces and measures. FastAPI would tell paths and queries, which are personal.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.gateway = gateway
    problems.install(app)
    # The innermost first.
    app.add_middleware(Conditional)
    if gateway.reads.has_replica:
        app.add_middleware(NoteWrites, reads=gateway.reads)
    app.add_middleware(Audit, database=gateway.system)
    app.add_middleware(BodyLimit)
    app.add_middleware(CompressMiddleware, zstd=False)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=cors_origins,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"],
        expose_headers=["ETag", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"],
    )
    app.add_middleware(SafeHeaders)
    app.add_middleware(Anonymous)
    app.add_middleware(AccessLog, prefix=PREFIX)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    for prefix in ("", PREFIX):
        app.include_router(documentation(app, prefix))
    app.router.default = Page(web_dir, own_prefix="/api/")
    return app


def main() -> None:
    settings = Settings()
    service = Service("api", settings)
    database = service.database(settings)
    live = Live(service.bus)
    outbox = Outbox(database, live)
    secrets = [secret for secret in (settings.jwt_secret, settings.jwt_previous_secret) if secret]
    tokens = Tokens([secret.get_secret_value() for secret in secrets], settings.jwt_ttl_seconds)
    rates, limits = (
        Rates(database),
        Limits(
            requests=Rate("requests", settings.rate_limit),
            checks=Rate("checks", settings.check_rate_limit),
            arrivals=Rate("arrivals", settings.address_rate_limit),
        ),
    )
    mailer = _mailer(settings)
    gateway = Gateway(
        database=database,
        outbox=outbox,
        registry=Registry(service.bus),
        live=live,
        tokens=tokens,
        passwords=Passwords(),
        sessions=Sessions(database, tokens, timedelta(days=settings.refresh_ttl_days)),
        rates=rates,
        limits=limits,
        registration_open=settings.registration_open,
        replica=service.replica(settings),
        resets=Resets(database, rates, limits.resets, mailer) if mailer else None,
    )

    async def relay() -> None:
        await outbox.relay(service.bus.publish)

    async def forget() -> None:
        while True:
            await forget_old_keys(gateway.system)
            await purge_deleted(gateway.system)
            await archive_old_drafts(gateway.system)
            await keep_partitions(gateway.system)
            await forget_old_counts(gateway.system)
            await forget_old_sessions(gateway.system)
            await forget_old_links(gateway.system)
            await asyncio.sleep(HOUR)

    service.background("outbox relay", relay)
    service.background("forgetting", forget)
    if mailer and gateway.resets:
        for sender in range(MAIL_SENDERS):
            service.background(f"mail {sender}", gateway.resets.keep_sending)
        service.background("notices", Notices(database, mailer).keep_sending)
    service.serve(create_app(gateway, web_dir=settings.web_dir, cors_origins=settings.cors_origins))
    service.run()


def _mailer(settings: Settings) -> Mailer | None:
    if not settings.smtp_url:
        return None
    return Mailer(settings.smtp_url.get_secret_value(), settings.mail_from, settings.public_url)


if __name__ == "__main__":
    main()
