"""Forgotten passwords: a link by e-mail that lets its reader set a new one."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import ColumnElement, and_, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit import note
from api.mail import MAIL_AWAY, Mail, Mailer
from api.problems import TooManyRequests
from api.rates import Rate, Rates
from api.sessions import Visit
from api.store import DATABASE_AWAY, as_system, password_resets, users
from polycast.db import Database

log = structlog.get_logger()

MAILS = Counter("polycast_mails_total", "E-mails by kind and by what became of them", ["kind", "outcome"])

GOOD_FOR = timedelta(minutes=30)
#: More can't wait to be sent; whoever asks then asks again.
_QUEUE = 1000


@dataclass(frozen=True)
class Request:
    email: str
    visit: Visit


class Resets:
    """Whether an address has an account is found out after the answer, so neither it nor its time tells.

    What waits to be sent is lost with the process: the link's secret is kept nowhere. Who asked asks again.
    """

    def __init__(self, database: Database, rates: Rates, limit: Rate, mailer: Mailer) -> None:
        self._database = as_system(database)
        self._rates = rates
        self._limit = limit
        self._mailer = mailer
        self._waiting: asyncio.Queue[Request | Mail] = asyncio.Queue(_QUEUE)

    def ask(self, email: str, visit: Visit) -> None:
        self._put(Request(email, visit))

    def tell(self, mail: Mail) -> None:
        """Send a message soon, and once at most."""
        self._put(mail)

    def _put(self, waiting: Request | Mail) -> None:
        try:
            self._waiting.put_nowait(waiting)
        except asyncio.QueueFull:
            log.warning("too many ask for a new password; one was dropped")

    async def keep_sending(self) -> None:
        while True:
            waiting = await self._waiting.get()
            try:
                await (self._mailer.send(waiting) if isinstance(waiting, Mail) else self._answer(waiting))
            except (*MAIL_AWAY, *DATABASE_AWAY) as error:
                MAILS.labels("reset", "failed").inc()
                log.warning("couldn't send a link for a new password", error=type(error).__name__)
            finally:
                self._waiting.task_done()

    async def settled(self) -> None:
        """Wait until everything that was asked for is answered."""
        await self._waiting.join()

    async def _answer(self, request: Request) -> None:
        try:
            await self._rates.take(self._limit, request.email)
        except TooManyRequests:  # the earlier links are in the person's mailbox, and still good
            return
        token = secrets.token_urlsafe(32)
        async with self._database.begin() as connection:
            query = select(users.c.id).where(users.c.email == request.email, users.c.disabled_at.is_(None))
            user_id = await connection.scalar(query)
            if user_id is None:
                return
            expires_at = datetime.now(UTC) + GOOD_FOR
            await connection.execute(
                insert(password_resets).values(
                    token_hash=_digest(token), user_id=user_id, expires_at=expires_at
                )
            )
            await note(connection, user_id, "forgot_password", request.visit)
        await self._mailer.send(_link(request.email, token))
        MAILS.labels("reset", "sent").inc()

    async def owner(self, token: str) -> UUID | None:
        """Whose password a link may set, or None if it is used up, too old or made up."""
        async with self._database.connect() as connection:
            return await connection.scalar(select(password_resets.c.user_id).where(_good(token)))

    async def redeem(self, connection: AsyncConnection, token: str) -> UUID | None:
        """As `owner`, for this once: all links of the person end."""
        owner = await connection.scalar(select(password_resets.c.user_id).where(_good(token)))
        # The account before all that belongs to it, as everybody locks: its person may be leaving just now.
        await connection.execute(
            select(users.c.id).where(users.c.id == owner).with_for_update(key_share=True)
        )
        used = delete(password_resets).where(_good(token)).returning(password_resets.c.user_id)
        user_id: UUID | None = await connection.scalar(used)
        if user_id is not None:
            await forget_links(connection, user_id)
        return user_id


async def forget_links(connection: AsyncConnection, user_id: UUID) -> None:
    await connection.execute(delete(password_resets).where(password_resets.c.user_id == user_id))


async def forget_old_links(database: Database) -> None:
    async with database.begin() as connection:
        await connection.execute(
            delete(password_resets).where(password_resets.c.expires_at < datetime.now(UTC))
        )


def _digest(token: str) -> bytes:
    """Nobody who reads the table can use a link. The token is random, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def _good(token: str) -> ColumnElement[bool]:
    return and_(
        password_resets.c.token_hash == _digest(token), password_resets.c.expires_at > datetime.now(UTC)
    )


def _link(email: str, token: str) -> Mail:
    return Mail(
        to=email,
        subject="A new password for Polycast",
        paragraphs=(
            "Somebody, probably you, asked for a new password for your account.",
            "The link below lets you set one. It works once, for 30 minutes.",
            "If it wasn't you, do nothing: your password stays as it is.",
        ),
        # After the #, so that it stands in no server's log.
        link=f"/reset-password#token={token}",
        call="Set a new password",
    )


def password_changed(email: str) -> Mail:
    return Mail(
        to=email,
        subject="Your Polycast password was changed",
        paragraphs=(
            "The password of your account was just changed, and every device was signed out.",
            "If it wasn't you, set a new one at once.",
        ),
        link="/forgot",
        call="Set a new password",
    )
