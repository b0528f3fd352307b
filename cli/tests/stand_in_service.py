"""A service that does nothing: `stand_in_service.py PORT [die | stubborn | log FILE]`."""

from __future__ import annotations

import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

port, *orders = sys.argv[1:]


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def stop(*_: object) -> None:
    if "log" in orders:
        with Path(orders[1]).open("a") as log:
            log.write(f"{port}\n")
    if "stubborn" not in orders:
        sys.exit(0)


if "die" in orders:
    sys.exit("this service cannot start")
signal.signal(signal.SIGTERM, stop)
HTTPServer(("127.0.0.1", int(port)), Ready).serve_forever()
