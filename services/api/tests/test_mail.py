"""E-mail, through a real SMTP server: forgotten passwords, and notifications for those who want them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest
from pydantic import ValidationError
from sqlalchemy import select, update
from structlog.testing import capture_logs

from api.app import create_app
from api.dependencies import Gateway
from api.mail import MAIL_AWAY, Mailer
from api.notices import Notices
from api.rates import Rate
from api.resets import GOOD_FOR, Resets, forget_old_links
from api.settings import Settings
from api.store import notifications, password_resets
from polycast.contracts import WorkflowCompleted, WorkflowFailed, WorkflowStarted
from polycast.testing.mail import Mailbox, smtp_server, text_of

if TYPE_CHECKING:
    from services.api.tests.conftest import Person, SignUp, Stream

ANN = "ann@example.com"
OLD, NEW = "correct horse battery", "a staple of batteries"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def smtp_url(mailbox: Mailbox) -> Iterator[str]:
    with smtp_server(mailbox) as url:
        yield url


@pytest.fixture
def mailer(smtp_url: str) -> Mailer:
    return Mailer(smtp_url, "Polycast <polycast@example.com>", "https://polycast.example.com/")


@pytest.fixture
async def resets(gateway: Gateway, mailer: Mailer) -> AsyncIterator[Resets]:
    resets = Resets(gateway.database, gateway.rates, gateway.limits.resets, mailer)
    sending = asyncio.create_task(resets.keep_sending())
    yield resets
    sending.cancel()


@pytest.fixture
async def visitor(gateway: Gateway, resets: Resets) -> AsyncIterator[httpx2.AsyncClient]:
    """Nobody, where mail can be sent."""
    app = create_app(replace(gateway, resets=resets))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test/api/v1/") as client:
        yield client


def token_in(message: EmailMessage) -> str:
    found = re.search(r"https://polycast\.example\.com/reset-password#token=(\S+)", text_of(message))
    assert found is not None
    return found[1]


async def asked(visitor: httpx2.AsyncClient, resets: Resets, email: str = ANN) -> httpx2.Response:
    answer = await visitor.post("auth/forgot", json={"email": email})
    await resets.settled()
    return answer


async def test_a_forgotten_password(
    ann: Person, visitor: httpx2.AsyncClient, resets: Resets, mailbox: Mailbox
) -> None:
    answer = await asked(visitor, resets)
    assert (answer.status_code, answer.json()["mail"]) == (202, True)
    [message] = mailbox.messages
    assert (message["To"], message["Auto-Submitted"]) == (ANN, "auto-generated")
    html = message.get_body(("html",))
    assert html is not None and token_in(message) in html.get_content()

    new = {"token": token_in(message), "password": NEW}
    assert (await visitor.post("auth/reset", json=new)).status_code == 204
    assert (await ann.get("auth/me")).status_code == 401  # every access token has ended
    assert (await ann.post("auth/refresh")).status_code == 401  # and every session
    for password, status in ((OLD, 401), (NEW, 200)):
        login = await visitor.post("auth/login", json={"email": ANN, "password": password})
        assert login.status_code == status
    again = await visitor.post("auth/reset", json=new | {"password": "another one of them"})
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "token")
    await resets.settled()
    assert mailbox.subjects[1:] == ["Your Polycast password was changed"]


async def test_an_unknown_address_gets_the_same_answer_and_no_mail(
    ann: Person, visitor: httpx2.AsyncClient, resets: Resets, mailbox: Mailbox
) -> None:
    known, unknown = [
        await visitor.post("auth/forgot", json={"email": email}) for email in (ANN, "nobody@example.com")
    ]
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    await resets.settled()
    assert [message["To"] for message in mailbox.messages] == [ANN]


async def test_a_link_ends_after_half_an_hour(
    ann: Person, visitor: httpx2.AsyncClient, resets: Resets, mailbox: Mailbox, gateway: Gateway
) -> None:
    await asked(visitor, resets)
    async with gateway.system.begin() as connection:
        await connection.execute(
            update(password_resets).values(expires_at=password_resets.c.expires_at - GOOD_FOR)
        )
    new = {"token": token_in(mailbox.messages[0]), "password": NEW}
    assert (await visitor.post("auth/reset", json=new)).status_code == 422
    await forget_old_links(gateway.system)
    async with gateway.system.connect() as connection:
        assert (await connection.execute(select(password_resets))).all() == []


async def test_one_of_two_at_once_uses_the_link(
    ann: Person, visitor: httpx2.AsyncClient, resets: Resets, mailbox: Mailbox
) -> None:
    await asked(visitor, resets)
    token = token_in(mailbox.messages[0])
    answers = await asyncio.gather(
        *(visitor.post("auth/reset", json={"token": token, "password": f"{NEW} {n}"}) for n in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [204, 422, 422]


async def somebody_waits(connection: psycopg.AsyncConnection) -> None:
    waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while not await (await connection.execute(waiting)).fetchall():
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("command", ["reset", "change", "leave"])
async def test_who_waits_for_an_account_holds_nothing_of_it(
    command: str, ann: Person, visitor: httpx2.AsyncClient, resets: Resets, mailbox: Mailbox, admin_url: str
) -> None:
    """So that no two, of a new password, a sign-out and a farewell, can wait for each other for ever."""
    await asked(visitor, resets)
    token = token_in(mailbox.messages[-1])
    commands: dict[str, Callable[[], Awaitable[httpx2.Response]]] = {
        "reset": lambda: visitor.post("auth/reset", json={"token": token, "password": NEW}),
        "change": lambda: ann.put("auth/password", {"current_password": OLD, "new_password": NEW}),
        "leave": lambda: ann.delete("account"),
    }
    # A farewell waits for who signs out, too, whose row refers to the account.
    lock = "KEY SHARE" if command == "leave" else "UPDATE"
    connect = psycopg.AsyncConnection.connect
    async with await connect(admin_url) as holder, await connect(admin_url, autocommit=True) as other:
        await holder.execute(f"SELECT FROM api.users FOR {lock}")
        answer = asyncio.ensure_future(commands[command]())
        await somebody_waits(other)
        for table in ("password_resets", "sessions"):
            assert await (await other.execute(f"SELECT FROM api.{table} FOR UPDATE NOWAIT")).fetchall()
        await holder.rollback()
        assert (await answer).status_code == (200 if command == "change" else 204)


async def test_new_passwords_sign_outs_and_farewells_at_once(
    sign_up: SignUp,
    visitor: httpx2.AsyncClient,
    resets: Resets,
    mailbox: Mailbox,
) -> None:
    for number in range(10):
        person = await sign_up(f"person{number}")
        await asked(visitor, resets, f"person{number}@example.com")
        token = token_in(mailbox.messages[-1])
        answers = await asyncio.gather(
            visitor.post("auth/reset", json={"token": token, "password": NEW}),
            person.post("auth/logout"),
            person.delete("account"),
            person.put("auth/password", {"current_password": OLD, "new_password": NEW}),
        )
        assert {answer.status_code for answer in answers} <= {200, 204, 401, 422}


async def test_a_bad_new_password_leaves_the_link_good(
    ann: Person, visitor: httpx2.AsyncClient, resets: Resets, mailbox: Mailbox
) -> None:
    await asked(visitor, resets)
    token = token_in(mailbox.messages[0])
    for password in ("short", "password1", "é" * 37):
        refused = await visitor.post("auth/reset", json={"token": token, "password": password})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "password")
    assert (await visitor.post("auth/reset", json={"token": token, "password": NEW})).status_code == 204


async def test_a_new_password_ends_every_link(
    ann: Person, visitor: httpx2.AsyncClient, resets: Resets, mailbox: Mailbox
) -> None:
    await asked(visitor, resets)
    await ann.put("auth/password", {"current_password": OLD, "new_password": NEW})
    stale = {"token": token_in(mailbox.messages[0]), "password": "another one of them"}
    assert (await visitor.post("auth/reset", json=stale)).status_code == 422


async def test_nobodys_mailbox_is_flooded(
    ann: Person, visitor: httpx2.AsyncClient, resets: Resets, mailbox: Mailbox, gateway: Gateway
) -> None:
    """Whoever asks again and again is told nothing, and the links that were sent stay good."""
    few = replace(gateway.limits, reset_requests=Rate("few", 5))
    app = create_app(replace(gateway, resets=resets, limits=few))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test/api/v1/") as client:
        answers = [(await asked(client, resets)).status_code for _ in range(6)]
    assert answers == [202] * 5 + [429]
    assert len(mailbox.messages) == gateway.limits.resets.limit
    new = {"token": token_in(mailbox.messages[0]), "password": NEW}
    assert (await visitor.post("auth/reset", json=new)).status_code == 204


async def test_links_are_kept_as_hashes_and_nowhere_logged(
    ann: Person, visitor: httpx2.AsyncClient, resets: Resets, mailbox: Mailbox, gateway: Gateway
) -> None:
    with capture_logs() as logs:
        await asked(visitor, resets)
        token = token_in(mailbox.messages[0])
        mailbox.refuse = True
        await asked(visitor, resets)
    assert "couldn't send a link for a new password" in [line["event"] for line in logs]
    async with gateway.system.connect() as connection:
        stored = str((await connection.execute(select(password_resets))).all())
    for place in (stored, str(logs)):
        assert token not in place and ANN not in place
    actions = [line["action"] for line in (await ann.get("audit")).json()["audit"]]
    assert "forgot_password" in actions


async def test_without_a_mail_server_the_page_is_told(client: httpx2.AsyncClient) -> None:
    answer = await client.post("auth/forgot", json={"email": ANN})
    assert (answer.status_code, answer.json()["mail"]) == (202, False)
    refused = await client.post("auth/reset", json={"token": "x", "password": NEW})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "token")


@pytest.mark.parametrize(
    "wrong",
    [
        {"POLYCAST_SMTP_URL": "http://mail.example.com"},
        {"POLYCAST_SMTP_URL": "smtp://user:swordfish@"},
        {"POLYCAST_MAIL_FROM": ""},
        {"POLYCAST_PUBLIC_URL": ""},
    ],
)
def test_half_a_mail_setting_is_none(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]) -> None:
    good = {
        "DATABASE_URL": "postgresql://x",
        "POLYCAST_JWT_SECRET": "x" * 32,
        "POLYCAST_SMTP_URL": "smtp://user:swordfish@mail.example.com:587",
        "POLYCAST_MAIL_FROM": "Polycast <polycast@example.com>",
        "POLYCAST_PUBLIC_URL": "https://polycast.example.com",
    }
    for name, value in good.items():
        monkeypatch.setenv(name, value)
    Settings()
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=r"smtp_url") as refusal:
        Settings()
    assert "swordfish" not in str(refusal.value)


# -- notifications ---------------------------------------------------------------------------------


@pytest.fixture
def notices(gateway: Gateway, mailer: Mailer) -> Notices:
    return Notices(gateway.database, mailer)


async def over(stream: Stream, owner: Person, *, trigger: str = "scheduled", **fields: Any) -> UUID:
    """A workflow that has just ended."""
    now = datetime.now(UTC)
    started: dict[str, Any] = {"execution_id": uuid4(), "user_id": owner.id, "started_at": now}
    await stream.publish(WorkflowStarted(trigger_type=trigger, **started), now)  # type: ignore[arg-type]
    kind = WorkflowFailed if "error_message" in fields else WorkflowCompleted
    await stream.publish(kind(completed_at=now, **started, **fields), fields.pop("at", now))
    return cast("UUID", started["execution_id"])


async def want_mail(person: Person) -> None:
    answer = await person.put("config/preferences", {"notifications": {"email": True}})
    assert answer.json()["notifications"] == {"in_app": True, "email": True}


async def test_one_mail_a_workflow_for_who_wants_it(
    ann: Person, bob: Person, stream: Stream, notices: Notices, mailbox: Mailbox
) -> None:
    await want_mail(ann)
    await over(stream, ann, ideas_generated=5, content_generated=14, content_failed=1)
    await over(stream, ann, error_message="The <model> is away.")
    await over(stream, ann, trigger="manual", content_generated=3)  # they are looking at it
    await over(stream, bob, content_generated=3)  # has not asked for mail
    while await notices.send_some():
        pass
    assert [message["To"] for message in mailbox.messages] == [ANN, ANN]
    assert sorted(mailbox.subjects) == ["14 new drafts to review", "The workflow failed"]
    texts = "".join(map(text_of, mailbox.messages))
    assert "From 5 ideas. 1 could not be written." in texts
    assert "The <model> is away." in texts
    assert "The &lt;model&gt; is away." in "".join(str(message) for message in mailbox.messages)


async def test_who_does_not_want_them_in_the_app_has_none_there(ann: Person, stream: Stream) -> None:
    await over(stream, ann, content_generated=3)
    for in_app, expected in ((False, 0), (True, 1)):
        await ann.put("config/preferences", {"notifications": {"in_app": in_app}})
        listed = (await ann.get("notifications")).json()
        assert (listed["total"], listed["unread"], len(listed["notifications"])) == (expected,) * 3


async def test_a_later_revision_is_no_news(
    ann: Person, stream: Stream, notices: Notices, mailbox: Mailbox
) -> None:
    await want_mail(ann)
    workflow = await over(stream, ann, content_generated=14)
    await notices.send_some()
    now = datetime.now(UTC)
    body = {"execution_id": workflow, "user_id": ann.id, "started_at": now, "completed_at": now}
    for revision in (1, 2):  # the first delivered again
        await stream.publish(WorkflowCompleted.model_validate(body | {"revision": revision}), now)
    await notices.send_some()
    assert len(mailbox.messages) == 1


async def test_replicas_send_each_once(
    ann: Person, stream: Stream, gateway: Gateway, mailer: Mailer, mailbox: Mailbox
) -> None:
    await want_mail(ann)
    for _ in range(6):
        await over(stream, ann)
    await asyncio.gather(*(Notices(gateway.database, mailer).send_some() for _ in range(3)))
    assert len(mailbox.messages) == 6


async def test_nothing_is_claimed_while_the_mail_server_is_away(
    ann: Person, stream: Stream, gateway: Gateway, notices: Notices, mailbox: Mailbox
) -> None:
    await want_mail(ann)
    await over(stream, ann)
    away = Notices(gateway.database, Mailer("smtp://127.0.0.1:1", "p@example.com", "http://x"))
    with pytest.raises(MAIL_AWAY):
        await away.send_some()
    await notices.send_some()
    assert len(mailbox.messages) == 1


async def test_what_waited_too_long_is_no_news(
    ann: Person, stream: Stream, gateway: Gateway, notices: Notices, mailbox: Mailbox
) -> None:
    await want_mail(ann)
    await over(stream, ann)
    async with gateway.system.begin() as connection:
        await connection.execute(
            update(notifications).values(created_at=datetime.now(UTC) - timedelta(days=2))
        )
    assert await notices.send_some() == 1  # claimed, so that it is looked at no more
    assert mailbox.messages == []
