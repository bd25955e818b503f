"""Reports in one line which host was lost.

JAX detects a lost host in a thread of its own, and aborts the process with a dump of C++ state. It
has no working callback for that (jaxlib 0.10.2: the status it passes cannot be converted). So the
dump is intercepted on its way to standard error and summarised.
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
"""A host silent for this long counts as lost."""
_DUMP = b"JAX distributed service detected fatal errors"
_END_OF_DUMP = b"Check failure stack trace"
_LOGGED = re.compile(rb"[IWE]\d{4} ")
"""Start of a C++ log message, which is of no use to the user."""
_GONE = re.compile(r"Task (\d+) heartbeat timeout|stopped sending heartbeats\):\s+(\d+)")


def tell_of_lost_hosts(where: str) -> list[str]:
    """Filters what C++ code writes to standard error from now on.

    Args:
      where: address of the first host.

    Returns:
      The list of host names, in host order; to be filled in once they are known.
    """
    machines: list[str] = []
    os.environ["GRPC_VERBOSITY"] = "ERROR"  # Less verbosity would omit the dump.
    screen = os.dup(2)
    reading, writing = os.pipe()
    os.dup2(writing, 2)
    os.close(writing)
    sys.stderr = os.fdopen(os.dup(screen), "w", buffering=1, errors="backslashreplace")
    # abort() first calls this handler with the signal's number, i.e. sleeps six seconds, in which
    # the thread ends the process properly.
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
    """Summarises JAX's reason for ending a process in one line.

    Args:
      where: address of the first host.
      machines: host names, as far as they are known.
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
