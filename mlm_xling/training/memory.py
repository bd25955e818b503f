"""Whether a run can fit in memory at all: told before hours of preparation, not after."""

import os
from typing import Any

import jax

from mlm_xling.config import Config
from mlm_xling.errors import InputError
from mlm_xling.model.language_ids import private_owners

_TRAINED, _FROZEN = 3 * 4, 4
"""Bytes of a parameter: itself and Adam's two moments, in single precision, or itself alone."""
_OF_ACTIVATION = 2
"""Bytes, or twice as many."""


def require_memory(config: Config, mesh: jax.sharding.Mesh) -> None:
    """Refuses a model, or a batch, that is larger than the memory of a device by itself.

    What is counted is less than what training needs: it also keeps gradients and activations.

    Raises:
      InputError: says how much is needed, and how much there is.
    """
    needed, available = least_bytes(config, dict(mesh.shape)), _memory_of(mesh.devices.flat[0])
    if available is not None and needed > available:
        raise InputError(
            f"config.model, config.training: a device needs more than {_shown(needed)} for "
            f"parameters and a batch, and has {_shown(available)}; make layers, width, mlp, "
            "groups, batch_size or length smaller, or divide more by config.mesh"
        )


def least_bytes(config: Config, mesh: dict[str, int]) -> int:
    """Counts the bytes that a device keeps of matrices, their moments, and embedded tokens.

    Embeddings of tokens are left out, since how many there are is known when the vocabulary is.

    Args:
      mesh: devices along each axis.
    """
    model, training = config.model, config.training
    embedded = training.groups * training.batch_size * training.length * model.width
    layer, owners = 4 * model.width**2 + 2 * model.width * model.mlp, len(private_owners(config))
    of_layers = layer * sum(
        (owners if name in model.private else 1)
        * (_TRAINED if name in (training.trainable or [name]) else _FROZEN)
        for name in (f"layer_{i + 1}" for i in range(model.layers))
    )
    return of_layers // (mesh["fsdp"] * mesh["tensor"]) + _OF_ACTIVATION * embedded // (
        mesh["data"] * mesh["fsdp"]
    )


def _memory_of(device: Any) -> int | None:
    """Bytes of a JAX device; None where it does not tell. The devices of a CPU share a host's."""
    if device.platform == "cpu":
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return (device.memory_stats() or {}).get("bytes_limit")


def _shown(size: int) -> str:
    return f"{size / 2**30:,.1f} GiB"
