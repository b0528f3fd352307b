"""How long somebody stays signed in, and what ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text, update

from api.app import create_app
from api.dependencies import Gateway, lock_account
from api.rates import Rate
from api.routes.auth import HINT_COOKIE, REFRESH_COOKIE
from api.sessions import CACHE_SECONDS, OVERLAP, Sessions, Visit, forget_old_sessions
from api.store import revoked_tokens, sessions, users

if TYPE_CHECKING:
    from services.api.tests.conftest import Person

CREDENTIALS = {"email": "ann@example.com", "password": "correct horse battery"}
COOKIE_PATH = "/api/v1/auth"


def cookie(client: httpx2.AsyncClient) -> str:
    value = client.cookies.get(REFRESH_COOKIE)
    assert value is not None
    return value


async def refresh(app: FastAPI, token: str) -> httpx2.Response:
    """As a browser that holds only this cookie."""
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test/api/v1/") as browser:
        browser.cookies.set(REFRESH_COOKIE, token, path=COOKIE_PATH)
        return await browser.post("auth/refresh")


async def shift_rotation(gateway: Gateway) -> None:
    """As if the last refresh were a while ago."""
    async with gateway.system.begin() as connection:
        await connection.execute(
            update(sessions).values(rotated_at=sessions.c.rotated_at - OVERLAP - timedelta(seconds=1))
        )


def renewed(answer: httpx2.Response) -> str:
    value = answer.cookies.get(REFRESH_COOKIE)
    assert value is not None
    return value


async def test_the_cookie_is_out_of_a_scripts_reach(client: httpx2.AsyncClient, ann: Person) -> None:
    login = await client.post("auth/login", json=CREDENTIALS)
    token, hint, *_ = (line.split("; ") for line in login.headers.get_list("Set-Cookie"))
    assert {"HttpOnly", "SameSite=strict", f"Path={COOKIE_PATH}"} <= set(token)
    assert "Secure" not in token
    # The page may see that there is one, and no more.
    assert hint[0] == f"{HINT_COOKIE}=1"
    assert {"SameSite=strict", "Path=/"} <= set(hint) and "HttpOnly" not in hint
    secure = await client.post("https://test/api/v1/auth/login", json=CREDENTIALS)
    assert "; Secure" in secure.headers["Set-Cookie"]


async def test_a_refresh_needs_no_access_token(ann: Person, app: FastAPI) -> None:
    answer = await refresh(app, cookie(ann.client))
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "token_type", "expires_in"}
    assert answer.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await ann.get("auth/me", headers=headers)).status_code == 200


async def test_no_refresh_without_its_token(client: httpx2.AsyncClient, ann: Person, app: FastAPI) -> None:
    assert (await client.post("auth/refresh")).status_code == 401
    access_token = ann.client.headers["Authorization"].removeprefix("Bearer ")
    for wrong in ("nonsense", access_token):
        assert (await refresh(app, wrong)).status_code == 401
    headers = {"Authorization": f"Bearer {cookie(ann.client)}"}
    assert (await client.get("auth/me", headers=headers)).status_code == 401


async def test_a_copied_refresh_token_ends_the_session(ann: Person, app: FastAPI, gateway: Gateway) -> None:
    stolen = cookie(ann.client)
    honest = renewed(await refresh(app, stolen))
    await shift_rotation(gateway)
    assert (await refresh(app, stolen)).status_code == 401
    assert (await refresh(app, honest)).status_code == 401  # the family is over
    assert (await ann.get("auth/me")).status_code == 401  # and what the thief may have got with it


async def test_two_pages_may_refresh_at_once(ann: Person, app: FastAPI) -> None:
    token = cookie(ann.client)
    first, second = renewed(await refresh(app, token)), renewed(await refresh(app, token))
    assert first == second
    assert (await refresh(app, first)).status_code == 200


async def test_an_unused_session_expires(ann: Person, app: FastAPI, gateway: Gateway) -> None:
    async with gateway.system.begin() as connection:
        await connection.execute(update(sessions).values(expires_at=datetime.now(UTC)))
    assert (await refresh(app, cookie(ann.client))).status_code == 401
    await forget_old_sessions(gateway.system)
    async with gateway.system.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(sessions)) == 0


async def test_signing_out_ends_both_tokens(ann: Person, app: FastAPI, gateway: Gateway) -> None:
    token = cookie(ann.client)
    gone = await ann.post("auth/logout")
    assert gone.status_code == 204
    ended = gone.headers.get_list("Set-Cookie")
    assert [line.partition(";")[0] for line in ended] == [f'{REFRESH_COOKIE}=""', f'{HINT_COOKIE}=""']
    again = await ann.get("auth/me")
    assert again.status_code == 401
    assert 'error="invalid_token"' in again.headers["WWW-Authenticate"]
    assert (await refresh(app, token)).status_code == 401
    async with gateway.system.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(revoked_tokens)) == 1


async def test_signing_out_here_leaves_other_devices_alone(ann: Person, client: httpx2.AsyncClient) -> None:
    token = (await client.post("auth/login", json=CREDENTIALS)).json()["access_token"]
    await ann.post("auth/logout")
    assert (await client.get("auth/me", headers={"Authorization": f"Bearer {token}"})).status_code == 200


async def test_another_replica_learns_of_it_soon(ann: Person, gateway: Gateway) -> None:
    other = Sessions(gateway.database, gateway.tokens, timedelta(days=1))
    app = create_app(replace(gateway, sessions=other))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test/api/v1/") as replica:
        replica.headers["Authorization"] = ann.client.headers["Authorization"]
        assert (await replica.get("auth/me")).status_code == 200
        await ann.post("auth/logout")
        for jti, (checked_at, reason) in other._checked.items():
            other._checked[jti] = (checked_at - CACHE_SECONDS, reason)
        assert (await replica.get("auth/me")).status_code == 401


async def test_a_new_password_ends_every_other_session(
    ann: Person, client: httpx2.AsyncClient, app: FastAPI
) -> None:
    elsewhere = (await client.post("auth/login", json=CREDENTIALS)).json()["access_token"]
    token = cookie(client)
    body = {"current_password": CREDENTIALS["password"], "new_password": "a staple of batteries"}
    changed = await ann.put("auth/password", body)
    assert changed.status_code == 200
    headers = {"Authorization": f"Bearer {elsewhere}"}
    assert (await client.get("auth/me", headers=headers)).status_code == 401
    assert (await ann.get("auth/me")).status_code == 401
    assert (await refresh(app, token)).status_code == 401
    fresh = {"Authorization": f"Bearer {changed.json()['access_token']}"}
    assert (await ann.get("auth/me", headers=fresh)).status_code == 200
    assert (await refresh(app, cookie(ann.client))).status_code == 200
    assert (await client.post("auth/login", json=CREDENTIALS)).status_code == 401
    renewed = CREDENTIALS | {"password": "a staple of batteries"}
    assert (await client.post("auth/login", json=renewed)).status_code == 200


async def test_a_new_password_needs_the_old_one(ann: Person) -> None:
    body = {"current_password": "not it at all", "new_password": "a staple of batteries"}
    refused = await ann.put("auth/password", body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "current_password")
    assert (await ann.get("auth/me")).status_code == 200


@pytest.mark.parametrize("password", ["password1", "Password1", "iloveyou1", "qwertyuiop"])
async def test_what_attackers_try_first_is_no_password(client: httpx2.AsyncClient, password: str) -> None:
    refused = await client.post("auth/register", json=CREDENTIALS | {"password": password})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "password")
    assert "common" in refused.json()["errors"][0]["message"]


async def test_a_disabled_account_is_out_at_once(ann: Person, app: FastAPI, gateway: Gateway) -> None:
    async with gateway.system.begin() as connection:
        await connection.execute(update(users).values(disabled_at=datetime.now(UTC)))
    gateway.sessions._checked.clear()
    assert (await ann.get("content")).status_code == 401
    assert (await refresh(app, cookie(ann.client))).status_code == 401
    assert (await ann.post("auth/login", CREDENTIALS)).status_code == 401


def from_address(app: FastAPI, address: str) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app, client=(address, 4711))
    return httpx2.AsyncClient(transport=transport, base_url="http://test/api/v1/")


async def test_a_guesser_is_slowed_down_and_the_owner_is_not(
    sign_up: Callable[..., Awaitable[Person]], app: FastAPI, gateway: Gateway
) -> None:
    await sign_up("ann")
    async with from_address(app, "203.0.113.7") as guesser, from_address(app, "198.51.100.1") as owner:
        wrong = CREDENTIALS | {"password": "is it this one?"}
        limit = gateway.limits.guesses.limit
        answers = [(await guesser.post("auth/login", json=wrong)).status_code for _ in range(limit)]
        assert answers == [401] * limit
        slowed = await guesser.post("auth/login", json=CREDENTIALS)
        assert (slowed.status_code, int(slowed.headers["Retry-After"]) > 60) == (429, True)
        assert (await owner.post("auth/login", json=CREDENTIALS)).status_code == 200
        unknown = {"email": "other@example.com", "password": "whatever it is"}
        assert (await guesser.post("auth/login", json=unknown)).status_code == 401


async def test_typing_it_right_forgets_the_slips(ann: Person, gateway: Gateway) -> None:
    wrong = CREDENTIALS | {"password": "is it this one?"}
    for _ in range(2):
        for _ in range(gateway.limits.guesses.limit - 1):
            assert (await ann.post("auth/login", wrong)).status_code == 401
        assert (await ann.post("auth/login", CREDENTIALS)).status_code == 200


async def test_one_address_cannot_flood_the_way_in(gateway: Gateway) -> None:
    limits = replace(gateway.limits, arrivals=Rate("arrivals", 2))
    async with from_address(create_app(replace(gateway, limits=limits)), "203.0.113.7") as client:
        answers = [(await client.post("auth/refresh")).status_code for _ in range(3)]
    assert answers == [401, 401, 429]


async def test_registration_can_be_closed(gateway: Gateway) -> None:
    app = create_app(replace(gateway, registration_open=False))
    async with from_address(app, "203.0.113.7") as client:
        refused = await client.post("auth/register", json=CREDENTIALS)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:polycast:problem:registration-closed")


async def test_where_one_is_signed_in(ann: Person, client: httpx2.AsyncClient, bob: Person) -> None:
    await client.post("auth/login", json=CREDENTIALS, headers={"User-Agent": "a telephone"})
    listed = (await ann.get("auth/sessions")).json()["sessions"]
    assert [(one["user_agent"], one["current"]) for one in listed] == [
        ("a telephone", False),
        (ann.client.headers["User-Agent"], True),
    ]
    assert set(listed[0]) == {
        "id", "created_at", "last_used_at", "user_agent", "ip_address", "current",
    }  # fmt: skip
    assert listed[0]["ip_address"] == "127.0.0.1"
    assert (await bob.delete(f"auth/sessions/{listed[0]['id']}")).status_code == 403
    assert (await bob.delete(f"auth/sessions/{uuid4()}")).status_code == 404


async def test_one_device_is_signed_out_from_another(
    ann: Person, client: httpx2.AsyncClient, app: FastAPI
) -> None:
    token = (await client.post("auth/login", json=CREDENTIALS)).json()["access_token"]
    other = {"Authorization": f"Bearer {token}"}
    assert (await client.get("auth/me", headers=other)).status_code == 200
    [session] = [one for one in (await ann.get("auth/sessions")).json()["sessions"] if not one["current"]]
    assert (await ann.delete(f"auth/sessions/{session['id']}")).status_code == 204
    assert (await client.get("auth/me", headers=other)).status_code == 401
    assert (await refresh(app, cookie(client))).status_code == 401
    assert (await ann.get("auth/me")).status_code == 200
    assert len((await ann.get("auth/sessions")).json()["sessions"]) == 1


async def test_a_refresh_is_the_same_session(ann: Person, app: FastAPI) -> None:
    [before] = (await ann.get("auth/sessions")).json()["sessions"]
    token = (await refresh(app, cookie(ann.client))).json()["access_token"]
    answer = await ann.get("auth/sessions", headers={"Authorization": f"Bearer {token}"})
    [after] = answer.json()["sessions"]
    assert (after["id"], after["current"], after["created_at"]) == (before["id"], True, before["created_at"])
    assert after["last_used_at"] > before["last_used_at"]


async def test_a_guesser_behind_the_same_address_locks_nobody_out(
    ann: Person, bob: Person, client: httpx2.AsyncClient, gateway: Gateway
) -> None:
    """Ann has signed in with this browser before; the guesser has none of her cookies, or only their own."""
    wrong = CREDENTIALS | {"password": "is it this one?"}
    for guesser in (client, bob.client):
        while (await guesser.post("auth/login", json=wrong)).status_code != 429:
            pass
    assert (await client.post("auth/login", json=CREDENTIALS)).status_code == 429
    assert (await ann.post("auth/login", CREDENTIALS)).status_code == 200


async def test_a_flood_behind_the_same_address_shuts_nobody_out(ann: Person, gateway: Gateway) -> None:
    limits = replace(gateway.limits, arrivals=Rate("arrivals", 2))
    app = create_app(replace(gateway, limits=limits))
    async with from_address(app, "203.0.113.7") as flood, from_address(app, "203.0.113.7") as owner:
        owner.cookies = ann.client.cookies
        while (await flood.post("auth/refresh")).status_code != 429:
            pass
        assert (await owner.post("auth/refresh")).status_code == 200


async def test_a_known_browser_has_its_limit_too(ann: Person, gateway: Gateway) -> None:
    app = create_app(replace(gateway, limits=replace(gateway.limits, device_arrivals=Rate("few", 2))))
    async with from_address(app, "203.0.113.7") as browser:
        browser.cookies = ann.client.cookies
        answers = [(await browser.post("auth/login", json=CREDENTIALS)).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


async def test_a_new_password_forgets_who_was_known(ann: Person, client: httpx2.AsyncClient) -> None:
    """Somebody who once got in can't use up the owner's guesses later."""
    await client.post("auth/login", json=CREDENTIALS)
    thief = client.cookies
    body = {"current_password": CREDENTIALS["password"], "new_password": "a staple of batteries"}
    await ann.put("auth/password", body)
    wrong = CREDENTIALS | {"password": "is it this one?"}
    while (await client.post("auth/login", json=wrong)).status_code != 429:
        pass
    assert client.cookies is thief
    renewed = CREDENTIALS | {"password": "a staple of batteries"}
    assert (await ann.post("auth/login", renewed)).status_code == 200


@pytest.mark.parametrize(
    ("one", "other", "limited"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),  # one caller's network
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("203.0.113.7", "203.0.113.8", False),
    ],
)
async def test_an_ipv6_network_counts_as_one(gateway: Gateway, one: str, other: str, limited: bool) -> None:
    app = create_app(replace(gateway, limits=replace(gateway.limits, arrivals=Rate("arrivals", 1))))
    async with from_address(app, one) as first, from_address(app, other) as second:
        await first.post("auth/refresh")
        assert (await second.post("auth/refresh")).status_code == (429 if limited else 401)


async def test_who_signs_in_while_the_password_changes_is_not_in(
    ann: Person, client: httpx2.AsyncClient, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a thief knows was compared with the password that it still was."""
    change = {"current_password": CREDENTIALS["password"], "new_password": "a staple of batteries"}
    compare = gateway.passwords.matches

    async def change_meanwhile(password: str, stored: str | None) -> bool:
        matches = await compare(password, stored)
        monkeypatch.undo()
        assert (await ann.put("auth/password", change)).status_code == 200
        return matches

    monkeypatch.setattr(gateway.passwords, "matches", change_meanwhile)
    assert (await client.post("auth/login", json=CREDENTIALS)).status_code == 401
    assert len((await ann.get("auth/sessions", headers=await _fresh(client))).json()["sessions"]) == 2


