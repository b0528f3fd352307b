from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID, uuid4

from email_validator import EmailNotValidError, validate_email
from fastapi import APIRouter, Cookie, Request, Response
from prometheus_client import Counter
from pydantic import AfterValidator, BaseModel, StringConstraints, WithJsonSchema
from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from api.dependencies import (
    DEVICE_COOKIE,
    Arrival,
    CurrentUser,
    Device,
    Gateway,
    GatewayDep,
    Reading,
    arrival_of,
    arrive,
    lock_account,
    missing,
    place_of,
    visit_of,
)
from api.passwords import hashable, uncommon
from api.problems import (
    EmailTaken,
    Invalid,
    NotFound,
    NotYours,
    RegistrationClosed,
    TooManyRequests,
    Unauthenticated,
    WrongCredentials,
    responses,
)
from api.read_model.configuration import Configuration
from api.resets import forget_links, password_changed
from api.security import DEVICE_KNOWN
from api.sessions import UNUSUAL, Opened
from api.sessions import Account as SignedIn
from api.store import configurations, sessions, users
from polycast.contracts import Schedule, TimeZone
from polycast.db import act_for

router = APIRouter(prefix="/auth", tags=["auth"])

SIGN_INS = Counter("polycast_sign_ins_total", "Attempts to sign in with a password", ["outcome"])


def _address(value: str) -> str:
    """Normalised, lower case. A self-hosted installation may well have addresses that the internet lacks."""
    try:
        found = validate_email(value, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error
    return found.normalized.lower()


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),
    AfterValidator(_address),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254}),
]
#: At least 8 characters and no rules of composition: NIST SP 800-63B, section 3.1.1.2.
NewPassword = Annotated[
    str, StringConstraints(min_length=8), AfterValidator(hashable), AfterValidator(uncommon)
]
Password = Annotated[str, StringConstraints(min_length=1), AfterValidator(hashable)]

REFRESH_COOKIE = "polycast_refresh"
#: Beside it, and as long as it: tells the page that there is one. No secret, and no proof of anything.
HINT_COOKIE = "polycast_signed_in"
_COOKIE_PATH = "/api/v1/auth"
RefreshToken = Annotated[str | None, Cookie(alias=REFRESH_COOKIE, max_length=2000)]


class Registration(BaseModel):
    email: Email
    password: NewPassword
    timezone: TimeZone = "UTC"
    """IANA name such as Europe/Paris; workflows start at 06:00 there."""


class Registered(BaseModel):
    id: UUID
    email: str


class Credentials(BaseModel):
    email: Email
    password: Password


class AccessToken(BaseModel):
    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - RFC 6750's name for the scheme
    expires_in: int
    """Seconds."""


class Account(BaseModel):
    id: UUID
    email: str
    role: str


class PasswordChange(BaseModel):
    current_password: Password
    new_password: NewPassword


class Forgotten(BaseModel):
    email: Email


class Asked(BaseModel):
    mail: bool
    """Whether this installation sends e-mail; if not, whoever runs it sets new passwords."""
    detail: str


class Reset(BaseModel):
    token: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """From the link in the message."""
    password: NewPassword


class Session(BaseModel):
    id: UUID
    created_at: datetime
    last_used_at: datetime
    """When its last access token was given."""
    user_agent: str
    ip_address: str
    current: bool
    """Whether it is the caller's."""


class SessionList(BaseModel):
    sessions: list[Session]


@router.post(
    "/register",
    status_code=201,
    dependencies=[Arrival],
    responses=responses(EmailTaken, RegistrationClosed, Invalid),
)
async def register(body: Registration, request: Request, gateway: GatewayDep) -> Registered:
    """Open an account, with a schedule of every day at 06:00 in its time zone."""
    if not gateway.registration_open:
        raise RegistrationClosed
    configuration = Configuration(schedule=Schedule(timezone=body.timezone))
    user_id, password_hash = uuid4(), await gateway.passwords.hash(body.password)
    act_for(user_id)
    async with gateway.outbox.transaction() as transaction:
        account = (
            postgresql.insert(users)
            .values(id=user_id, email=body.email, password_hash=password_hash)
            .on_conflict_do_nothing(index_elements=[users.c.email])
            .returning(users.c.id)
        )
        if await transaction.connection.scalar(account) is None:
            raise EmailTaken
        await transaction.connection.execute(
            insert(configurations).values(user_id=user_id, **configuration.columns())
        )
        await transaction.emit(configuration.event(user_id))
    request.state.user_id = user_id
    return Registered(id=user_id, email=body.email)


