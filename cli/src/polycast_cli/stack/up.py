"""Starting a stack, in order, and its first workflow."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from polycast_cli.api_client import Api, Json
from polycast_cli.display import Display
from polycast_cli.failure import Failure
from polycast_cli.stack import page
from polycast_cli.stack import plan as planning
from polycast_cli.stack.credentials import Credentials
from polycast_cli.stack.data_dir import DataDir
from polycast_cli.stack.handle import StackHandle
from polycast_cli.stack.plan import Options, Plan
from polycast_cli.stack.ports import require_free
from polycast_cli.stack.services import discover


@contextmanager
def running_stack(data: DataDir, options: Options, display: Display) -> Iterator[tuple[StackHandle, Plan]]:
    """A stack whose every process is ready. It stops when the context is left, unless let go.

    Raises:
        Failure: it can't be started; nothing is left running.
    """
    with signals_as_interrupts(), StackHandle(data) as stack:
        require_free(options.port)
        plan = planning.make(data, options, discover())
        data.write_addresses(plan.addresses)
        with display.step("postgres, nats"):
            _start_servers(stack, plan)
        with display.step("migrations, streams"):
            _prepare(data, plan)
        _build_page(data, display)
        with display.step(f"services ({len(plan.services)})"):
            stack.start(plan.services)
            stack.wait_ready([*([plan.offline_writer] if plan.offline_writer else []), *plan.services])
        yield stack, plan


def _start_servers(stack: StackHandle, plan: Plan) -> None:
    if plan.nats:
        plan.nats.configure()
        stack.start([plan.nats.spec()])
    if plan.postgres:
        plan.postgres.initialise()
        stack.start([plan.postgres.spec()])
    if plan.offline_writer:
        stack.start([plan.offline_writer])
    stack.wait_ready(plan.servers)


def _prepare(data: DataDir, plan: Plan) -> None:
    """Migrate and declare streams, at once and in processes of their own: what they import is not kept."""
    environment = os.environ | {
        "NATS_URL": plan.addresses.nats_url,
        "DATABASE_URL": plan.addresses.database_url,
    }
    commands = {"migrate": ("db", "migrate"), "streams": ("streams", "apply")}
    running = {}
    for name, command in commands.items():
        with data.log(name).open("ab") as log:
            running[name] = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "polycast_cli", *command, "--data", str(data.root)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
    try:
        failed = [name for name, process in running.items() if process.wait() != 0]
    finally:
        for process in running.values():
            process.kill()
    if failed:
        raise Failure(f"{' '.join(commands[failed[0]])} failed; see {data.log(failed[0])}")


def _build_page(data: DataDir, display: Display) -> None:
    if page.is_built():
        return
    try:
        with display.step("page"):
            page.build(data.log("page"))
    except page.NotBuilt as reason:
        display.say(f"The page is not built, the API is served alone: {reason}")


def sign_in_demo(api: Api, credentials: Credentials) -> bool:
    """Sign in with the data directory's demo account, made if it doesn't exist.

    False: somebody changed its password.
    """
    email, password = credentials.demo_email, credentials.demo_password
    return api.sign_in(email, password) or (api.register(email, password) and api.sign_in(email, password))


def run_workflow(
    api: Api, display: Display, ideas: int | None = None, platforms: tuple[str, ...] = ()
) -> Json:
    """Run one workflow with live progress.

    Returns:
        `{"workflow": {…}, "ideas": […], "content": […]}`
    """
    with display.workflow() as tell:
        workflow = api.follow(api.execute(ideas, platforms), tell)
    made = workflow.pop("ideas")
    return {"workflow": workflow, "ideas": made, "content": api.content(workflow["id"])}


def first_run(api: Api, display: Display) -> None:
    """The first workflow of the signed-in account, unless it has had one."""
    if api.has_workflows():
        return
    display.say("First workflow")
    outcome = run_workflow(api, display)
    display.drafts(outcome["content"])
    if outcome["workflow"]["error_message"]:
        display.say(f"{outcome['workflow']['status']}: {outcome['workflow']['error_message']}")


@contextmanager
def signals_as_interrupts() -> Iterator[None]:
    """SIGTERM and SIGHUP end what is under way as Ctrl-C does, clean-up included."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    previous = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
