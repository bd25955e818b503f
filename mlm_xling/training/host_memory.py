"""Host memory between steps."""

import ctypes
import platform

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX, _ARENA_MAX = -1, -2, -4, -8
"""Parameters of glibc's `mallopt(3)`."""


def keep_freed_memory() -> None:
    """Makes malloc keep freed memory, since XLA on CPUs requests the same buffers in every step.

    By default glibc returns large buffers to the kernel, which then has to zero their pages again:
    35,000 page faults per step of `configs/text.py`, and a tenth of those with this setting
    (`benchmarks/allocation.py`). Call it before JAX is imported. No effect without glibc.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_MMAP_MAX, 0)
    libc.mallopt(_TRIM_THRESHOLD, 2**31 - 1)
    libc.mallopt(_TOP_PAD, 64 << 20)
    libc.mallopt(_ARENA_MAX, 1)  # Other arenas cannot hold buffers of more than 64 MiB.
