"""Stacks of stand-in services under the real supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from polycast_cli.failure import Failure
from polycast_cli.stack import handle
from polycast_cli.stack.data_dir import DataDir
from polycast_cli.stack.handle import StackHandle
from polycast_cli.stack.health import is_ready, statuses
from polycast_cli.stack.process import is_alive

from .conftest import eventually, process, stand_in


def test_a_killed_process_is_started_again_and_counted(data: DataDir) -> None:
    service = stand_in("ideas")
    with StackHandle(data) as stack:
        stack.start([service])
        stack.wait_ready([service])
        before = process(data, "ideas")
        os.kill(before.pid or 0, signal.SIGKILL)
        eventually(lambda: process(data, "ideas").restarts == 1 and is_ready(service.health_url))
        after = process(data, "ideas")
    assert after.pid != before.pid
    assert "killed by SIGKILL" in data.log("supervisor").read_text()


def test_a_process_that_goes_on_dying_is_not_started_in_a_busy_loop(data: DataDir) -> None:
    with StackHandle(data) as stack:
        stack.start([stand_in("broken", "die")])
        eventually(lambda: process(data, "broken").failures == 3)
    log = data.log("supervisor").read_text()
    assert log.count("broken started") == 3
    assert data.log("broken").read_text().count("cannot start") == 3


def test_death_at_start_is_one_message_that_names_the_process_and_its_log(data: DataDir) -> None:
    fine, broken = stand_in("ideas"), stand_in("aggregator", "die")
    with pytest.raises(Failure) as failure, StackHandle(data) as stack:
        stack.start([fine, broken])
        stack.wait_ready([fine, broken])
    assert str(failure.value) == f"aggregator died at start; see {data.log('aggregator')}"
    assert not is_ready(fine.health_url), "nothing is left running"
    assert not data.is_running()


def test_what_died_in_an_earlier_stack_is_forgotten(data: DataDir) -> None:
    with StackHandle(data) as stack:
        stack.start([stand_in("ideas", "die")])
        eventually(lambda: process(data, "ideas").failures > 0)
    with StackHandle(data) as stack:
        service = stand_in("ideas")
        stack.start([service])
        stack.wait_ready([service])


def test_a_program_that_does_not_exist_is_a_death_at_start(data: DataDir) -> None:
    missing = replace(stand_in("nats"), command=["/nowhere/nats-server"])
    with pytest.raises(Failure, match="nats died at start"), StackHandle(data) as stack:
        stack.start([missing])
        stack.wait_ready([missing])


def test_batches_stop_in_reverse_order(data: DataDir, tmp_path: Path) -> None:
    log = tmp_path / "stopped"
    first, second = (stand_in(name, "log", str(log)) for name in ("nats", "ideas"))
    with StackHandle(data) as stack:
        for service in (first, second):
            stack.start([service])
            stack.wait_ready([service])
    assert log.read_text().split() == [second.command[2], first.command[2]]


def test_a_process_that_ignores_the_signal_is_killed_after_its_grace(data: DataDir) -> None:
    stubborn = replace(stand_in("ideas", "stubborn"), grace_seconds=0.3)
    with StackHandle(data) as stack:
        stack.start([stubborn])
        stack.wait_ready([stubborn])
        pid, birth = process(data, "ideas").pid or 0, process(data, "ideas").birth
    assert not is_alive(pid, birth)
    assert "did not stop in time" in data.log("supervisor").read_text()


def test_a_second_stack_on_the_same_directory_is_refused(data: DataDir) -> None:
    with StackHandle(data) as stack:
        stack.start([])
        eventually(data.is_running)
        with pytest.raises(Failure, match="already running"):
            StackHandle(data)
    with StackHandle(data):
        """Free again."""


def test_a_stack_let_go_outlives_its_starter_until_it_is_stopped(data: DataDir) -> None:
    service = stand_in("ideas")
    with StackHandle(data) as stack:
        stack.start([service])
        stack.wait_ready([service])
        stack.let_go()
    assert is_ready(service.health_url)
    assert handle.stop(data)
    assert not is_ready(service.health_url)
    assert not handle.stop(data)


STARTER = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import stand_in
from polycast_cli.stack.data_dir import DataDir
from polycast_cli.stack.handle import StackHandle
service = stand_in("ideas")
with StackHandle(DataDir(Path({data!r}))) as stack:
    stack.start([service])
    stack.wait_ready([service])
    print(service.health_url, flush=True)
    {then}
"""


