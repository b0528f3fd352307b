"""What endpoints are given: the gateway's parts, and who is asking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Annotated
from uuid import UUID

from fastapi import Cookie, Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.export import AT_ONCE
from api.live import Live
from api.outbox import Outbox
from api.passwords import Passwords
from api.problems import NotFound, NotYours, Problem, TooManyRequests, Unauthenticated
from api.rates import MINUTE, Rate, Rates
from api.registry import Registry
from api.replica import Reads
from api.resets import Resets
from api.security import Claims, DeviceClaims, InvalidToken, Tokens
from api.sessions import UNUSUAL, Sessions, Visit
from api.store import as_system, users
from polycast.db import Database, act_for


@dataclass(frozen=True)
class Limits:
    requests: Rate = Rate("requests", 100)
    """Of one person."""
    checks: Rate = Rate("checks", 300)
    """Of one person: texts are checked as they are typed."""
    arrivals: Rate = Rate("arrivals", 300)
    """From one address: registering, signing in, refreshing, asking for a new password."""
    device_arrivals: Rate = Rate("device arrivals", 60)
    """The same, from the browsers in which somebody signed in to one account before."""
    guesses: Rate = Rate("guesses", 10, 15 * MINUTE)
    """At one account's password from one place. Who asks from elsewhere isn't hindered by a guesser."""
    resets: Rate = Rate("resets", 3, 60 * MINUTE)
    """Messages to one account about a forgotten password."""
    reset_requests: Rate = Rate("reset requests", 10, 15 * MINUTE)
    """From one place, for whatever account."""


@dataclass(frozen=True)
class Gateway:
    database: Database
    """Shows a request only the rows of the person it acts for."""
    outbox: Outbox
    registry: Registry
    live: Live
    tokens: Tokens
    passwords: Passwords
    sessions: Sessions
    rates: Rates
    limits: Limits = Limits()
    registration_open: bool = True
    replica: Database | None = None
    """Where what only reads may go."""
    resets: Resets | None = None
    """None: no mail can be sent."""

    @cached_property
    def reads(self) -> Reads:
        return Reads(self.database, self.replica)

    @cached_property
    def exports(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(AT_ONCE)

    @cached_property
    def system(self) -> Database:
        """Shows everybody's rows."""
        return as_system(self.database)


def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


GatewayDep = Annotated[Gateway, Depends(_gateway)]

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="The `access_token` of auth/login.")


async def identified(
    request: Request,
    gateway: GatewayDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Claims:
    """
    Raises:
        Unauthenticated: no token, or none that is good.
    """
    if credentials is None:
        raise Unauthenticated("This needs an access token: Authorization: Bearer …")
    try:
        claims = gateway.tokens.read(credentials.credentials)
    except InvalidToken as error:
        raise Unauthenticated(str(error), token_shown=True) from error
    act_for(claims.user_id)
    await gateway.sessions.require_valid(claims)
    request.state.user_id = claims.user_id
    return claims


Identified = Annotated[Claims, Depends(identified)]


async def _asking(request: Request, gateway: GatewayDep, claims: Identified) -> Claims:
    await _count(request, gateway, gateway.limits.requests, claims.user_id)
    return claims


async def _checking(request: Request, gateway: GatewayDep, claims: Identified) -> Claims:
    await _count(request, gateway, gateway.limits.checks, claims.user_id)
    return claims


#: Set by signing in; tells an account's own browsers from strangers behind the same address.
DEVICE_COOKIE = "polycast_device"
DeviceToken = Annotated[str | None, Cookie(alias=DEVICE_COOKIE, max_length=2000)]


def _device(gateway: GatewayDep, token: DeviceToken = None) -> DeviceClaims | None:
    try:
        return gateway.tokens.read_device(token) if token else None
    except InvalidToken:
        return None


#: The browser that asks, if somebody signed in from it before.
Device = Annotated[DeviceClaims | None, Depends(_device)]


async def arrive(request: Request, gateway: GatewayDep, device: Device) -> None:
    """
    Raises:
        TooManyRequests: too many came from there.
    """
    rate = gateway.limits.arrivals if device is None else gateway.limits.device_arrivals
    try:
        await _count(request, gateway, rate, arrival_of(request, device))
    except TooManyRequests:
        UNUSUAL.labels("flooding").inc()
        raise


async def _count(request: Request, gateway: Gateway, rate: Rate, key: object) -> None:
    taken = await gateway.rates.take(rate, key)
    request.state.rate_headers = taken.headers


def address_of(request: Request) -> str:
    """The caller's, as the server told it: behind a proxy, as a trusted one says."""
    return request.client.host if request.client else "unknown"


def place_of(request: Request, device: DeviceClaims | None) -> str:
    """What limits of the way in are counted by: a browser that is known, else the address.

    Whoever has signed in before has a count of their own, which no stranger behind the same address can use
    up. Of an IPv6 address the network counts: a single caller has 2^64 of them.
    """
    if device is not None:
        return f"device {device.id}"
    address = address_of(request)
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address


def arrival_of(request: Request, device: DeviceClaims | None) -> str:
    """As `place_of`, with all browsers of an account as one: signing in makes as many as somebody likes."""
    return f"account {device.account}" if device is not None else place_of(request, None)


def visit_of(request: Request) -> Visit:
    return Visit(address_of(request), request.headers.get("user-agent", "")[:300])


CurrentUser = Annotated[Claims, Depends(_asking)]
#: As `CurrentUser`, with a rate of its own.
CheckingUser = Annotated[Claims, Depends(_checking)]
#: For endpoints that need no token.
Arrival = Depends(arrive)


async def _reading(gateway: GatewayDep, claims: Identified) -> AsyncIterator[AsyncConnection]:
    async with gateway.reads.connect(claims.user_id) as connection:
        yield connection


#: A connection for one request that only reads. Given back before the answer is sent: readers may be slow.
Reading = Annotated[AsyncConnection, Depends(_reading, scope="function")]

#: Sent with a command, it makes a repeat of the command answer what the first one did.
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=255)]


async def lock_account(connection: AsyncConnection, user_id: UUID, *, to_delete: bool = False) -> None:
    """Let one command of this person run at a time, until the transaction ends.

    `to_delete` waits for whoever writes a row that refers to the account, too: before holding any other row,
    or one would wait for the other for ever.

    Raises:
        Unauthenticated: the account is gone.
    """
    account = select(users.c.id).where(users.c.id == user_id).with_for_update(key_share=not to_delete)
    if await connection.scalar(account) is None:
        raise Unauthenticated("the account is gone", token_shown=True)


async def missing(
    connection: AsyncConnection, table: Table, row_id: UUID, user_id: UUID, noun: str
) -> Problem:
    """Why a person's own rows hold none with this id: there is none, or it is somebody else's."""
    owner = await connection.scalar(select(func.api.owner_of(table.name, row_id)))
    return NotFound(noun, row_id) if owner in (None, user_id) else NotYours(noun)
