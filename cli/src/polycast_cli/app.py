"""`./polycast`: every command, and how errors reach the operator."""

from __future__ import annotations

import sys

import typer

from polycast_cli.commands import bus, dead_letters, develop, operate, people, stack
from polycast_cli.failure import Failure

app = typer.Typer(
    name="polycast",
    help="One idea, every channel: the local stack and the operator's commands.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
stack.add_to(app)
operate.add_to(app)
develop.add_to(app)
app.add_typer(bus.events, name="events")
app.add_typer(bus.streams, name="streams")
app.add_typer(dead_letters.dlq, name="dlq")
app.add_typer(operate.db, name="db")
app.add_typer(operate.projection, name="projection")
app.add_typer(operate.platform, name="platform")
app.add_typer(people.user, name="user")
app.add_typer(people.audit, name="audit")


def main() -> None:
    try:
        app(prog_name="polycast")
    except Failure as failure:
        print(f"polycast: {failure}", file=sys.stderr)
        sys.exit(failure.code)
    except KeyboardInterrupt:
        sys.exit(130)
