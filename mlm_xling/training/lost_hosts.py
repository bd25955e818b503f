"""When a host is gone, the others say which, in one line.

JAX notices by itself, on a thread of its own, and aborts the process with a dump of its C++ code.
It has no working callback for that (jaxlib 0.10.2: the status it hands over cannot be converted).
So the dump is read here, on its way to the standard error, and put into words.
"""

import ctypes
import os
import re
import select
import signal
import sys
import threading
from collections.abc import Sequence

HEARTBEAT_SECONDS = 30
"""A host that has not been heard of for so long counts as gone."""
_DUMP = b"JAX distributed service detected fatal errors"
_END_OF_DUMP = b"Check failure stack trace"
_LOGGED = re.compile(rb"[IWE]\d{4} ")
"""Begins a message of the C++ code's log, which says nothing to a user."""
_GONE = re.compile(r"Task (\d+) heartbeat timeout|stopped sending heartbeats\):\s+(\d+)")


def tell_of_lost_hosts(where: str) -> list[str]:
    """Stands between the standard error of C++ code and the screen, from now on.

    Args:
      where: the first host is.

    Returns:
      The machines' names, host by host: to be added as soon as they are known.
    """
    machines: list[str] = []
    os.environ["GRPC_VERBOSITY"] = "ERROR"  # With less there is no dump.
    screen = os.dup(2)
    reading, writing = os.pipe()
    os.dup2(writing, 2)
    os.close(writing)
    sys.stderr = os.fdopen(os.dup(screen), "w", buffering=1, errors="backslashreplace")
    # abort() first calls this with the signal's number: it sleeps six seconds, in which the thread
    # ends the process properly.
    libc = ctypes.CDLL(None)
    libc.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
    libc.signal.restype = ctypes.c_void_p
    libc.signal(signal.SIGABRT, ctypes.cast(libc.sleep, ctypes.c_void_p))
    threading.Thread(target=_pass_on, args=(reading, screen, where, machines), daemon=True).start()
    return machines


def _pass_on(reading: int, screen: int, where: str, machines: Sequence[str]) -> None:
    dump = b""
    while text := os.read(reading, 1 << 16):
        if not dump and _DUMP not in text:
            if not _LOGGED.match(text):
                os.write(screen, text)
            continue
        dump += text
        more, _, _ = select.select([reading], [], [], 1.0)
        if _END_OF_DUMP in dump or not more:
            message = in_words(dump.decode(errors="replace"), where, machines)
            os.write(screen, f"error: {message}\n".encode())
            os._exit(2)


def in_words(dump: str, where: str, machines: Sequence[str] = ()) -> str:
    """Puts JAX's reason for ending a process into one line.

    Args:
      where: the first host is.
      machines: their names, as far as they are known.
    """
    if gone := _GONE.search(dump):
        number = int(gone[1] or gone[2])
        on = f" on {machines[number]}" if number < len(machines) else ""
        return (
            f"host {number}{on} is gone: it was killed or cannot be reached, see what it said; "
            "start all hosts again, they go on from the last checkpoint"
        )
    if found := re.search(r"Unexpected task registered with task=(\d+)", dump):
        return f"JAX_PROCESS_ID={found[1]}: host 0 was told of fewer hosts by its JAX_NUM_PROCESSES"
    if "different incarnation" in dump:
        return "two hosts have the same JAX_PROCESS_ID, or one was started again without the others"
    if "RegisterTask" in dump and "DEADLINE_EXCEEDED" in dump:
        return "not all hosts came in time; JAX_NUM_PROCESSES must be as many as were started"
    at = f"on {machines[0]}" if machines else where
    return (
        f"host 0 {at} is gone: it was killed, failed or cannot be reached, see what it said; "
        "start all hosts again, they go on from the last checkpoint"
    )
