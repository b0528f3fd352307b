"""Notifications by e-mail: one a scheduled workflow, for those who want them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog
from sqlalchemy import and_, func, select, update

from api.mail import MAIL_AWAY, Mail, Mailer, Send
from api.resets import MAILS
from api.store import DATABASE_AWAY, as_system, configurations, notifications, users, workflows
from polycast.db import Database

log = structlog.get_logger()

POLL_SECONDS = 5.0
_BATCH = 50
#: What waited for longer, because no mail could be sent, is no news any more.
_NEWS = timedelta(days=1)


class Notices:
    """Each notification is claimed, and the claim committed, before its e-mail is sent: so at most once.

    Any number of replicas may run this. Nothing is claimed while the mail server is away.
    """

    def __init__(self, database: Database, mailer: Mailer) -> None:
        self._database = as_system(database)
        self._mailer = mailer

    async def keep_sending(self) -> None:
        while True:
            try:
                while await self.send_some():
                    pass
            except (*MAIL_AWAY, *DATABASE_AWAY) as error:
                log.warning("couldn't send notifications", error=type(error).__name__)
            await asyncio.sleep(POLL_SECONDS)

    async def send_some(self) -> int:
        """Claim some notifications and send those that are wanted; returns how many were claimed.

        Raises:
            SMTPException, OSError: nobody could be told yet; whoever was not is told later.
        """
        async with AsyncExitStack() as server:
            async with self._database.begin() as connection:
                claimed = (await connection.scalars(_CLAIM)).all()
                wanted = await connection.execute(_WANTED.where(notifications.c.id.in_(claimed)))
                mails = [_mail(row.email, row.title, row.body) for row in wanted]
                # Connected before the claim is committed, so that an outage claims nothing.
                send = await server.enter_async_context(self._mailer.connected()) if mails else None
            for mail in mails:
                assert send is not None
                await _send(send, mail)
        return len(claimed)


async def _send(send: Send, mail: Mail) -> None:
    try:
        await send(mail)
    except MAIL_AWAY as error:
        MAILS.labels("notice", "failed").inc()
        log.warning("a notification was not sent", error=type(error).__name__)
    else:
        MAILS.labels("notice", "sent").inc()


def _mail(email: str, title: str, body: str) -> Mail:
    return Mail(
        to=email,
        subject=title,
        paragraphs=(f"{title}.", body),
        link="/",
        call="Open Polycast",
        footer="You get this because e-mail is on in the settings of Polycast. Turn it off there.",
    )


_CLAIM = (
    update(notifications)
    .where(
        notifications.c.id.in_(
            select(notifications.c.id)
            .where(notifications.c.mail_claimed_at.is_(None))
            .order_by(notifications.c.created_at)
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
    )
    .values(mail_claimed_at=func.now())
    .returning(notifications.c.id)
)
_wants_mail = configurations.c.preferences["notifications"]["email"].as_boolean()
_WANTED = (
    select(users.c.email, notifications.c.title, notifications.c.body)
    .join(users, users.c.id == notifications.c.user_id)
    .join(configurations, configurations.c.user_id == users.c.id)
    .join(
        workflows,
        and_(
            workflows.c.id == notifications.c.workflow_id,
            workflows.c.user_id == users.c.id,
            workflows.c.trigger_type == "scheduled",
        ),
    )
    .where(
        _wants_mail,
        users.c.disabled_at.is_(None),
        notifications.c.created_at > func.now() - _NEWS,
    )
)
