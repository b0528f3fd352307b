"""Writes `users.conf`: each service's user on the bus and the least subjects that it can work with.

One file for Docker Compose and Kubernetes. What a service consumes is asked of its own code; what it emits
is the table below, which `tests/deploy` holds against its source. Run it after changing either, or after
adding a platform: `.venv/bin/python deploy/nats/permissions.py`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aggregator.handlers import Aggregator
from api.projector.projection import PROJECTED
from ideas.handlers import Ideas
from polycast.bus.erasure import SEARCHED, SEARCHER
from polycast.bus.streams import EVENTS_STREAM, UI_STREAM
from polycast.contracts import (
    ContentDeleted,
    ContentEdited,
    ContentFailed,
    ContentGenerated,
    ContentRequested,
    ContentStateChanged,
    Event,
    IdeaCreated,
    IdeasFailed,
    ScheduleUpdated,
    UserDeleted,
    WorkflowCompleted,
    WorkflowFailed,
    WorkflowStarted,
)
from polycast_cli.stack.embedded import OPERATOR, password_variable
from scheduler.handlers import Scheduler

ROOT = Path(__file__).parents[2]
TARGET = Path(__file__).with_name("users.conf")
API = "$JS.API"
INBOX = "_INBOX.>"
"""Where the answers to a client's own requests arrive."""


def subjects(kinds: Iterable[type[Event]]) -> tuple[str, ...]:
    return tuple(sorted(kind.subject_pattern for kind in kinds))


@dataclass(frozen=True)
class Grant:
    """What one service does on the bus."""

    consumes: Sequence[str] = ()
    emits: Sequence[str] = ()
    reads: Sequence[str] = ()
    """Buckets it reads."""
    writes: Sequence[str] = ()
    """Keys it writes, as `bucket.key`; who writes a bucket also reads it."""
    scans: Sequence[str] = ()
    """Buckets that it goes through whole, with a consumer that lives as long as that takes."""
    asks: Sequence[str] = ()
    """Subjects it sends requests to."""
    answers: Sequence[str] = ()
    """Subjects it answers requests on."""
    tells: Sequence[str] = ()
    """Subjects that aren't events: what open pages are told of."""
    follows: Sequence[str] = ()
    """Streams it follows, with a consumer a connection."""
    erases: Sequence[str] = ()
    """Streams that it searches for those who leave, to delete what names them."""
    purges: Sequence[str] = ()
    """Streams whose subjects tell whose they are, emptied for those who leave."""
    rereads: bool = False
    """Whether it looks up single events of the stream."""


def _writing(platform: str) -> Grant:
    """Every platform service: the engine is one, so the grant is."""
    return Grant(
        consumes=(*subjects((IdeaCreated, UserDeleted)), f"content.requested.{platform}"),
        emits=subjects((ContentGenerated, ContentFailed)),
        reads=("drafts", "erased"),
        writes=(f"platforms.{platform}", "drafts.>", "erased.*", "claims.draft.>", "limits.>"),
        scans=("drafts",),
        answers=(f"platform.check.{platform}",),
    )


def platforms(services: Path = ROOT / "services") -> list[str]:
    """The platforms that have a service folder."""
    return sorted(folder.name.removeprefix("transform-") for folder in services.glob("transform-*"))


def grants(slugs: Iterable[str]) -> dict[str, Grant]:
    """Each process's grant by its name, which is also the name of its durable consumer."""
    return {
        "aggregator": Grant(
            consumes=subjects(Aggregator.kinds),
            # A draft asked for from a platform that is not announced fails at once, not at its deadline.
            emits=subjects((WorkflowCompleted, WorkflowFailed, ContentFailed)),
            reads=("platforms",),
            rereads=True,
        ),
        "api": Grant(
            emits=subjects(
                (
                    WorkflowStarted,
                    IdeaCreated,
                    ContentRequested,
                    ScheduleUpdated,
                    UserDeleted,
                    ContentEdited,
                    ContentStateChanged,
                    ContentDeleted,
                )
            ),
            reads=("platforms",),
            asks=("platform.check.*",),
            tells=("ui.*",),
            follows=(UI_STREAM,),
        ),
        "ideas": Grant(
            consumes=subjects(_handled_by_ideas()),
            emits=subjects((IdeaCreated, IdeasFailed, ContentRequested)),
            reads=("platforms",),
            writes=("claims.ideas.>", "limits.>"),
        ),
        "projector": Grant(
            consumes=subjects(PROJECTED),
            writes=("claims.erasure.>",),
            tells=("ui.*",),
            erases=SEARCHED,
            purges=(UI_STREAM,),
        ),
        "scheduler": Grant(consumes=subjects(Scheduler.kinds), emits=subjects((WorkflowStarted,))),
    } | {f"transform-{slug}": _writing(slug) for slug in slugs}


