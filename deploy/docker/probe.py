"""Exit with 0 if this container's process is ready. For engines that have no HTTP probes of their own.

It runs every ten seconds in every container, so it imports next to nothing.
"""

from __future__ import annotations

import os
import socket
import sys

PATIENCE_SECONDS = 8.0


def is_ready(port: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", int(port)), PATIENCE_SECONDS) as connection:
            connection.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
            return connection.recv(16).startswith((b"HTTP/1.0 200", b"HTTP/1.1 200"))
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if is_ready(os.environ.get("POLYCAST_HTTP_PORT", "8080")) else 1)
