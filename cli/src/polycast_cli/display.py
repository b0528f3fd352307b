"""What people see: steps with their times, a workflow's progress, tables of drafts and processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from polycast_cli.api_client import Json
from polycast_cli.stack.health import ProcessStatus

_COLOURS = {"healthy": "green", "starting": "yellow", "unhealthy": "red", "stopped": "dim"}


class Display:
    """Writes for a terminal, or plainly, line by line, where there is none."""

    def __init__(self, *, on_stderr: bool = False) -> None:
        self.console = Console(stderr=on_stderr, highlight=False)

    def say(self, text: str) -> None:
        self.console.print(text, markup=False, soft_wrap=True)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Shows that something goes on, then how long it took."""
        started = time.monotonic()
        with self.console.status(name) if self.console.is_terminal else _nothing():
            yield
        self.say(f"  {name:<34} {time.monotonic() - started:5.1f} s")

    @contextmanager
    def workflow(self) -> Iterator[Callable[[Json], None]]:
        """Progress of a workflow: call what is yielded with each answer of the API."""
        columns = (
            TextColumn("  {task.description:<7}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console) as progress:
            ideas = progress.add_task("ideas", total=None)
            drafts = progress.add_task("drafts", total=None)

            def tell(workflow: Json) -> None:
                expected = sum(platform["expected"] for platform in workflow["progress"].values())
                made = workflow["content_generated"] + workflow["content_failed"]
                wanted = len(workflow["ideas"]) if workflow["status"] != "running" else workflow["idea_count"]
                progress.update(ideas, completed=workflow["ideas_generated"], total=wanted)
                progress.update(drafts, completed=made, total=max(expected, made) or None)

            yield tell

    def drafts(self, content: Sequence[Json]) -> None:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        platform_width = max([8, *(len(draft["platform"]) for draft in content)])
        text_width = max(20, self.console.width - platform_width - 6)
        table.add_column("Idea", no_wrap=True, max_width=text_width * 2 // 5)
        table.add_column("Platform", no_wrap=True)
        table.add_column("Draft", no_wrap=True, max_width=text_width * 3 // 5)
        for draft in sorted(content, key=lambda d: (d["core_idea"]["title"], d["platform"])):
            title, opening = draft["core_idea"]["title"], _opening(draft["content_text"])
            table.add_row(escape(title), draft["platform"], escape(opening))
        self.console.print(table)

    def full_drafts(self, content: Sequence[Json]) -> None:
        for draft in content:
            self.console.rule(f"{escape(draft['core_idea']['title'])} · {draft['platform']}", align="left")
            self.say(draft["content_text"] + "\n")

    def processes(self, statuses: Sequence[ProcessStatus]) -> None:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for heading in ("Process", "Pid", "Health", "Restarts"):
            table.add_column(heading, justify="right" if heading in ("Pid", "Restarts") else "left")
        for status in statuses:
            colour = _COLOURS[status.health]
            health = f"[{colour}]{status.health}[/{colour}]"
            table.add_row(status.name, str(status.pid or "-"), health, str(status.restarts))
        self.console.print(table)


def _opening(text: str) -> str:
    """The first line that says something: no heading."""
    lines = (line.strip() for line in text.splitlines())
    return next((line for line in lines if line and not line.endswith(":")), "")


@contextmanager
def _nothing() -> Iterator[None]:
    yield