@router.post("/login", dependencies=[Arrival], responses=responses(WrongCredentials, Invalid))
async def login(
    body: Credentials, request: Request, response: Response, gateway: GatewayDep, device: Device
) -> AccessToken:
    """An access token, and in a cookie a refresh token for `auth/refresh`."""
    async with gateway.system.connect() as connection:
        query = select(users).where(users.c.email == body.email)
        row = (await connection.execute(query)).one_or_none()
    if row is not None:
        request.state.user_id = row.id
    is_own_device = (
        row is not None
        and device is not None
        and device.account == row.id
        and device.issued_at >= row.tokens_valid_after.timestamp()
    )
    if device is not None and not is_own_device:  # it spoke for its own account, not for this one
        await arrive(request, gateway, None)
    guess = (body.email, place_of(request, device if is_own_device else None))
    try:
        await gateway.rates.take(gateway.limits.guesses, *guess)
    except TooManyRequests:
        UNUSUAL.labels("guessing").inc()
        raise
    matches = await gateway.passwords.matches(body.password, row.password_hash if row else None)
    if row is None or not matches or row.disabled_at is not None:
        SIGN_INS.labels("refused").inc()
        raise WrongCredentials
    act_for(row.id)
    async with gateway.database.begin() as connection:
        if not await _hold_account(connection, row.id, row.password_hash):
            SIGN_INS.labels("refused").inc()
            raise WrongCredentials
        opened = await gateway.sessions.open(connection, row.id, visit_of(request))
    SIGN_INS.labels("ok").inc()
    await gateway.rates.forgive(gateway.limits.guesses, *guess)
    _set_session(request, response, gateway, opened)
    if not is_own_device:
        _remember_device(request, response, gateway, row.id)
    return _access(gateway, SignedIn(row.id, body.email, row.role), opened)


@router.post("/refresh", dependencies=[Arrival], responses=responses(Unauthenticated, Invalid))
async def refresh(
    request: Request, response: Response, gateway: GatewayDep, refresh_token: RefreshToken = None
) -> AccessToken:
    """A new access token for the refresh token in the cookie, which is replaced.

    One that was replaced already ends the session: somebody may have copied it.
    """
    if refresh_token is None:
        raise Unauthenticated("There is no refresh token. Sign in.")
    account, session = await gateway.sessions.rotate(refresh_token, visit_of(request))
    _set_session(request, response, gateway, session)
    return _access(gateway, account, session)


@router.post("/logout", status_code=204, responses=responses(Unauthenticated, Invalid))
async def logout(
    user: CurrentUser, response: Response, gateway: GatewayDep, refresh_token: RefreshToken = None
) -> None:
    """End this access token, and the session that the cookie belongs to."""
    async with gateway.database.begin() as connection:
        await lock_account(connection, user.user_id)
        await gateway.sessions.sign_out(connection, user, refresh_token)
    forget_cookies(response, REFRESH_COOKIE, HINT_COOKIE)


@router.put("/password", responses=responses(Unauthenticated, Invalid))
async def change_password(
    body: PasswordChange, user: CurrentUser, request: Request, response: Response, gateway: GatewayDep
) -> AccessToken:
    """Every token that was issued before ends; here are new ones."""
    current_hash = await require_password(gateway, user.user_id, body.current_password, "current_password")
    password_hash = await gateway.passwords.hash(body.new_password)
    async with gateway.database.begin() as connection:
        if not await _hold_account(connection, user.user_id, current_hash):
            raise Invalid(("current_password", "was changed meanwhile"))
        await forget_links(connection, user.user_id)
        await gateway.sessions.end_all(connection, user.user_id)
        await connection.execute(
            update(users).where(users.c.id == user.user_id).values(password_hash=password_hash)
        )
        opened = await gateway.sessions.open(connection, user.user_id, visit_of(request))
    if gateway.resets is not None:
        gateway.resets.tell(password_changed(user.email))
    _set_session(request, response, gateway, opened)
    _remember_device(request, response, gateway, user.user_id)
    return _access(gateway, SignedIn(user.user_id, user.email, user.role), opened)


@router.post("/forgot", status_code=202, dependencies=[Arrival], responses=responses(Invalid))
async def forgot_password(body: Forgotten, request: Request, gateway: GatewayDep, device: Device) -> Asked:
    """A link to set a new password, by e-mail. Whether the address has an account isn't told."""
    await gateway.rates.take(gateway.limits.reset_requests, arrival_of(request, device))
    if gateway.resets is None:
        return Asked(mail=False, detail="This installation sends no e-mail. Ask whoever runs it.")
    gateway.resets.ask(body.email, visit_of(request))
    return Asked(mail=True, detail="If an account has this address, a message with a link is on its way.")


