"""A stack while it is being started: launching its supervisor, giving it orders, waiting, letting go."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from polycast_cli.failure import Failure
from polycast_cli.stack.attend import STOP_SIGNALS
from polycast_cli.stack.data_dir import DataDir
from polycast_cli.stack.health import is_ready
from polycast_cli.stack.process import ProcessSpec, StackRecord, end, wait_until_gone

READY_SECONDS = 60
_POLL_SECONDS = 0.1


class StackHandle:
    """Holds the stack's life: leaving the context, or dying, stops every process; `let_go` ends that."""

    def __init__(self, data: DataDir) -> None:
        """Claim the data directory and start a supervisor on it.

        Raises:
            Failure: the directory can't be written, or another stack runs on it.
        """
        data.make()
        lock = data.lock()
        record = data.record()
        end(record.leftovers if record else ())
        self.data = data
        with data.log("supervisor").open("ab") as log:
            self._supervisor = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "polycast_cli.stack.supervisor", str(data.root)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # the terminal's Ctrl-C is ours to act on
                pass_fds=(lock,),  # the claim lasts as long as the supervisor
            )
        os.close(lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, specs: Sequence[ProcessSpec]) -> None:
        """Start a batch; it stops before those started earlier."""
        self._order({"start": [spec.to_json() for spec in specs]})

    def wait_ready(self, specs: Sequence[ProcessSpec]) -> None:
        """Until each of them answers that it is ready.

        Raises:
            Failure: one has died, or takes too long.
        """
        deadline = time.monotonic() + READY_SECONDS
        waiting = {spec.name: spec.health_url for spec in specs}
        while waiting:
            self._check_alive(waiting)
            ready = [name for name, url in waiting.items() if is_ready(url)]
            for name in ready:
                del waiting[name]
            if waiting and time.monotonic() > deadline:
                name = next(iter(waiting))
                raise Failure(f"{name} is not ready after {READY_SECONDS} s; see {self.data.log(name)}")
            if waiting and not ready:
                time.sleep(_POLL_SECONDS)

    def let_go(self) -> None:
        """The stack goes on without us."""
        self._order({"stay": True})

    def attend(self) -> None:
        """Become a process that only waits for Ctrl-C or the stack's end: all that was imported is freed."""
        assert self._supervisor.stdin is not None
        lifeline, supervisor = self._supervisor.stdin.fileno(), self._supervisor.pid
        os.set_inheritable(lifeline, True)
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)  # until `attend` can act on them
        sys.stdout.flush()
        sys.stderr.flush()
        command = [sys.executable, "-m", "polycast_cli.stack.attend", str(lifeline), str(supervisor)]
        os.execv(sys.executable, command)  # noqa: S606

    def stop(self) -> None:
        """Stop every process unless let go. Interrupted, the supervisor finishes it alone."""
        assert self._supervisor.stdin is not None
        if not self._supervisor.stdin.closed:
            self._supervisor.stdin.close()
            self._supervisor.wait()

    def _order(self, order: dict[str, object]) -> None:
        assert self._supervisor.stdin is not None
        try:
            self._supervisor.stdin.write(json.dumps(order).encode() + b"\n")
            self._supervisor.stdin.flush()
            if "stay" in order:
                self._supervisor.stdin.close()
        except BrokenPipeError:
            raise self._supervisor_died() from None

    def _check_alive(self, names: dict[str, str]) -> None:
        if self._supervisor.poll() is not None:
            raise self._supervisor_died()
        record = self.data.record()
        if record is None or record.supervisor_pid != self._supervisor.pid:
            return  # an earlier stack's: ours hasn't written its own yet
        for process in record.processes:
            if process.name in names and process.failures:
                raise Failure(f"{process.name} died at start; see {self.data.log(process.name)}")

    def _supervisor_died(self) -> Failure:
        return Failure(f"the supervisor died; see {self.data.log('supervisor')}")


def stop(data: DataDir) -> bool:
    """Stop whatever runs on a data directory; whether anything did.

    Raises:
        Failure: the supervisor doesn't end.
    """
    record = data.record()
    if record is None:
        return False
    if not record.is_supervised:
        leftovers = record.leftovers
        end(leftovers)
        return bool(leftovers)
    _stop_supervisor(data, record)
    return True


def _stop_supervisor(data: DataDir, record: StackRecord) -> None:
    os.kill(record.supervisor_pid, signal.SIGTERM)
    if not wait_until_gone([(record.supervisor_pid, record.supervisor_birth)], 120):
        raise Failure(f"the stack on {data.root} does not stop; see {data.log('supervisor')}")
