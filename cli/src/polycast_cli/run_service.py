"""Run one service in this process: `python -m polycast_cli.run_service NAME`."""

import sys

from polycast_cli.stack.services import entry_point

if __name__ == "__main__":
    entry_point(sys.argv[1]).load()()
