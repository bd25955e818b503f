"""Memory of the host between steps."""

import ctypes
import platform

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX, _ARENA_MAX = -1, -2, -4, -8
"""Names of glibc's `mallopt(3)` parameters."""


def keep_freed_memory() -> None:
    """Lets the process keep what it frees, as XLA on a CPU asks for the same buffers each step.

    By default glibc gives large buffers back to the kernel, which then zeroes their pages anew:
    35,000 page faults in a step of `configs/text.py`, and a tenth of those with this
    (`benchmarks/allocation.py`). Call it before JAX is imported. Where there is no glibc, nothing
    happens.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_MMAP_MAX, 0)
    libc.mallopt(_TRIM_THRESHOLD, 2**31 - 1)
    libc.mallopt(_TOP_PAD, 64 << 20)
    libc.mallopt(_ARENA_MAX, 1)  # Other arenas cannot hold buffers of more than 64 MiB.