def start_from_elsewhere(data: DataDir, then: str) -> tuple[subprocess.Popen[str], str]:
    """A process that starts a stack; with the URL of its one service, once that is ready."""
    script = STARTER.format(tests=str(Path(__file__).parent), data=str(data.root), then=then)
    starter = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    return starter, starter.stdout.readline().strip()


def test_the_death_of_the_starter_stops_the_stack(data: DataDir) -> None:
    starter, url = start_from_elsewhere(data, "import time; time.sleep(600)")
    starter.kill()
    starter.wait()
    eventually(lambda: not data.is_running())
    assert not is_ready(url)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_foreground_stops_the_stack_cleanly(data: DataDir, number: signal.Signals) -> None:
    starter, url = start_from_elsewhere(data, "stack.attend()")
    eventually(lambda: "polycast_cli.stack.attend" in Path(f"/proc/{starter.pid}/cmdline").read_text())
    eventually(lambda: _handles(starter.pid, number))
    starter.send_signal(number)
    assert starter.wait(20) == 0
    assert not is_ready(url)
    assert not data.is_running()


def _handles(pid: int, number: int) -> bool:
    """Whether a signal would reach a handler of the process now."""
    fields = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return [bool(int(fields[name], 16) >> (number - 1) & 1) for name in ("SigCgt", "SigBlk")] == [True, False]


def test_what_a_killed_supervisor_left_is_found_and_ended(data: DataDir) -> None:
    service = stand_in("ideas")
    with StackHandle(data) as stack:
        stack.start([service])
        stack.wait_ready([service])
        stack.let_go()
    record = data.record()
    assert record is not None
    os.kill(record.supervisor_pid, signal.SIGKILL)
    eventually(lambda: not data.is_running())
    assert is_ready(service.health_url), "it runs on, unsupervised"
    assert [status.health for status in statuses(record.processes, supervised=False)] == ["healthy"]

    with StackHandle(data):
        assert not is_ready(service.health_url)


def test_a_process_that_merely_has_a_recorded_id_is_left_alone(data: DataDir) -> None:
    service = stand_in("ideas")
    with StackHandle(data) as stack:
        stack.start([service])
        stack.wait_ready([service])
        recorded = process(data, "ideas")
        namesake = replace(recorded, birth="another boot:1")
        handle.end([namesake])
        assert is_ready(service.health_url)
        assert process(data, "ideas").restarts == 0


def test_logs_are_rotated_without_losing_the_writer(data: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    from polycast_cli.stack import supervisor

    monkeypatch.setattr(supervisor, "LOG_BYTES", 4)
    data.make()
    log = data.log("ideas")
    with log.open("ab", buffering=0) as writer:
        for text in (b"first", b"second", b"third", b"fourth", b"5"):
            writer.write(text)
            supervisor.rotate(log)
    generations = [log, *(log.with_suffix(f".log.{n}") for n in (1, 2, 3))]
    assert [path.read_text() for path in generations] == ["5", "fourth", "third", "second"]


def test_no_line_of_a_log_is_kept_for_more_than_a_month(data: DataDir) -> None:
    from polycast_cli.stack import supervisor

    data.make()
    ages = {"api.log": 8, "api.log.1": 8, "api.log.2": 32, "nats.log": 2, "nats.log.1": 28}
    for name, days in ages.items():
        moment = datetime.now(UTC) - timedelta(days=days)
        service = f'{{"event": "{name}", "due": "2020-01-01T06:00", "timestamp": "{moment.isoformat()}"}}'
        server = f"[42] {moment:%Y/%m/%d %H:%M:%S} [INF] {name}"
        (data.logs / name).write_text(server if name.startswith("nats") else service)
    (data.logs / "page.log").write_text("added 300 packages")
    for path in data.logs.glob("*.log"):
        supervisor.rotate(path)
    kept = {path.name: path.read_text() for path in data.logs.iterdir()}
    assert "api.log.1" in kept["api.log.2"] and '"api.log"' in kept["api.log.1"] and not kept["api.log"]
    assert "nats.log.1" in kept["nats.log.1"] and kept["nats.log"] and kept["page.log"]
    assert len(kept) == 6
