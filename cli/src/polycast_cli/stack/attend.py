"""Waits beside a stack in the foreground: `python -m polycast_cli.stack.attend LIFELINE SUPERVISOR`.

LIFELINE is the open descriptor of the supervisor's standard input; closing it stops the stack, and so does
the death of this process. SUPERVISOR is the process id of our child. The first signal stops the stack, a
second one leaves that to the supervisor.
"""

from __future__ import annotations

import os
import signal
import sys

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(lifeline: int, supervisor: int) -> None:
    os.set_inheritable(lifeline, False)

    def stop(*_: object) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        os.close(lifeline)
        sys.stderr.write("\nStopping\n")

    for number in STOP_SIGNALS:
        signal.signal(number, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    _, status = os.waitpid(supervisor, 0)
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        sys.stderr.write("polycast: the supervisor died; ./polycast down ends what it left behind\n")
    sys.exit(1 if code else 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
