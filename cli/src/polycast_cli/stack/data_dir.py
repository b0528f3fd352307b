"""A stack's data directory, and which one a command means.

Everything a stack keeps or records is under it: credentials, databases, logs, what runs. It is its owner's
alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from polycast_cli.failure import Failure
from polycast_cli.stack.process import StackRecord, write_private

CHECKOUT = Path(__file__).resolve().parents[4]
DEFAULT = CHECKOUT / ".polycast"


@dataclass(frozen=True)
class Addresses:
    """Where a stack's parts answer, credentials included."""

    api_url: str
    nats_url: str
    database_url: str
    llm_url: str


@dataclass(frozen=True)
class DataDir:
    root: Path

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def nats(self) -> Path:
        return self.root / "nats"

    @property
    def credentials(self) -> Path:
        return self.root / "credentials.json"

    def log(self, process: str) -> Path:
        return self.logs / f"{process}.log"

    def make(self) -> None:
        """Create it, or check that it can be written.

        Raises:
            Failure: it can't.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o700)
            self.logs.mkdir(exist_ok=True)
            write_private(self.root / ".writable", "")
            (self.root / ".writable").unlink()
        except OSError as error:
            raise Failure(f"cannot write to the data directory {self.root}: {error.strerror}") from error

    def lock(self) -> int:
        """Claim the directory for one stack, for as long as the returned descriptor stays open anywhere.

        Raises:
            Failure: a stack has it.
        """
        descriptor = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            addresses = self.addresses()
            where = f" at {addresses.api_url}" if addresses and self.is_running() else ""
            raise Failure(f"a stack is already running on {self.root}{where}") from None
        return descriptor

    def record(self) -> StackRecord | None:
        """What runs, or last ran."""
        return StackRecord.read(self.root / "processes.json")

    def is_running(self) -> bool:
        record = self.record()
        return record is not None and record.is_supervised

    def addresses(self) -> Addresses | None:
        """Where the stack's parts answer, or last did."""
        try:
            return Addresses(**json.loads((self.root / "addresses.json").read_text()))
        except FileNotFoundError:
            return None

    def write_addresses(self, addresses: Addresses) -> None:
        write_private(self.root / "addresses.json", json.dumps(asdict(addresses), indent=1))
        register(self)


def data_dir(given: Path | None) -> DataDir:
    """The data directory that `up` means: the one given, else the checkout's own."""
    return DataDir((given or DEFAULT).resolve())


def find(given: Path | None) -> DataDir:
    """The data directory that any other command means.

    The one given; else the checkout's own if its stack runs; else that of the only stack that runs; else the
    checkout's own, at rest.

    Raises:
        Failure: several stacks run and none is the checkout's own; the message lists them.
    """
    own = data_dir(given)
    if given is not None or own.is_running():
        return own
    running = list(registered())
    if len(running) > 1:
        raise Failure(
            f"several stacks are running; choose one with --data: {', '.join(str(d.root) for d in running)}"
        )
    return running[0] if running else own


def register(data: DataDir) -> None:
    """Make the stack findable by commands that aren't told its directory."""
    entry = _registry() / hashlib.sha256(os.fsencode(data.root)).hexdigest()[:16]
    write_private(entry, str(data.root))


def registered() -> Iterator[DataDir]:
    """Every running stack of this user; entries of stopped ones are dropped on the way."""
    for entry in sorted(_registry().iterdir()):
        data = DataDir(Path(entry.read_text()))
        if data.is_running():
            yield data
        else:
            entry.unlink(missing_ok=True)


def _registry() -> Path:
    """In the system's directory for temporary files: what runs is forgotten by a reboot, as it should be."""
    path = Path(tempfile.gettempdir()) / f"polycast-stacks-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    owner = path.lstat()
    if owner.st_uid != os.getuid() or not stat.S_ISDIR(owner.st_mode):
        raise Failure(f"{path} is not this user's own directory; remove it")
    return path