def _handled_by_ideas() -> list[type[Event]]:
    """The keys of its table of handlers, which needs no instance to be read."""
    handlers = vars(Ideas)["handlers"]
    return list(handlers.fget(Ideas))


@dataclass(frozen=True)
class User:
    name: str
    publish: list[str] = field(default_factory=list)
    subscribe: list[str] = field(default_factory=list)
    answers: bool = False


def user(name: str, grant: Grant) -> User:
    publish = [*grant.emits, *grant.asks, *grant.tells]
    if grant.consumes:
        publish += _consumer(EVENTS_STREAM, name)
        publish += [f"dlq.{name}"]
    if grant.rereads:
        publish += [f"{API}.STREAM.MSG.GET.{EVENTS_STREAM}"]
    written = {key.partition(".")[0] for key in grant.writes}
    for bucket in sorted(written | set(grant.reads)):
        publish += [f"{API}.STREAM.INFO.KV_{bucket}", f"{API}.STREAM.MSG.GET.KV_{bucket}"]
    publish += [f"$KV.{key}" for key in grant.writes]
    for stream in grant.follows:
        publish += [f"{API}.STREAM.INFO.{stream}", f"$JS.FC.{stream}.>"]
        publish += [f"{API}.CONSUMER.CREATE.{stream}", f"{API}.CONSUMER.CREATE.{stream}.>"]
        publish += [f"{API}.CONSUMER.INFO.{stream}.*", f"{API}.CONSUMER.DELETE.{stream}.*"]
    for stream in grant.erases:
        acts = ("CREATE", "INFO", "MSG.NEXT", "DELETE")
        publish += [f"{API}.CONSUMER.{act}.{stream}.{SEARCHER}" for act in acts]
        publish += [f"{API}.STREAM.{'PURGE' if stream.startswith('KV_') else 'MSG.DELETE'}.{stream}"]
    publish += [f"{API}.STREAM.PURGE.{stream}" for stream in grant.purges]
    for bucket in grant.scans:
        publish += [f"{API}.CONSUMER.CREATE.KV_{bucket}.>", f"{API}.CONSUMER.INFO.KV_{bucket}.*"]
        publish += [f"{API}.CONSUMER.MSG.NEXT.KV_{bucket}.*", f"$JS.ACK.KV_{bucket}.>"]
    return User(name, sorted(publish), sorted([INBOX, *grant.answers]), answers=bool(grant.answers))


def _consumer(stream: str, durable: str) -> list[str]:
    """What making, watching, reading and settling one durable consumer takes."""
    return [
        f"{API}.CONSUMER.CREATE.{stream}.{durable}",
        f"{API}.CONSUMER.INFO.{stream}.{durable}",
        f"{API}.CONSUMER.MSG.NEXT.{stream}.{durable}",
        f"$JS.ACK.{stream}.{durable}.>",
    ]


def render(slugs: Iterable[str]) -> str:
    """`users.conf` for these platforms."""
    operator = f"  {{ user: {OPERATOR}, password: ${password_variable(OPERATOR)} }}\n"
    services = [user(name, grant) for name, grant in sorted(grants(slugs).items())]
    return (
        "# Written by permissions.py. The operator applies streams and handles dead letters: it may do all.\n"
        "users: [\n" + operator + "".join(map(_entry, services)) + "]\n"
    )


def _entry(one: User) -> str:
    # An answer goes to an inbox that its asker chose, so it is allowed by the question, not by subject.
    replies = '      allow_responses: { max: 1, expires: "30s" }\n' if one.answers else ""
    return (
        f"  {{ user: {one.name}, password: ${password_variable(one.name)}\n"
        "    permissions: {\n"
        f"      publish: {{ allow: {_list(one.publish)} }}\n"
        f"      subscribe: {{ allow: {_list(one.subscribe)} }}\n"
        f"{replies}"
        "    } }\n"
    )


def _list(items: Sequence[str]) -> str:
    return "[\n" + "".join(f"        {json.dumps(item)}\n" for item in items) + "      ]"


if __name__ == "__main__":
    TARGET.write_text(render(platforms()))
    sys.stderr.write(f"wrote {TARGET.relative_to(ROOT)}\n")
