"""`up`, `down`, `status`, `logs`, `run`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from polycast_cli.commands.options import AsJson, Data
from polycast_cli.failure import Failure
from polycast_cli.stack import credentials, handle
from polycast_cli.stack.data_dir import Addresses, DataDir, data_dir, find

if TYPE_CHECKING:  # imported where they are used: `status` and `down` shall answer at once
    from polycast_cli.api_client import Api
    from polycast_cli.display import Display


def add_to(app: typer.Typer) -> None:
    for command in (up, run, status, down, logs):
        app.command()(command)


def up(
    data: Data = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the API and the page answer.")] = 8000,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return when all is ready; the stack goes on.")
    ] = False,
    scale: Annotated[
        list[str] | None,
        typer.Option(metavar="SERVICE=N", help="Replicas, e.g. transform-linkedin=3. Repeatable."),
    ] = None,
    first_run: Annotated[
        bool, typer.Option("--first-run/--no-first-run", help="Run a workflow if there has been none yet.")
    ] = True,
    llm_latency: Annotated[
        float, typer.Option(min=0, help="Seconds before each completion of the offline writer.")
    ] = 0.5,
) -> None:
    """Start Postgres, NATS and every service; run a first workflow; stay until Ctrl-C."""
    from polycast_cli.api_client import Api
    from polycast_cli.display import Display
    from polycast_cli.stack import up as starting
    from polycast_cli.stack.plan import Options
    from polycast_cli.stack.services import discover, parse_scale

    place = data_dir(data)
    options = Options(port, parse_scale(scale or (), discover()), llm_latency)
    display = Display()
    display.say(f"Starting Polycast on {place.root}")
    with starting.running_stack(place, options, display) as (stack, plan):
        with Api(plan.addresses.api_url) as api:
            known = starting.sign_in_demo(api, plan.credentials)
            if known and first_run:
                starting.first_run(api, display)
        display.say(f"\nPolycast is ready at {plan.addresses.api_url}")
        password = plan.credentials.demo_password if known else "the password that you changed it to"
        display.say(f"Sign in as {plan.credentials.demo_email} with {password}")
        if detach:
            display.say("Stop it with ./polycast down")
            stack.let_go()
        else:
            display.say("Ctrl-C stops it")
            stack.attend()


def run(
    data: Data = None,
    ideas: Annotated[int | None, typer.Option(min=1, max=10, help="How many ideas.")] = None,
    platforms: Annotated[
        str | None,
        typer.Option(metavar="SLUG,SLUG", help="Which platforms; default: the account's usual ones."),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            metavar="EMAIL", help="Whose workflow; default: the demo account. Password: POLYCAST_PASSWORD."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run one workflow, on the running stack or on one of its own; exit 0 only if every draft was made."""
    from polycast_cli.api_client import Api
    from polycast_cli.display import Display
    from polycast_cli.stack import up as starting

    place = find(data)
    slugs = tuple(filter(None, (platforms or "").split(",")))
    display = Display(on_stderr=True)
    with _api_of(place, display) as api_url, Api(api_url) as api:
        _sign_in(api, place, user)
        outcome = starting.run_workflow(api, display, ideas, slugs)
    if as_json:
        print(json.dumps(outcome, indent=2, ensure_ascii=False))
    else:
        Display().full_drafts(outcome["content"])
    workflow = outcome["workflow"]
    if workflow["status"] != "completed" or workflow["content_failed"]:
        raise Failure(workflow["error_message"] or f"the workflow ended as {workflow['status']}")


def status(data: Data = None, as_json: AsJson = False) -> None:
    """What runs, where, and how it is. Exits with 1 if nothing runs."""
    from polycast_cli.stack.health import statuses

    place = find(data)
    record, addresses = place.record(), place.addresses()
    supervised = record is not None and record.is_supervised
    processes = statuses(record.processes, supervised=supervised) if record else []
    running = supervised or any(process.pid for process in processes)
    if as_json:
        known = asdict(addresses) if addresses and running else dict.fromkeys(Addresses.__dataclass_fields__)
        print(json.dumps({**known, "processes": [asdict(process) for process in processes]}, indent=2))
    elif running:
        from polycast_cli.display import Display

        display = Display()
        display.say(f"{addresses.api_url if addresses else 'starting'}   (data: {place.root})")
        display.processes(processes)
        if not supervised:
            display.say("The supervisor is gone: ./polycast down ends what it left behind")
    else:
        print(f"no stack is running on {place.root}")
    if not running:
        raise typer.Exit(1)


def down(data: Data = None) -> None:
    """Stop the stack. Exits with 0 also if none is running."""
    place = find(data)
    stopped = handle.stop(place)
    print(f"stopped {place.root}" if stopped else f"no stack is running on {place.root}")


def logs(
    service: Annotated[str | None, typer.Argument(help="A process's name; default: all.")] = None,
    data: Data = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is added.")] = False,
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=0, help="How many of the last lines of each.")
    ] = 50,
) -> None:
    """Show the processes' logs."""
    from polycast_cli.stack.logs import show

    show(find(data), service, lines=lines, follow=follow)


@contextmanager
def _api_of(place: DataDir, display: Display) -> Iterator[str]:
    """The URL of the running stack's API, or of a stack that is started for this and stopped after."""
    from polycast_cli.stack.plan import Options
    from polycast_cli.stack.ports import free_ports
    from polycast_cli.stack.up import running_stack

    addresses = place.addresses()
    if addresses and place.is_running():
        yield addresses.api_url
    else:
        with running_stack(place, Options(port=next(free_ports())), display) as (_, plan):
            yield plan.addresses.api_url


def _sign_in(api: Api, place: DataDir, user: str | None) -> None:
    from polycast_cli.stack.up import sign_in_demo

    known = credentials.load(place)
    if known and user in (None, known.demo_email) and sign_in_demo(api, known):
        return
    if user is None:
        why = "its password was changed" if known else f"{place.root} has none"
        raise Failure(f"the demo account can't be used, as {why}; say whose workflow with --user EMAIL")
    password = os.environ.get("POLYCAST_PASSWORD") or typer.prompt(
        f"Password of {user}", hide_input=True, err=True
    )
    if not api.sign_in(user, password):
        raise Failure(f"{user} can't sign in: no such account, or another password")
