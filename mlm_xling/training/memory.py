"""Checks that a run fits in memory before hours of preparation, not after."""

import os
from typing import Any

import jax

from mlm_xling.config import Config
from mlm_xling.errors import InputError
from mlm_xling.model.language_ids import private_owners

_TRAINED, _FROZEN = 3 * 4, 4
"""Bytes per parameter: trained, with Adam's two moments, or frozen; single precision."""
_OF_ACTIVATION = 2
"""Bytes per activation, at least; may be twice as many."""


def require_memory(config: Config, mesh: jax.sharding.Mesh) -> None:
    """Rejects a model or a batch that exceeds the memory of a device.

    The estimate is a lower bound: gradients and most activations are not counted.

    Raises:
      InputError: it does not fit; says how much is needed and available.
    """
    # A host is told nothing about the devices of others.
    needed, available = least_bytes(config, dict(mesh.shape)), _memory_of(mesh.local_devices[0])
    if available is not None and needed > available:
        raise InputError(
            f"config.model, config.training: a device needs more than {_shown(needed)} for "
            f"parameters and a batch, and has {_shown(available)}; make layers, width, mlp, "
            "groups, batch_size or length smaller, or divide more by config.mesh"
        )


def least_bytes(config: Config, mesh: dict[str, int]) -> int:
    """Returns the bytes that a device needs for matrices, their moments, and embedded tokens.

    Token embeddings are not counted: their number is known only with the vocabulary.

    Args:
      mesh: number of devices along each axis.
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
    """Memory of a JAX device, None if unknown; CPU devices share the host's."""
    if device.platform == "cpu":
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return (device.memory_stats() or {}).get("bytes_limit")


def _shown(size: int) -> str:
    return f"{size / 2**30:,.1f} GiB"
