"""`dlq list | show | retry | drop`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from polycast_cli.commands.options import AsJson, Data
from polycast_cli.failure import Failure

if TYPE_CHECKING:
    from nats.js import JetStreamContext

dlq = typer.Typer(help="Dead letters: events that no consumer could handle.", no_args_is_help=True)

Answer = TypeVar("Answer")
Numbers = Annotated[list[int] | None, typer.Argument(metavar="NUMBER…", help="As `dlq list` shows them.")]
All = Annotated[bool, typer.Option("--all", help="Every dead letter.")]


@dlq.command("list")
def list_letters(data: Data = None, as_json: AsJson = False) -> None:
    """Every dead letter: number, consumer, subject, why."""
    from polycast_cli import dead_letters

    async def act(js: JetStreamContext) -> list[dead_letters.DeadLetter]:
        return [letter async for letter in dead_letters.letters(js)]

    found = _on_the_bus(data, act)
    if as_json:
        print(json.dumps([letter.summary() for letter in found], indent=2, ensure_ascii=False))
        return
    for letter in found:
        why = f"{letter.error_type}: {letter.error}"
        print(f"{letter.sequence:>6}  {letter.consumer:<20}  {letter.subject:<24}  {why}")
    if not found:
        print("no dead letters")


@dlq.command()
def show(number: int, data: Data = None, as_json: AsJson = False) -> None:
    """One dead letter whole: what is known of it, its headers, its body."""
    from polycast_cli import dead_letters

    letter = _on_the_bus(data, lambda js: dead_letters.letter(js, number))
    if as_json:
        print(json.dumps(asdict(letter), indent=2, ensure_ascii=False))
        return
    for name, value in letter.summary().items():
        print(f"{name + ':':<17}{value}")
    print(*(f"header {name}: {value}" for name, value in letter.headers.items()), sep="\n")
    print(f"\n{letter.body}")


@dlq.command()
def retry(numbers: Numbers = None, all_: All = False, data: Data = None, as_json: AsJson = False) -> None:
    """Publish them again, with the ids that were derived for them, and remove the letters."""
    from polycast_cli import dead_letters

    async def act(js: JetStreamContext, number: int) -> dict[str, int]:
        return {"number": number, "seq": await dead_letters.retry(js, await dead_letters.letter(js, number))}

    done = _each(data, numbers, all_, act)
    print(json.dumps(done) if as_json else f"published {len(done)} again")


@dlq.command()
def drop(numbers: Numbers = None, all_: All = False, data: Data = None, as_json: AsJson = False) -> None:
    """Remove them for good."""
    from polycast_cli import dead_letters

    async def act(js: JetStreamContext, number: int) -> dict[str, int]:
        await dead_letters.drop(js, number)
        return {"number": number}

    done = _each(data, numbers, all_, act)
    print(json.dumps(done) if as_json else f"dropped {len(done)}")


def _each(
    data: Data,
    numbers: list[int] | None,
    all_: bool,
    act: Callable[[JetStreamContext, int], Awaitable[dict[str, int]]],
) -> list[dict[str, int]]:
    """Act on each letter in turn; one that can't be acted on doesn't keep the others from it."""
    if bool(numbers) == all_:
        raise Failure("say which: numbers as `dlq list` shows them, or --all", code=2)
    failures: list[str] = []

    async def act_on_each(js: JetStreamContext) -> list[dict[str, int]]:
        from polycast_cli import dead_letters

        done = []
        for number in numbers or [letter.sequence async for letter in dead_letters.letters(js)]:
            try:
                done.append(await act(js, number))
            except Failure as failure:
                failures.append(str(failure))
        return done

    done = _on_the_bus(data, act_on_each)
    if failures:
        raise Failure("; ".join(failures))
    return done


def _on_the_bus(data: Data, act: Callable[[JetStreamContext], Coroutine[None, None, Answer]]) -> Answer:
    from polycast_cli.connection import bus_connection

    async def connected() -> Answer:
        async with bus_connection(data) as client:
            return await act(client.jetstream(timeout=10))

    return asyncio.run(connected())
