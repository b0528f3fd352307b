"""What every request passes: rates, sizes, headers, and the page behind the API."""

from __future__ import annotations

import gzip
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import update
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.app import create_app
from api.dependencies import Gateway
from api.edge import MAX_BODY_BYTES
from api.rates import Rate
from api.store import rates

if TYPE_CHECKING:
    from services.api.tests.conftest import Person


_MINUTE = timedelta(minutes=1)
CREDENTIALS = {"email": "ann@example.com", "password": "correct horse battery"}


def calling(app: FastAPI, person: Person | None = None) -> httpx2.AsyncClient:
    headers = {"Authorization": person.client.headers["Authorization"]} if person else {}
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://test", headers=headers)


async def test_a_person_has_so_many_requests_a_minute(ann: Person, bob: Person, gateway: Gateway) -> None:
    few = replace(gateway.limits, requests=Rate("few", 3), checks=Rate("few checks", 1))
    replicas = [create_app(replace(gateway, limits=few)) for _ in range(2)]
    async with calling(replicas[0], ann) as one, calling(replicas[1], ann) as two:
        left = [
            (await client.get("/api/v1/ideas")).headers["RateLimit-Remaining"] for client in (one, two, one)
        ]
        assert left == ["2", "1", "0"]
        refused = await two.get("/api/v1/ideas")
        assert refused.status_code == 429
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.headers["RateLimit-Limit"] == "3"
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        check = {"content_text": "Text"}
        answers = [(await one.post("/api/v1/platforms/x/check", json=check)).status_code for _ in range(2)]
        assert answers == [404, 429]  # of a rate of its own
        async with calling(replicas[0], bob) as other:
            assert (await other.get("/api/v1/ideas")).status_code == 200
        async with gateway.system.begin() as connection:  # a minute passes
            await connection.execute(update(rates).values(ends_at=rates.c.ends_at - _MINUTE))
        assert (await one.get("/api/v1/ideas")).headers["RateLimit-Remaining"] == "2"


async def test_refusals_tell_what_is_left_too(ann: Person) -> None:
    missing = await ann.get("content/00000000-0000-0000-0000-000000000000")
    assert missing.status_code == 404
    assert int(missing.headers["RateLimit-Remaining"]) < int(missing.headers["RateLimit-Limit"])


async def _chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(0, size, 50_000):
        yield b" " * 50_000


