from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from uuid import uuid4

import bcrypt
import httpx2
import jwt
import pytest
from pydantic import ValidationError
from sqlalchemy import delete, select

from api.dependencies import Gateway
from api.passwords import Passwords
from api.security import InvalidToken, Tokens
from api.settings import Settings
from api.store import configurations, outbox, users

if TYPE_CHECKING:
    from services.api.tests.conftest import Person

SECRET = "a secret for tests, long enough to sign with"
CREDENTIALS = {"email": "Ann@Example.com", "password": "correct horse battery"}


async def test_register_sign_in_and_ask_who_i_am(client: httpx2.AsyncClient) -> None:
    registered = await client.post("auth/register", json=CREDENTIALS)
    assert registered.status_code == 201
    assert registered.json() == {"id": registered.json()["id"], "email": "ann@example.com"}

    login = await client.post("auth/login", json={**CREDENTIALS, "email": "ANN@example.com"})
    assert login.status_code == 200
    token = login.json()
    assert token == {"access_token": token["access_token"], "token_type": "bearer", "expires_in": 3600}

    me = await client.get("auth/me", headers={"Authorization": f"Bearer {token['access_token']}"})
    assert me.json() == {"id": registered.json()["id"], "email": "ann@example.com", "role": "user"}


async def test_the_token_carries_the_agreed_claims(ann: Person) -> None:
    token = ann.client.headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert set(claims) == {"user_id", "email", "role", "iat", "exp", "jti"}
    assert claims["exp"] - claims["iat"] == 3600
    assert jwt.get_unverified_header(token).keys() >= {"kid", "alg"}


async def test_registration_saves_the_defaults_and_announces_them(
    gateway: Gateway, sign_up: Callable[..., Awaitable[Person]]
) -> None:
    zoe = await sign_up("zoe", timezone="Asia/Tokyo")
    async with gateway.system.connect() as connection:
        saved = (await connection.execute(select(configurations))).mappings().one()
        event = (await connection.execute(select(outbox))).mappings().one()
    assert saved["schedule"]["timezone"] == "Asia/Tokyo"
    assert saved["schedule"]["local_time"] == "06:00"
    assert event["subject"] == "schedule.updated"
    assert event["event"]["user_id"] == str(zoe.id)
    assert event["event"]["schedule"] == saved["schedule"]


async def test_an_address_has_one_account(client: httpx2.AsyncClient, ann: Person, gateway: Gateway) -> None:
    again = await client.post("auth/register", json=CREDENTIALS)
    assert again.status_code == 409
    assert again.json()["type"] == "urn:polycast:problem:email-taken"
    async with gateway.system.connect() as connection:
        assert len((await connection.execute(select(outbox))).all()) == 1  # of the first registration


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": None}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "é" * 37}, "password"),  # 74 bytes, though 37 characters
        ({"password": "with a \x00 inside"}, "password"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
    ],
)
async def test_what_registration_refuses(
    client: httpx2.AsyncClient, change: dict[str, str | None], field: str
) -> None:
    refused = await client.post("auth/register", json=CREDENTIALS | change)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "change", [{"password": "wrong horse battery"}, {"email": "unknown@example.com"}], ids=str
)
async def test_wrong_credentials_look_the_same(
    client: httpx2.AsyncClient, ann: Person, change: dict[str, str]
) -> None:
    refused = await client.post("auth/login", json=CREDENTIALS | change)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="polycast"'
    assert refused.json() == {
        "type": "urn:polycast:problem:wrong-credentials",
        "title": "E-mail address or password is wrong",
        "status": 401,
        "detail": "No account has this e-mail address and password.",
        "instance": "/api/v1/auth/login",
    }


