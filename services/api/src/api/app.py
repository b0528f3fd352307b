"""The gateway's HTTP process: the API, and the relay of its outbox."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, JSONResponse

from api import problems
from api.access_log import AccessLog
from api.audit import Audit, forget_old_lines
from api.conditional import Conditional
from api.dependencies import Gateway
from api.editing import purge_deleted
from api.idempotency import forget_old_keys
from api.live import Live
from api.outbox import Outbox
from api.registry import Registry
from api.routes import ROUTERS
from api.security import Passwords, Tokens
from api.settings import Settings
from polycast.service import Service

PREFIX = "/api/v1"
HOUR = 60 * 60.0


def create_app(gateway: Gateway) -> FastAPI:
    app = FastAPI(
        title="Polycast",
        version="1",
        description="One idea, every channel: drafts for each platform, to be read, edited and approved.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        responses=problems.responses(problems.ServiceAway),
    )
    app.state.gateway = gateway
    problems.install(app)
    app.add_middleware(Conditional)
    app.add_middleware(Audit, database=gateway.database)
    app.add_middleware(AccessLog, prefix=PREFIX)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    for prefix in ("", PREFIX):
        app.include_router(_documentation(app, prefix))
    return app


def _documentation(app: FastAPI, prefix: str) -> APIRouter:
    router = APIRouter(prefix=prefix, include_in_schema=False)

    @router.get("/openapi.json")
    async def openapi() -> JSONResponse:
        return JSONResponse(_schema(app))

    @router.get("/docs")
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(openapi_url=f"{prefix}/openapi.json", title="Polycast API")

    return router


def _schema(app: FastAPI) -> dict[str, Any]:
    """FastAPI's, with errors under the media type that they really have."""
    schema = app.openapi()
    for path in schema["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status >= "400" and "application/json" in response.get("content", {}):
                    response["content"] = {problems.MEDIA_TYPE: response["content"]["application/json"]}
    return schema


def main() -> None:
    settings = Settings()
    service = Service("api", settings)
    database = service.database(settings)
    outbox = Outbox(database, Live(service.bus))
    gateway = Gateway(
        database=database,
        outbox=outbox,
        registry=Registry(service.bus),
        tokens=Tokens([settings.jwt_secret.get_secret_value()], settings.jwt_ttl_seconds),
        passwords=Passwords(),
    )

    async def relay() -> None:
        await outbox.relay(service.bus.publish)

    async def forget() -> None:
        while True:
            await forget_old_keys(database)
            await purge_deleted(database)
            await forget_old_lines(database)
            await asyncio.sleep(HOUR)

    service.background("outbox relay", relay)
    service.background("forgetting", forget)
    service.serve(create_app(gateway))
    service.run()


if __name__ == "__main__":
    main()
