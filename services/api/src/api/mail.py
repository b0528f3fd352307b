"""E-mail: what a message looks like, and how it leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from html import escape
from urllib.parse import unquote, urlsplit

import aiosmtplib

PATIENCE_SECONDS = 15

#: What may go wrong while a message is sent: the server is away, or says no.
MAIL_AWAY = (aiosmtplib.SMTPException, OSError)

Send = Callable[["Mail"], Awaitable[None]]


@dataclass(frozen=True)
class Mail:
    """One message, with a link to where it can be acted on."""

    to: str
    subject: str
    paragraphs: Sequence[str]
    link: str
    """A path of the web page."""
    call: str
    """What following the link does."""
    footer: str = "Polycast"


class Mailer:
    """Sends through one SMTP server: `smtp://user:password@host:587`; `smtps://…` is TLS from the start."""

    def __init__(self, smtp_url: str, sender: str, public_url: str) -> None:
        parts = urlsplit(smtp_url)
        is_tls = parts.scheme == "smtps"
        self._server = {
            "hostname": parts.hostname,
            "port": parts.port or (465 if is_tls else 587),
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "use_tls": is_tls,
            # A password is never sent in the clear; without one, TLS is used where the server has it.
            "start_tls": True if parts.username and not is_tls else None,
            "timeout": PATIENCE_SECONDS,
        }
        self._sender = sender
        self._public_url = public_url.rstrip("/")

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Send]:
        """Within, messages can be sent over one connection.

        Raises:
            SMTPException, OSError: `MAIL_AWAY`.
        """
        async with aiosmtplib.SMTP(**self._server) as smtp:  # type: ignore[arg-type]

            async def send(mail: Mail) -> None:
                await smtp.send_message(self.compose(mail))

            yield send

    async def send(self, mail: Mail) -> None:
        """
        Raises:
            SMTPException, OSError: `MAIL_AWAY`.
        """
        async with self.connected() as send:
            await send(mail)

    def compose(self, mail: Mail) -> EmailMessage:
        """Plain text, and the same as HTML."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, mail.to, mail.subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=parseaddr(self._sender)[1].rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        url = self._public_url + mail.link
        message.set_content(
            "\n\n".join([*mail.paragraphs, f"{mail.call}:\n{url}", f"-- \n{mail.footer}"]) + "\n"
        )
        message.add_alternative(_html(mail, url), subtype="html")
        return message


def _html(mail: Mail, url: str) -> str:
    """No picture, no tracking, nothing loaded: it is read as it came."""
    paragraphs = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in mail.paragraphs)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(mail.subject)}</title></head>"
        '<body style="font:16px/1.5 sans-serif;max-width:36em">'
        f'{paragraphs}<p><a href="{escape(url)}">{escape(mail.call)}</a></p>'
        f'<p style="color:#666;font-size:14px">{escape(mail.footer)}</p></body></html>'
    )
