"""`events publish | tail | replay`, `streams apply`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from polycast_cli.commands.options import AsJson, Data
from polycast_cli.failure import Failure

if TYPE_CHECKING:
    from nats.aio.msg import Msg

events = typer.Typer(help="The stream of events.", no_args_is_help=True)
streams = typer.Typer(help="The bus's streams and buckets.", no_args_is_help=True)

Subject = Annotated[
    str | None, typer.Option("--subject", metavar="SUBJECT", help="Only these, e.g. idea.created.")
]
FromSequence = Annotated[int | None, typer.Option("--from-seq", min=1, help="From this sequence on.")]


@events.command()
def publish(
    subject: Annotated[str, typer.Argument(help="E.g. workflow.started.")],
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="The JSON body; - reads standard input.")],
    data: Data = None,
) -> None:
    """Publish an event as it is, as a run of its own; prints where it is stored: {"stream", "seq"}."""
    from polycast_cli import event_log
    from polycast_cli.connection import bus_connection

    body = _read(file)

    async def act() -> None:
        async with bus_connection(data) as client:
            stored = await event_log.publish(client.jetstream(), subject, body)
        print(json.dumps({"stream": stored.stream, "seq": stored.seq}))

    asyncio.run(act())
    if breach := event_log.breach(subject, body):
        print(f"polycast: it will be a dead letter: {breach}", file=sys.stderr)


@events.command()
def tail(
    subject: Annotated[str | None, typer.Argument(help="Only this subject; * matches one word.")] = None,
    from_seq: FromSequence = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show events as they come, until Ctrl-C."""
    from polycast.bus.streams import EVENTS_STREAM
    from polycast_cli import event_log
    from polycast_cli.connection import bus_connection

    async def act() -> None:
        async with bus_connection(data) as client:
            start = event_log.Start(sequence=from_seq)
            async for message in event_log.follow(client.jetstream(), EVENTS_STREAM, start, subject):
                print(_as_line(message, as_json=as_json), flush=True)

    asyncio.run(act())


@events.command()
def replay(
    from_seq: FromSequence = None,
    since: Annotated[str | None, typer.Option(metavar="AGE", help="Not older than e.g. 15m, 1h, 2d.")] = None,
    subject: Subject = None,
    user: Annotated[UUID | None, typer.Option(metavar="ID", help="Only of this person.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Publish stored events again: what was done is found done, what is missing is made."""
    from polycast_cli import event_log
    from polycast_cli.connection import bus_connection

    if (from_seq is None) == (since is None):
        raise Failure("say from where: --from-seq N or --since 1h", code=2)
    start = event_log.Start(sequence=from_seq, moment=event_log.ago(since) if since else None)

    async def act() -> event_log.Replayed:
        async with bus_connection(data) as client:
            return await event_log.replay(client.jetstream(timeout=10), start, subject, user)

    replayed = asyncio.run(act())
    if as_json:
        print(json.dumps({"published": replayed.published, "skipped": replayed.skipped}))
    else:
        print(f"published {replayed.published} again, skipped {replayed.skipped} undecodable")


@streams.command()
def apply(
    data: Data = None,
    replicas: Annotated[
        int,
        typer.Option(
            min=1, max=5, envvar="POLYCAST_STREAM_REPLICAS", help="On how many servers each one lies."
        ),
    ] = 1,
) -> None:
    """Create or update every stream and bucket. Safe to repeat."""
    from polycast.bus.streams import apply_streams
    from polycast_cli.connection import nats_url, reachable

    with reachable():
        asyncio.run(apply_streams(nats_url(data), replicas))
    print("streams and buckets are as declared")


@streams.callback()
def _streams() -> None:
    """The bus's streams and buckets."""


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}") from error


def _as_line(message: Msg, *, as_json: bool) -> str:
    sequence, moment = message.metadata.sequence.stream, message.metadata.timestamp
    text = message.data.decode(errors="replace")
    if not as_json:
        return f"{sequence:>8}  {moment:%H:%M:%S}  {message.subject}  {text}"
    body: Any
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    line = {"seq": sequence, "time": moment.isoformat(), "subject": message.subject, "body": body}
    return json.dumps(line, ensure_ascii=False)
