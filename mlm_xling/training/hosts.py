"""Several hosts, one run."""

import os

import jax

from mlm_xling.errors import InputError


def join_hosts() -> None:
    """Connects this process to the other hosts of the run, if there are any.

    On a TPU pod slice JAX finds them itself. Elsewhere three variables say who is who, on every
    host: JAX_COORDINATOR_ADDRESS (host:port of the first), JAX_NUM_PROCESSES, JAX_PROCESS_ID.

    Raises:
      InputError: some of the variables are set and some are not.
    """
    names = ("JAX_COORDINATOR_ADDRESS", "JAX_NUM_PROCESSES", "JAX_PROCESS_ID")
    values = [os.environ.get(name) for name in names]
    if all(values):
        address, processes, process = values
        jax.distributed.initialize(address, int(processes or 0), int(process or 0))
    elif any(values):
        missing = ", ".join(n for n, value in zip(names, values, strict=True) if not value)
        raise InputError(f"several hosts need {missing} in the environment, too")
    elif "," in os.environ.get("TPU_WORKER_HOSTNAMES", ""):
        jax.distributed.initialize()
