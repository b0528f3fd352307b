"""Keeps a stack's processes alive: `python -m polycast_cli.stack.supervisor DATA`, started by `up`.

It lives as long as the stack, so it is slim: the standard library only, one thread, asleep in `select`.

Orders come as JSON lines on standard input: `{"start": [ProcessSpec…]}` starts a batch, `{"stay": true}` lets
the stack outlive whoever gave the orders. Without that, the end of standard input (the death of `up`, however
it came) stops the stack; SIGTERM always does. Batches stop in reverse order of their start.

Each process leads a session of its own, appends to `DATA/logs/NAME.log` by itself (so that it loses nothing,
and runs on, if the supervisor is killed) and is restarted with backoff when it ends. What runs is recorded in
`DATA/processes.json` at every change.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from polycast_cli.stack.process import ProcessRecord, ProcessSpec, birth_mark, write_private

BACKOFF_SECONDS = (0.1, 0.5, 1, 2, 5, 10)
"""Waits before a restart, by how many short lives came just before."""
STABLE_SECONDS = 10
"""A life this long starts the backoff anew."""
LOG_BYTES = 10_000_000
LOG_GENERATIONS = 3
LOG_DAYS = 30
"""No line of a log is kept longer."""
LOG_DAYS_A_FILE = 7
ROTATION_SECONDS = 30
#: As Postgres and the supervisor begin a line, as NATS does after its pid, and as the services' JSON tells.
_DATE = re.compile(
    rb'(?:^|^\[\d+\] |"timestamp": ")(\d{4})[-/](0[1-9]|1[0-2])[-/](0[1-9]|[12]\d|3[01])[ T]', re.MULTILINE
)
_LOG_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT

log = logging.getLogger("supervisor")


class Process:
    """One supervised process through all its lives."""

    def __init__(self, spec: ProcessSpec, logs: Path) -> None:
        self.spec = spec
        self.log_path = logs / f"{spec.name}.log"
        self.restarts = 0
        self.due: float | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._birth = ""
        self._started = 0.0
        self._short_lives = 0

    @property
    def is_running(self) -> bool:
        return self._child is not None

    def start(self) -> None:
        self.due = None
        self._started = time.monotonic()
        owner = self.spec.owner
        try:
            with os.fdopen(os.open(self.log_path, _LOG_FLAGS, 0o600), "wb") as output:
                self._child = subprocess.Popen(  # noqa: S603 (the command is ours)
                    self.spec.command,
                    env=os.environ | self.spec.environment,
                    cwd=self.spec.directory,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    user=owner.uid if owner else None,
                    group=owner.gid if owner else None,
                    extra_groups=[] if owner else None,
                )
        except OSError as error:
            log.error("%s cannot be started: %s", self.spec.name, error)
            self._ended()
            return
        self._birth = birth_mark(self._child.pid) or ""
        log.info("%s started, pid %d", self.spec.name, self._child.pid)

    def reap(self) -> bool:
        """Whether the process has just ended."""
        if self._child is None or self._child.poll() is None:
            return False
        log.warning("%s ended, %s", self.spec.name, _fate(self._child.returncode))
        self._signal_group(signal.SIGKILL)
        self._ended()
        return True

    def restart(self) -> None:
        self.restarts += 1
        self.start()

    def signal(self, number: int) -> None:
        """A polite signal is for the leader, who ends its own; SIGKILL is for the whole group."""
        if number == signal.SIGKILL:
            self._signal_group(number)
        elif self._child is not None:
            self._child.send_signal(number)

    def record(self, batch: int) -> ProcessRecord:
        return ProcessRecord(
            name=self.spec.name,
            pid=self._child.pid if self._child else None,
            birth=self._birth if self._child else "",
            started=time.time() - (time.monotonic() - self._started),
            restarts=self.restarts,
            failures=self._short_lives,
            health_url=self.spec.health_url,
            stop_signal=self.spec.stop_signal,
            batch=batch,
        )

    def _ended(self) -> None:
        now = time.monotonic()
        self._child = None
        self._short_lives = 1 if now - self._started > STABLE_SECONDS else self._short_lives + 1
        self.due = now + BACKOFF_SECONDS[min(self._short_lives, len(BACKOFF_SECONDS)) - 1]

    def _signal_group(self, number: int) -> None:
        if self._child is not None:
            # Nobody may be left in the group; macOS answers EPERM when only a zombie is.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, number)


class Supervisor:
    def __init__(self, data: Path) -> None:
        self._logs = data / "logs"
        self._record_path = data / "processes.json"
        self._batches: list[list[Process]] = []
        self._pending = b""
        self._stays = False
        self._stopping = False
        self._next_rotation = 0.0
        self._wakeup, wakeup_writer = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(wakeup_writer, False)
        signal.set_wakeup_fd(wakeup_writer, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop_asked)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only wakes the loop up

    def run(self) -> None:
        self._write_record()
        while not self._stopping:
            self._sleep(self._seconds_to_next_event(), orders=True)
            ended = [process for process in self._processes() if process.reap()]
            due = [
                process for process in self._processes() if process.due and process.due <= time.monotonic()
            ]
            for process in due:
                process.restart()
            if ended or due:
                self._write_record()
            self._rotate_logs()
        self._stop()

    def _processes(self) -> Iterable[Process]:
        return (process for batch in self._batches for process in batch)

    def _stop_asked(self, *_: object) -> None:
        self._stopping = True

    def _seconds_to_next_event(self) -> float:
        moments = [process.due for process in self._processes() if process.due is not None]
        return max(0.0, min([*moments, self._next_rotation]) - time.monotonic())

    def _sleep(self, seconds: float, *, orders: bool) -> None:
        """Until a signal comes, a child ends, an order arrives or the time is over."""
        watched = [self._wakeup] + ([sys.stdin.fileno()] if orders and not self._stays else [])
        ready, _, _ = select.select(watched, [], [], seconds)
        if self._wakeup in ready:
            os.read(self._wakeup, 4096)
        if sys.stdin.fileno() in ready:
            self._take_orders()

    def _take_orders(self) -> None:
        chunk = os.read(sys.stdin.fileno(), 65536)
        if not chunk:
            log.info("whoever started the stack is gone; stopping")
            self._stopping = True
            return
        *lines, self._pending = (self._pending + chunk).split(b"\n")
        for line in lines:
            order = json.loads(line)
            self._stays = self._stays or order.get("stay", False)
            if "start" in order:
                self._start([ProcessSpec.from_json(spec) for spec in order["start"]])

    def _start(self, specs: list[ProcessSpec]) -> None:
        batch = [Process(spec, self._logs) for spec in specs]
        self._batches.append(batch)
        for process in batch:
            process.start()
            self._write_record()  # at once: what runs unrecorded could never be found again

    def _stop(self) -> None:
        for batch in reversed(self._batches):
            for process in batch:
                process.due = None
                process.signal(process.spec.stop_signal)
            self._wait_for(batch, max((process.spec.grace_seconds for process in batch), default=0))
            for process in batch:
                if process.is_running:
                    log.warning("%s did not stop in time and is killed", process.spec.name)
                    process.signal(signal.SIGKILL)
            self._wait_for(batch, 10)
            self._write_record()
        log.info("stopped")

    def _wait_for(self, batch: list[Process], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while any(process.is_running for process in batch) and time.monotonic() < deadline:
            self._sleep(deadline - time.monotonic(), orders=False)
            for process in batch:
                process.reap()

    def _rotate_logs(self) -> None:
        if time.monotonic() >= self._next_rotation:
            self._next_rotation = time.monotonic() + ROTATION_SECONDS
            for path in self._logs.glob("*.log"):
                rotate(path)

    def _write_record(self) -> None:
        own = {"pid": os.getpid(), "birth": birth_mark(os.getpid())}
        processes = [
            process.record(n).to_json() for n, batch in enumerate(self._batches) for process in batch
        ]
        write_private(self._record_path, json.dumps({"supervisor": own, "processes": processes}, indent=1))


def rotate(path: Path) -> None:
    """Copy and truncate: the writer appends, so it goes on at the new end of the same file."""
    older = [path.with_suffix(f".log.{n}") for n in range(1, LOG_GENERATIONS + 1)]
    for generation in older:
        if generation.exists() and _age_in_days(generation) > LOG_DAYS:
            generation.unlink()
    if path.stat().st_size < LOG_BYTES and _age_in_days(path) < LOG_DAYS_A_FILE:
        return
    for newer, generation in reversed(list(itertools.pairwise(older))):
        if newer.exists():
            newer.replace(generation)
    shutil.copy2(path, older[0])
    os.truncate(path, 0)


def _age_in_days(log_path: Path) -> float:
    """Of a log's first line that tells when it was written; if none does, of its last."""
    written = log_path.stat().st_mtime
    with log_path.open("rb") as lines:
        date = _DATE.search(lines.read(4096))
    with contextlib.suppress(ValueError):  # such as the 31st of February
        if date:
            year, month, day = map(int, date.groups())
            written = datetime(year, month, day, tzinfo=UTC).timestamp()
    return (time.time() - written) / (24 * 60 * 60)


def _fate(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def main(arguments: list[str], supervisor: Callable[[Path], Supervisor] = Supervisor) -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    supervisor(Path(arguments[0])).run()


if __name__ == "__main__":
    main(sys.argv[1:])