@router.post("/reset", status_code=204, dependencies=[Arrival], responses=responses(Invalid))
async def reset_password(body: Reset, request: Request, gateway: GatewayDep) -> None:
    """Set a new password by the link of `auth/forgot`. Every token that was issued before ends."""
    stale = Invalid(("token", "is used up or older than 30 minutes; ask for another link"))
    if gateway.resets is None or await gateway.resets.owner(body.token) is None:
        raise stale
    password_hash = await gateway.passwords.hash(body.password)
    async with gateway.system.begin() as connection:
        user_id = await gateway.resets.redeem(connection, body.token)
        if user_id is None:
            raise stale
        await gateway.sessions.end_all(connection, user_id)
        changed = update(users).where(users.c.id == user_id).values(password_hash=password_hash)
        email = await connection.scalar(changed.returning(users.c.email))
    request.state.user_id = user_id
    await gateway.rates.forgive(gateway.limits.guesses, email, place_of(request, None))
    gateway.resets.tell(password_changed(email))


@router.get("/sessions", responses=responses(Unauthenticated))
async def list_sessions(user: CurrentUser, connection: Reading) -> SessionList:
    """Where the caller is signed in, the last used first."""
    query = (
        select(sessions, sessions.c.rotated_at.label("last_used_at"))
        .where(sessions.c.user_id == user.user_id, sessions.c.expires_at > func.now())
        .order_by(sessions.c.rotated_at.desc())
    )
    rows = (await connection.execute(query)).mappings()
    found = [Session.model_validate(dict(row) | {"current": row["id"] == user.session}) for row in rows]
    return SessionList(sessions=found)


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    responses=responses(Unauthenticated, NotYours, NotFound, Invalid),
)
async def end_session(session_id: UUID, user: CurrentUser, gateway: GatewayDep) -> None:
    """Sign out one device, be it the caller's own: its tokens end."""
    async with gateway.database.begin() as connection:
        if not await gateway.sessions.end(connection, session_id, user.user_id):
            raise await missing(connection, sessions, session_id, user.user_id, "session")


@router.get("/me", responses=responses(Unauthenticated))
async def me(user: CurrentUser, connection: Reading) -> Account:
    """Who is asking."""
    query = select(users.c.id, users.c.email, users.c.role).where(users.c.id == user.user_id)
    account = (await connection.execute(query)).mappings().one_or_none()
    if account is None:
        raise Unauthenticated("the account is gone", token_shown=True)
    return Account.model_validate(dict(account))


async def require_password(gateway: Gateway, user_id: UUID, password: str, field: str) -> str:
    """The hash that the password was compared with.

    Raises:
        Invalid: it isn't the person's.
        TooManyRequests: that was guessed too often.
    """
    await gateway.rates.take(gateway.limits.guesses, user_id)
    async with gateway.database.connect() as connection:
        stored = await connection.scalar(select(users.c.password_hash).where(users.c.id == user_id))
    if stored is None or not await gateway.passwords.matches(password, stored):
        raise Invalid((field, "is wrong"))
    await gateway.rates.forgive(gateway.limits.guesses, user_id)
    return str(stored)


async def _hold_account(connection: AsyncConnection, user_id: UUID, password_hash: str) -> bool:
    """Whether the account is open, with the password that was compared: that took a while.

    Until the transaction ends, neither changes.
    """
    unchanged = select(users.c.id).where(
        users.c.id == user_id, users.c.password_hash == password_hash, users.c.disabled_at.is_(None)
    )
    return await connection.scalar(unchanged.with_for_update(key_share=True)) is not None


def _access(gateway: Gateway, account: SignedIn, session: Opened) -> AccessToken:
    return AccessToken(
        access_token=gateway.tokens.issue(account.id, account.email, account.role, session.id),
        expires_in=gateway.tokens.ttl_seconds,
    )


def _set_session(request: Request, response: Response, gateway: Gateway, session: Opened) -> None:
    _set_cookie(request, response, REFRESH_COOKIE, session.refresh_token, gateway.sessions.ttl)
    _set_cookie(request, response, HINT_COOKIE, "1", gateway.sessions.ttl)


def _remember_device(request: Request, response: Response, gateway: Gateway, account: UUID) -> None:
    _set_cookie(request, response, DEVICE_COOKIE, gateway.tokens.issue_device(account), DEVICE_KNOWN)


def _set_cookie(request: Request, response: Response, name: str, token: str, lasting: timedelta) -> None:
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        name,
        token,
        max_age=int(lasting.total_seconds()),
        secure=request.url.scheme == "https",
        path=_path_of(name),
        httponly=name != HINT_COOKIE,
        samesite="strict",
    )


def forget_cookies(response: Response, *names: str) -> None:
    for name in names:
        response.delete_cookie(name, path=_path_of(name), httponly=name != HINT_COOKIE, samesite="strict")


def _path_of(name: str) -> str:
    return "/" if name == HINT_COOKIE else _COOKIE_PATH
