"""Start a process of Polycast in a container: `start.py [PROCESS]` or `start.py -m MODULE [ARGUMENT …]`.

PROCESS is a name in the entry-point group `polycast.services`; without one it is the image's own,
POLYCAST_PROCESS. Each file in /run/secrets is an environment variable: its name and its content. So secrets
come as files, which neither `docker inspect` nor a pod's description shows.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

SECRETS = Path("/run/secrets")


def read_secrets(directory: Path) -> dict[str, str]:
    """The directory's files by name. Names with a dot, such as Kubernetes' own links, are none."""
    if not directory.is_dir():
        return {}
    files = [path for path in directory.iterdir() if path.is_file() and "." not in path.name]
    return {path.name: path.read_text().strip() for path in files}


def main(arguments: Sequence[str]) -> None:
    os.environ.update(read_secrets(SECRETS))
    if arguments[:1] == ["-m"]:
        sys.argv = list(arguments[1:])
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        return
    name = arguments[0] if arguments else os.environ["POLYCAST_PROCESS"]
    found = entry_points(group="polycast.services", name=name)
    if not found:
        here = ", ".join(sorted(entry.name for entry in entry_points(group="polycast.services"))) or "none"
        sys.exit(f"no process {name!r} in this image; there are: {here}")
    next(iter(found)).load()()


if __name__ == "__main__":
    main(sys.argv[1:])