async def _fresh(client: httpx2.AsyncClient) -> dict[str, str]:
    login = await client.post("auth/login", json=CREDENTIALS | {"password": "a staple of batteries"})
    return {"Authorization": f"Bearer {login.json()['access_token']}"}


async def test_a_session_that_opens_while_all_end_ends_too(ann: Person, gateway: Gateway) -> None:
    async def end_all() -> None:
        async with gateway.system.begin() as connection:
            await gateway.sessions.end_all(connection, ann.id)

    async with gateway.system.begin() as signing_in:
        await lock_account(signing_in, ann.id)
        await gateway.sessions.open(signing_in, ann.id, Visit("203.0.113.7", "a telephone"))
        ending = asyncio.create_task(end_all())
        await somebody_waits(gateway)
    await ending
    async with gateway.system.connect() as connection:
        assert not (await connection.scalars(select(sessions.c.id))).all()


async def somebody_waits(gateway: Gateway) -> None:
    """For a lock of the database."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with gateway.system.single() as connection:
        while not await connection.scalar(waiting):
            await asyncio.sleep(0.01)


async def test_two_changes_at_once_need_the_password_that_is(ann: Person) -> None:
    old = CREDENTIALS["password"]
    bodies = [{"current_password": old, "new_password": f"a staple of batteries {n}"} for n in range(2)]
    answers = await asyncio.gather(*(ann.put("auth/password", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) in ([200, 401], [200, 422])


async def test_a_known_browser_guesses_at_others_as_a_stranger(
    ann: Person, bob: Person, gateway: Gateway
) -> None:
    """Else an account of one's own would be a way around the limit of an address."""
    app = create_app(replace(gateway, limits=replace(gateway.limits, arrivals=Rate("few", 2))))
    async with from_address(app, "203.0.113.7") as browser:
        browser.cookies = bob.client.cookies
        wrong = {"password": "is it this one?"}
        accounts = [{"email": f"{name}@example.com"} | wrong for name in ("ann", "cleo", "dan")]
        answers = [(await browser.post("auth/login", json=account)).status_code for account in accounts]
        assert answers == [401, 401, 429]
        own = CREDENTIALS | {"email": "bob@example.com"}
        assert (await browser.post("auth/login", json=own)).status_code == 200


async def test_all_browsers_of_an_account_arrive_as_one(ann: Person, gateway: Gateway) -> None:
    app = create_app(replace(gateway, limits=replace(gateway.limits, device_arrivals=Rate("few", 2))))
    answers = []
    for _ in range(3):
        async with from_address(app, "203.0.113.7") as browser:
            await browser.post("auth/login", json=CREDENTIALS)
            answers.append((await browser.post("auth/refresh")).status_code)
    assert answers == [200, 200, 429]
