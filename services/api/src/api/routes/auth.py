from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID, uuid4

from email_validator import EmailNotValidError, validate_email
from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, StringConstraints, WithJsonSchema
from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql

from api.dependencies import CurrentUser, GatewayDep, Reading
from api.problems import EmailTaken, Invalid, Unauthenticated, WrongCredentials, responses
from api.read_model.configuration import Configuration
from api.security import MAX_PASSWORD_BYTES
from api.store import configurations, users
from polycast.contracts import Schedule, TimeZone

router = APIRouter(prefix="/auth", tags=["auth"])


def _address(value: str) -> str:
    """Normalised, lower case. A self-hosted installation may well have addresses that the internet lacks."""
    try:
        found = validate_email(value, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error
    return found.normalized.lower()


def _hashable(password: str) -> str:
    if len(password.encode()) > MAX_PASSWORD_BYTES:
        raise ValueError(f"must not exceed {MAX_PASSWORD_BYTES} bytes")
    if "\x00" in password:
        raise ValueError("must not hold a NUL character")
    return password


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),
    AfterValidator(_address),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254}),
]
#: At least 8 characters and no rules of composition: NIST SP 800-63B, section 3.1.1.2.
NewPassword = Annotated[str, StringConstraints(min_length=8), AfterValidator(_hashable)]
Password = Annotated[str, StringConstraints(min_length=1), AfterValidator(_hashable)]


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


@router.post("/register", status_code=201, responses=responses(EmailTaken, Invalid))
async def register(body: Registration, request: Request, gateway: GatewayDep) -> Registered:
    """Open an account, with a schedule of every day at 06:00 in its time zone."""
    configuration = Configuration(schedule=Schedule(timezone=body.timezone))
    user_id, password_hash = uuid4(), await gateway.passwords.hash(body.password)
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


@router.post("/login", responses=responses(WrongCredentials, Invalid))
async def login(body: Credentials, request: Request, gateway: GatewayDep) -> AccessToken:
    async with gateway.database.connect() as connection:
        query = select(users.c.id, users.c.password_hash, users.c.role).where(users.c.email == body.email)
        account = (await connection.execute(query)).one_or_none()
    if account is not None:
        request.state.user_id = account.id
    matches = await gateway.passwords.matches(body.password, account.password_hash if account else None)
    if account is None or not matches:
        raise WrongCredentials
    return AccessToken(
        access_token=gateway.tokens.issue(account.id, body.email, account.role),
        expires_in=gateway.tokens.ttl_seconds,
    )


@router.get("/me", responses=responses(Unauthenticated))
async def me(user: CurrentUser, connection: Reading) -> Account:
    query = select(users.c.id, users.c.email, users.c.role).where(users.c.id == user.user_id)
    account = (await connection.execute(query)).mappings().one_or_none()
    if account is None:
        raise Unauthenticated("the account is gone", token_shown=True)
    return Account.model_validate(dict(account))
