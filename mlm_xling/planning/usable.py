"""What JAX takes of a device's memory, which a run cannot exceed."""

import math
import os

from mlm_xling.errors import InputError
from mlm_xling.planning.slices import Slice

USUAL_SHARE = 0.75
"""JAX's default for GPUs."""
_NAMES = "XLA_CLIENT_MEM_FRACTION", "XLA_PYTHON_CLIENT_MEM_FRACTION"
"""Environment variables in which JAX looks for another share, the older name last."""


def usable_memory(wanted: Slice) -> int:
    """Returns the bytes per device that a run can use: all of a TPU's, a share of a GPU's.

    Raises:
      InputError: the environment asks for a share that is not a number above 0.
    """
    return wanted.memory if wanted.chip.is_tpu else int(_share() * wanted.memory)


def _share() -> float:
    for name in _NAMES:
        if text := os.environ.get(name):
            try:
                share = float(text)
            except ValueError:
                share = math.nan
            if not 0 < share < math.inf:
                raise InputError(f"{name}={text}: must be a number above 0")
            return share
    return USUAL_SHARE