async def test_an_unknown_address_costs_a_hash_too(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(cost=4)
    checked: list[bytes] = []
    check = bcrypt.checkpw

    def noting(password: bytes, stored: bytes) -> bool:
        checked.append(stored)
        return check(password, stored)

    monkeypatch.setattr(bcrypt, "checkpw", noting)
    assert await passwords.matches("right one", await passwords.hash("right one"))
    assert not await passwords.matches("right one", None)
    assert [stored[:7] for stored in checked] == [b"$2b$04$"] * 2


async def test_only_so_many_passwords_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes a core for a quarter of a second: the others' requests must get theirs too."""
    passwords, running, most = Passwords(cost=4, concurrency=2), 0, 0
    check = bcrypt.checkpw

    def counting(password: bytes, stored: bytes) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        matches = check(password, stored)
        running -= 1
        return matches

    monkeypatch.setattr(bcrypt, "checkpw", counting)
    await asyncio.gather(*(passwords.matches("right one", None) for _ in range(20)))
    assert 1 <= most <= 2


def _token(gateway: Gateway, **changes: object) -> str:
    good = gateway.tokens.issue(uuid4(), "ann@example.com", "user", uuid4())
    claims = jwt.decode(good, options={"verify_signature": False}) | changes
    kid = jwt.get_unverified_header(good)["kid"]
    key = gateway.tokens._keys[kid]
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, "HS256", headers={"kid": kid})


async def test_no_token_is_challenged(client: httpx2.AsyncClient) -> None:
    refused = await client.get("content")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="polycast"'
    assert refused.headers["Content-Type"] == "application/problem+json"


async def test_bad_tokens_are_refused(client: httpx2.AsyncClient, gateway: Gateway) -> None:
    good = _token(gateway)
    unsigned = jwt.encode({"user_id": str(uuid4())}, "", algorithm="none", headers={"kid": "x"})
    bad = {
        "expired": _token(gateway, exp=int(time.time()) - 1),
        "without expiry": _token(gateway, exp=None),
        "without jti": _token(gateway, jti=None),
        "odd user": _token(gateway, user_id="ann"),
        "numeric user": _token(gateway, user_id=17),
        "tampered": good[:-6] + "AAAAAA",
        "unsigned": unsigned,
        "foreign": Tokens(["another secret, just as long as ours"], 60).issue(
            uuid4(), "a@example.com", "user", uuid4()
        ),
        "of no session": jwt.encode(
            jwt.decode(good, options={"verify_signature": False}),
            SECRET,
            headers={"kid": jwt.get_unverified_header(good)["kid"]},
        ),
        "of a device": gateway.tokens.issue_device(uuid4()),
        "nonsense": "nonsense",
    }
    for kind, token in bad.items():
        refused = await client.get("content", headers={"Authorization": f"Bearer {token}"})
        assert refused.status_code == 401, kind
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"], kind


async def test_a_token_outlives_no_account(ann: Person, gateway: Gateway) -> None:
    async with gateway.system.begin() as connection:
        await connection.execute(delete(users))
    assert (await ann.get("auth/me")).status_code == 401
    assert (await ann.post("workflows/execute")).status_code == 401
    assert (await ann.put("config/schedule", {"enabled": False})).status_code == 401


def test_the_second_secret_still_reads() -> None:
    old, new = "the secret of last year, long enough", "the secret of this year, long enough"
    token = Tokens([old], 60).issue(uuid4(), "ann@example.com", "user", uuid4())
    rotated = Tokens([new, old], 60)
    assert rotated.read(token).email == "ann@example.com"
    kids = {jwt.get_unverified_header(each)["kid"] for each in (token, rotated.issue_device(uuid4()))}
    assert len(kids) == 2  # what is new is signed with the new one
    with pytest.raises(InvalidToken):
        Tokens([new], 60).read(token)


@pytest.mark.parametrize("secret", [None, "", "short", "x" * 31])
def test_no_start_without_a_good_secret(monkeypatch: pytest.MonkeyPatch, secret: str | None) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://x")
    monkeypatch.delenv("POLYCAST_JWT_SECRET", raising=False)
    if secret is not None:
        monkeypatch.setenv("POLYCAST_JWT_SECRET", secret)
    with pytest.raises(ValidationError, match="jwt_secret"):
        Settings()


def test_nor_with_a_weak_previous_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it signs is accepted too."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://x")
    monkeypatch.setenv("POLYCAST_JWT_SECRET", "x" * 32)
    monkeypatch.setenv("POLYCAST_JWT_PREVIOUS_SECRET", "")
    assert Settings().jwt_previous_secret is None
    monkeypatch.setenv("POLYCAST_JWT_PREVIOUS_SECRET", "x" * 31)
    with pytest.raises(ValidationError, match="jwt_previous_secret"):
        Settings()
