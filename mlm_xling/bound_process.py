"""A process that ends with its parent, however the parent ends.

This file is also a program: it asks the kernel to kill it with its parent, then execs a command.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_DEATH_SIGNAL = 1
"""`PR_SET_PDEATHSIG` of prctl(2); preserved across exec."""


def bound(command: Sequence[str]) -> list[str]:
    """Wraps a command so that its process is killed when this one ends; on Linux.

    It is killed rather than terminated, so that a restart never overlaps with it. The thread that
    starts the process must live as long as this process.
    """
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def _become(parent: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() == parent:  # otherwise the parent ended before the kernel was asked
        os.execvp(command[0], command)


if __name__ == "__main__":
    _become(int(sys.argv[1]), sys.argv[2:])
