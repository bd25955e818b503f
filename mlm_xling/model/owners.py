"""Ownership of parameters: shared or private to an owner, trained or frozen.

An owner is a language, or several that share private parts.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import jax
import optax
from jaxtyping import PyTree

from mlm_xling.config import IN_EMBEDDINGS, ModelConfig
from mlm_xling.model.sharing import is_private


def private_or_shared(params: PyTree) -> PyTree[str]:
    """Labels each parameter `private` or `shared`; encoders may be nested anywhere in `params`."""
    return jax.tree_util.tree_map_with_path(
        lambda path, _: "private" if is_private(path) else "shared", params
    )


def freeze_private(
    trained: optax.GradientTransformation,
) -> optax.GradientTransformationExtraArgs:
    """Freezes private parts of an encoder for fine-tuning (docs/method.md section 4).

    Parts of one language must still fit the shared parts when another language is tested. `trained`
    is the optimizer of all other parameters.
    """
    return optax.partition({"private": optax.set_to_zero(), "shared": trained}, private_or_shared)


def parameter_owners(
    params: PyTree,
    owners: Sequence[tuple[str, ...]],
    trained: Collection[str],
    trainable: Collection[str] = (),
) -> list[tuple[str, str]]:
    """Returns summary lines: (owner, its parts with the number of parameters and bytes).

    Args:
      params: nested dict of (possibly abstract) arrays, an encoder's parts anywhere inside.
      owners: the languages of each owner of private parts (`language_ids.private_owners`).
      trained: languages that are trained on; parts private to others are frozen, and in fine-tuning
        all private parts are.
      trainable: parts that are trained; by default all.
    """
    leaves = jax.tree_util.tree_leaves_with_path(params)

    def lines(whose: str, private: bool, read: bool) -> Iterator[tuple[str, str]]:
        states: dict[str, list[tuple[Any, Any]]] = {"trained": [], "frozen": []}
        for path, leaf in leaves:
            if is_private(path) is private:
                learns = read and (not trainable or _part(path) in trainable)
                states["trained" if learns else "frozen"].append((path, leaf))
        for state, chosen in states.items():
            if chosen:
                yield f"{whose}, {state}", _line(chosen, len(owners) if private else 1)

    found = list(lines("shared", private=False, read=True))
    for owner in owners:
        read = not set(owner).isdisjoint(trained)
        found += lines(f"private to {'+'.join(owner)}", private=True, read=read)
    return found


def describe_private(model: ModelConfig) -> str:
    """Describes the private parts: `private: embeddings, layers 1-3 of 8`."""
    layers = [int(name[len("layer_") :]) for name in model.private if name.startswith("layer_")]
    parts = [name for name in ("embeddings", *IN_EMBEDDINGS) if name in model.private]
    if layers and sorted(layers) == list(range(1, len(layers) + 1)) and len(layers) > 1:
        parts.append(f"layers 1-{len(layers)} of {model.layers}")
    else:
        parts += [f"layer {layer} of {model.layers}" for layer in sorted(layers)]
    return f"private: {', '.join(parts) or 'nothing'}"


def show_count(leaves: Sequence[Any], owners: int = 1) -> str:
    """Formats the number of parameters and bytes of arrays, for one of `owners` equal shares."""
    numbers = sum(math.prod(leaf.shape) for leaf in leaves) // owners
    size = sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in leaves) // owners
    power = min((max(size, 1).bit_length() - 1) // 10, 4)
    return f"{numbers:,} ({size / 1024**power:.1f} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]})"


def _line(leaves: list[tuple[Any, Any]], owners: int) -> str:
    parts = dict.fromkeys(_part(path) for path, _ in leaves)
    return f"{' '.join(parts)}: {show_count([leaf for _, leaf in leaves], owners)}"


def _part(path: tuple[Any, ...]) -> str:
    """Returns the encoder's part (above `shared` or `private`), else the outermost name."""
    names = [str(getattr(entry, "key", entry)) for entry in path]
    where = next((i for i, name in enumerate(names) if name in ("shared", "private")), 1)
    return names[where - 1]
