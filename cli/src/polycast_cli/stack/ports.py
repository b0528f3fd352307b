"""Free TCP ports on the loopback interface."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

from polycast_cli.failure import Failure

HOST = "127.0.0.1"
_BELOW_EPHEMERAL = range(20_000, 32_000)
"""Outgoing connections get ports from above (Linux from 32768, macOS from 49152), so they never
take the port of a process that is just being restarted."""


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: TIME_WAIT is no obstacle
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def require_free(port: int) -> None:
    if not is_free(port):
        raise Failure(f"port {port} is in use; choose another with --port, or end what listens there")


def free_ports() -> Iterator[int]:
    """Distinct free ports, in random order so that stacks started at once don't meet."""
    candidates = random.sample(_BELOW_EPHEMERAL, len(_BELOW_EPHEMERAL))
    yield from (port for port in candidates if is_free(port))
    raise Failure(f"no free port between {_BELOW_EPHEMERAL.start} and {_BELOW_EPHEMERAL.stop}")
