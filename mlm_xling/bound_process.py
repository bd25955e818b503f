"""A process that ends with the one that started it, however that ends.

This file is a program, too: it has the kernel end it with its parent, and becomes another one.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_DEATH_SIGNAL = 1
"""`PR_SET_PDEATHSIG` of prctl(2); it outlasts exec."""


def bound(command: Sequence[str]) -> list[str]:
    """Makes of a command one whose process is killed when this one ends; on Linux.

    A kill, not a request to end: who starts the same work again finds nobody at it. The thread
    that starts the process must live as long as it, too.
    """
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def _become(parent: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() == parent:  # or else it ended before the kernel was told
        os.execvp(command[0], command)


if __name__ == "__main__":
    _become(int(sys.argv[1]), sys.argv[2:])
