"""`test` and `bench`: for those who work on Polycast."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from polycast_cli.commands.options import PASSED_ON
from polycast_cli.failure import Failure
from polycast_cli.stack import page
from polycast_cli.stack.data_dir import CHECKOUT


def add_to(app: typer.Typer) -> None:
    app.command(context_settings=PASSED_ON)(test)
    app.command(context_settings=PASSED_ON)(bench)


def test(context: typer.Context) -> None:
    """Run every check and test; with arguments (--infra containers, a path, …), pytest alone with them."""
    checks = [["ruff", "check"], ["ruff", "format", "--check"], ["mypy", *_sources()]]
    # Two cores: most tests wait for servers. The groups come in the order of our pytest plugin.
    everything = ["-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder"]
    if context.args:
        _run("pytest", *context.args)
        return
    with ThreadPoolExecutor() as beside:
        preparing = beside.submit(_prepare_page)
        for check in checks:
            _run(*check)
        preparing.result()
    _run("pytest", *everything)


def _run(name: str, *arguments: str) -> None:
    print(f"== {' '.join([name, *arguments[:1]])}", flush=True)
    program = Path(sys.executable).with_name(name)
    code = subprocess.run([program, *arguments], cwd=CHECKOUT).returncode  # noqa: S603
    if code != 0:
        raise typer.Exit(code)


def _prepare_page() -> None:
    """Or the tests' first stack would wait for npm. Where the page can't be built, its own tests say why."""
    with TemporaryDirectory() as folder, suppress(page.NotBuilt):
        log = Path(folder) / "npm.log"
        page.install_tools(log)
        page.build(log)


def bench(context: typer.Context) -> None:
    """Run a benchmark, arguments passed on to it; without a name, list what there is."""
    benchmarks = [path.stem for path in sorted((CHECKOUT / "benchmarks").glob("[a-z]*.py"))]
    name, *arguments = context.args or [""]
    if name not in benchmarks:
        known = ", ".join(benchmarks) or "none yet"
        if name:
            raise Failure(f"there is no benchmark {name!r}; there are: {known}", code=2)
        print(known)
        return
    os.chdir(CHECKOUT)  # benchmarks share `benchmarks.lab`, and the tests' way to drive a stack
    os.execv(sys.executable, [sys.executable, "-m", f"benchmarks.{name}", *arguments])  # noqa: S606


def _sources() -> list[str]:
    """Every member's own code."""
    members = [CHECKOUT / "shared", CHECKOUT / "cli", *sorted((CHECKOUT / "services").iterdir())]
    return [str(member / "src") for member in members if (member / "src").is_dir()]