async def test_large_bodies_are_refused(client: httpx2.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    announced = await client.post("auth/login", content=b" " * (MAX_BODY_BYTES + 1), headers=headers)
    chunked = await client.post("auth/login", content=_chunks(MAX_BODY_BYTES + 50_000), headers=headers)
    for refused in (announced, chunked):
        assert (refused.status_code, refused.json()["status"]) == (413, 413)
        assert refused.headers["Content-Type"] == "application/problem+json"
    fits = await client.post("auth/login", content=_chunks(MAX_BODY_BYTES), headers=headers)
    assert fits.status_code == 422


async def test_only_a_trusted_proxy_tells_the_callers_address(app: FastAPI, ann: Person) -> None:
    """As the server does it, by the list in FORWARDED_ALLOW_IPS. What a caller claims is ignored."""
    trusted = ProxyHeadersMiddleware(app, trusted_hosts="127.0.0.1,10.0.0.0/8")
    claims = {"X-Forwarded-For": "1.2.3.4, 198.51.100.9, 10.0.0.7", "X-Forwarded-Proto": "https"}
    seen = []
    for caller in ("10.0.0.8", "203.0.113.7"):
        transport = httpx2.ASGITransport(app=trusted, client=(caller, 4711))  # type: ignore[arg-type]
        async with httpx2.AsyncClient(transport=transport, base_url="http://test/api/v1/") as client:
            login = await client.post("auth/login", json=CREDENTIALS, headers=claims)
            seen.append("; Secure" in login.headers["Set-Cookie"])
    assert seen == [True, False]
    lines = (await ann.get("audit")).json()["audit"]
    assert [line["ip_address"] for line in lines[:2]] == ["203.0.113.7", "198.51.100.9"]


async def test_headers_for_browsers(client: httpx2.AsyncClient, ann: Person) -> None:
    for answer in (
        await client.get("auth/me"),
        await ann.get("auth/me"),
        await client.get("http://test/nothing"),
    ):
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Strict-Transport-Security" not in answer.headers
    secure = await client.get("https://test/api/v1/auth/me")
    assert secure.headers["Strict-Transport-Security"]


async def test_the_documentation_may_run_its_own_script_alone(client: httpx2.AsyncClient) -> None:
    policy = (await client.get("docs")).headers["Content-Security-Policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "'sha256-" in scripts and "unsafe" not in scripts


@pytest.mark.parametrize(
    ("accepted", "encoding", "decompress"),
    [("gzip", "gzip", gzip.decompress), ("gzip, br", "br", brotli.decompress)],
)
async def test_long_answers_are_compressed(
    client: httpx2.AsyncClient, accepted: str, encoding: str, decompress: Callable[[bytes], bytes]
) -> None:
    request = client.build_request("GET", "openapi.json", headers={"Accept-Encoding": accepted})
    answer = await client.send(request, stream=True)
    raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers["Content-Encoding"] == encoding
    assert b"openapi" in decompress(raw)


async def test_other_origins_only_by_list(gateway: Gateway) -> None:
    preflight = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "If-Match"}
    app = create_app(gateway, cors_origins=["https://app.example.com"])
    async with calling(app) as client:
        friend = preflight | {"Origin": "https://app.example.com"}
        allowed = await client.options("/api/v1/content/x", headers=friend)
        assert allowed.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
        stranger = preflight | {"Origin": "https://evil.example.com"}
        refused = await client.options("/api/v1/content/x", headers=stranger)
        assert "Access-Control-Allow-Origin" not in refused.headers


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Polycast</title>")
    (tmp_path / "assets" / "index-4f2a.js").write_text("start()")
    (tmp_path / "icon.svg").write_text("<svg/>")
    return tmp_path


async def test_the_page(gateway: Gateway, built: Path) -> None:
    browser = {"Accept": "text/html,*/*"}
    async with calling(create_app(gateway, web_dir=built)) as client:
        for address in ("/", "/content/17", "/settings"):
            page = await client.get(address, headers=browser)
            assert (page.status_code, page.text) == (200, "<!doctype html><title>Polycast</title>")
            assert page.headers["Cache-Control"] == "no-cache"
            assert page.headers["Content-Type"].startswith("text/html")
        script = await client.get("/assets/index-4f2a.js")
        assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert (await client.get("/icon.svg")).headers["Cache-Control"] == "no-cache"
        assert (await client.get("/assets/gone.js", headers={"Accept": "*/*"})).status_code == 404
        assert (await client.get("/settings", headers={"Accept": "application/json"})).status_code == 404
        assert (await client.get("/../conftest.py")).status_code == 404
        assert (await client.post("/settings", headers=browser)).status_code == 404
        for own in ("/api/v1/nothing", "/api/nothing"):
            missing = await client.get(own, headers=browser)
            assert (missing.status_code, missing.headers["Content-Type"]) == (404, "application/problem+json")


async def test_the_page_runs_what_its_build_put_into_it_and_nothing_else(
    gateway: Gateway, built: Path
) -> None:
    (built / "index.html").write_text(
        "<!doctype html><script>early()</script><style>p {\n}</style><script src='/assets/x.js'></script>"
    )
    async with calling(create_app(gateway, web_dir=built)) as client:
        policy = (await client.get("/", headers={"Accept": "text/html"})).headers["Content-Security-Policy"]
    for directive, text in (("script-src", b"early()"), ("style-src", b"p {\n}")):
        digest = b64encode(sha256(text).digest()).decode()
        assert f"{directive} 'self' 'sha256-{digest}';" in policy


async def test_a_file_is_sent_as_the_build_compressed_it(gateway: Gateway, built: Path) -> None:
    (built / "assets" / "index-4f2a.js.br").write_bytes(brotli.compress(b"start()"))
    async with calling(create_app(gateway, web_dir=built)) as client:
        for accepted, encoding in (("gzip, br", "br"), ("identity", None)):
            request = client.build_request(
                "GET", "/assets/index-4f2a.js", headers={"Accept-Encoding": accepted}
            )
            answer = await client.send(request, stream=True)
            raw = b"".join([chunk async for chunk in answer.aiter_raw()])
            assert answer.headers.get("Content-Encoding") == encoding
            assert answer.headers["Content-Type"].startswith("text/javascript")
            assert "Accept-Encoding" in answer.headers["Vary"]
            assert (brotli.decompress(raw) if encoding else raw) == b"start()"


async def test_without_a_page_the_api_says_so(gateway: Gateway, tmp_path: Path) -> None:
    async with calling(create_app(gateway, web_dir=tmp_path)) as client:
        answer = await client.get("/")
        assert (answer.status_code, answer.json()["docs"]) == (200, "/docs")
        assert (await client.get("/settings", headers={"Accept": "text/html"})).status_code == 404
