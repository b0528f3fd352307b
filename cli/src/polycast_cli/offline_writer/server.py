"""Running the server: one process, one loopback port, gone soon after SIGTERM."""

from __future__ import annotations

import socket

import structlog
import uvicorn

from polycast_cli.offline_writer.app import create_app
from polycast_cli.offline_writer.options import WriterOptions

#: Seconds that calls in flight may take to finish after SIGTERM; hanging ones are then dropped.
_GRACE = 1

log = structlog.get_logger()


def serve(options: WriterOptions) -> None:
    """Serve until SIGTERM or SIGINT; log the address once it accepts connections.

    Raises:
        OSError: the port is in use.
    """
    app = create_app(options)
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=_GRACE)
    with socket.create_server((options.host, options.port), backlog=2048) as listener:
        port = listener.getsockname()[1]
        log.info("offline writer ready", address=f"http://{options.host}:{port}/v1", seed=options.seed)
        uvicorn.Server(config).run(sockets=[listener])
