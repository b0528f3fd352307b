"""Who stays signed in: refresh tokens, and access tokens that end before they expire."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import structlog
from prometheus_client import Counter
from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from api.problems import Unauthenticated
from api.security import Claims, InvalidToken, RefreshClaims, Tokens
from api.store import as_system, revoked_tokens, sessions, users
from polycast.db import Database

log = structlog.get_logger()

UNUSUAL = Counter(
    "polycast_auth_unusual_total",
    "Sign-in activity to look at: kind refresh_token_reused (an old refresh token was shown again, perhaps a"
    " stolen one), guessing (too many wrong passwords for one account from one place), flooding (too many"
    " requests at the way in from one place). Alert on any of the first, and on many of the others.",
    ["kind"],
)
for kind in ("refresh_token_reused", "guessing", "flooding"):
    UNUSUAL.labels(kind)  # there from the start, so that the first one counts as an increase

#: For so long another replica may still accept a token that has just been ended.
CACHE_SECONDS = 5.0
_CACHE_SIZE = 10_000
#: Two pages that refresh at once show the same token; no thief is that quick.
OVERLAP = timedelta(seconds=10)


@dataclass(frozen=True)
class Account:
    id: UUID
    email: str
    role: str


@dataclass(frozen=True)
class Visit:
    """From where a request comes."""

    ip_address: str
    user_agent: str


@dataclass(frozen=True)
class Opened:
    """A session, and the newest token of its family."""

    id: UUID
    refresh_token: str


class Sessions:
    """A session is one sign-in: a family of refresh tokens, which hold its id and a counter.

    A refresh counts up, so an older token shown again was copied: whoever shows it, the session ends, and
    with it every access token that it gave.
    """

    def __init__(self, database: Database, tokens: Tokens, ttl: timedelta) -> None:
        self._database = database
        self._system = as_system(database)
        self._tokens = tokens
        self.ttl = ttl
        """How long one lasts that isn't used."""
        self._checked: dict[UUID, tuple[float, str | None]] = {}

    async def require_valid(self, claims: Claims) -> None:
        """
        Raises:
            Unauthenticated: the token was signed out, or its account has ended it.
        """
        checked_at, reason = self._checked.get(claims.jti, (float("-inf"), None))
        if time.monotonic() - checked_at > CACHE_SECONDS:
            reason = await self._why_invalid(claims)
            if len(self._checked) >= _CACHE_SIZE:
                self._checked.clear()
            self._checked[claims.jti] = (time.monotonic(), reason)
        if reason is not None:
            raise Unauthenticated(reason, token_shown=True)

    def forget(self, claims: Claims) -> None:
        """Look at this token's account again when it is next shown."""
        self._checked.pop(claims.jti, None)

    async def _why_invalid(self, claims: Claims) -> str | None:
        is_revoked = exists().where(revoked_tokens.c.jti == claims.jti).label("is_revoked")
        is_open = exists().where(sessions.c.id == claims.session).label("is_open")
        query = select(users.c.tokens_valid_after, users.c.disabled_at, is_revoked, is_open).where(
            users.c.id == claims.user_id
        )
        async with self._database.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return "the account is gone"
        if row.disabled_at is not None:
            return "the account is disabled"
        if row.is_revoked or not row.is_open or claims.issued_at < row.tokens_valid_after.timestamp():
            return "the access token was signed out"
        return None

    async def open(self, connection: AsyncConnection, user_id: UUID, visit: Visit) -> Opened:
        """A new one, with its first refresh token."""
        now, family = datetime.now(UTC), uuid4()
        expires_at = now + self.ttl
        await connection.execute(
            insert(sessions).values(
                id=family,
                user_id=user_id,
                counter=1,
                created_at=now,
                rotated_at=now,
                expires_at=expires_at,
                **asdict(visit),
            )
        )
        return Opened(family, self._tokens.issue_refresh(RefreshClaims(family, 1), expires_at))

    async def rotate(self, token: str, visit: Visit) -> tuple[Account, Opened]:
        """The account of a refresh token, and the session with the token that takes its place.

        Raises:
            Unauthenticated: it isn't one, or not any more.
        """
        try:
            shown = self._tokens.read_refresh(token)
        except InvalidToken as error:
            raise Unauthenticated(str(error)) from error
        async with self._system.begin() as connection:
            rotated = await self._rotate(connection, shown, visit)
        if rotated is None:
            raise Unauthenticated("the session is over")
        return rotated

    async def _rotate(
        self, connection: AsyncConnection, shown: RefreshClaims, visit: Visit
    ) -> tuple[Account, Opened] | None:
        query = (
            select(sessions, users.c.email, users.c.role, users.c.disabled_at)
            .join(users, users.c.id == sessions.c.user_id)
            .where(sessions.c.id == shown.family)
            .with_for_update(of=sessions)
        )
        row = (await connection.execute(query)).one_or_none()
        now = datetime.now(UTC)
        if row is None or row.disabled_at is not None or row.expires_at < now:
            return None
        newest = RefreshClaims(shown.family, row.counter)
        if shown == newest:
            newest = RefreshClaims(shown.family, row.counter + 1)
            await connection.execute(
                update(sessions)
                .where(sessions.c.id == shown.family)
                .values(counter=newest.counter, rotated_at=now, expires_at=now + self.ttl, **asdict(visit))
            )
        elif shown.counter != row.counter - 1 or now - row.rotated_at > OVERLAP:
            UNUSUAL.labels("refresh_token_reused").inc()
            log.warning("an old refresh token was shown again", session=str(shown.family))
            await self.end(connection, shown.family, row.user_id)
            return None
        account = Account(row.user_id, row.email, row.role)
        return account, Opened(shown.family, self._tokens.issue_refresh(newest, now + self.ttl))

    async def end(self, connection: AsyncConnection, session: UUID, user_id: UUID) -> bool:
        """End one session of this person with every token that it gave. False: there is none."""
        ended = delete(sessions).where(sessions.c.id == session, sessions.c.user_id == user_id)
        self._checked.clear()
        return (await connection.execute(ended)).rowcount > 0

    async def sign_out(self, connection: AsyncConnection, claims: Claims, refresh_token: str | None) -> None:
        """End one access token, its session, and the one that the refresh token is of."""
        await connection.execute(
            postgresql.insert(revoked_tokens)
            .values(
                jti=claims.jti,
                user_id=claims.user_id,
                expires_at=datetime.fromtimestamp(claims.expires_at, UTC),
            )
            .on_conflict_do_nothing()
        )
        await self.end(connection, claims.session, claims.user_id)
        try:
            await self.end(connection, self._tokens.read_refresh(refresh_token or "").family, claims.user_id)
        except InvalidToken:
            return

    async def end_all(self, connection: AsyncConnection, user_id: UUID) -> None:
        """End every token that a person has."""
        now = datetime.now(UTC)
        # The account first: whoever is just signing in holds it, and their session is to be seen below.
        await connection.execute(update(users).where(users.c.id == user_id).values(tokens_valid_after=now))
        await connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
        self._checked.clear()


async def forget_old_sessions(database: Database) -> None:
    now = datetime.now(UTC)
    async with database.begin() as connection:
        for table in (sessions, revoked_tokens):
            await connection.execute(delete(table).where(table.c.expires_at < now))
