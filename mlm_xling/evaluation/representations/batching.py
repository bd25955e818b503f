"""Sequences of ids through an encoder in batches of few shapes, whatever is then made of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Int, PyTree

from mlm_xling.model.outside import OutsideEncoder
from mlm_xling.tokenizer import PADDING

SHORTEST_BUCKET = 16
TOKENS_PER_BATCH = 4096
TOKENS_PER_BATCH_ON_CPU = 2048
"""Tokens of a batch on CPUs, where larger ones take longer a token (docs/speed.md)."""
Item = TypeVar("Item")
HiddenStates = tuple[Float[Array, "batch length embed"], ...]
"""The embedding output first, then one array a layer."""
Reduce = Callable[..., PyTree]
"""From `(hidden_states, input_ids, carry, *details)` to what is wanted of a batch."""


def bucket_of(tokens: int, length: int) -> int:
    """Gives the padded length of `tokens` tokens: the next power of two, or `length`."""
    return min(max(SHORTEST_BUCKET, 1 << (tokens - 1).bit_length()), length)


def batches(
    sequences: Iterable[tuple[Item, list[int]]], length: int
) -> Iterator[tuple[list[Item], Int[np.ndarray, "batch length"]]]:
    """Yields items and the padded ids of their sequences, as many as make a full batch.

    Sequences of one bucket of lengths stand together, and a bucket's batches all have one shape,
    so there is one compilation a bucket. Spare rows of a last batch are padding. Only unfinished
    batches are held in memory.
    """
    waiting: dict[int, list[tuple[Item, list[int]]]] = defaultdict(list)
    for item, ids in sequences:
        bucket = bucket_of(len(ids), length)
        waiting[bucket].append((item, ids))
        if len(waiting[bucket]) == _rows(bucket):
            yield _padded(waiting.pop(bucket), bucket)
    for bucket, left in sorted(waiting.items()):
        yield _padded(left, bucket)


def batch_encoder(encoder: nnx.Module | OutsideEncoder, language: int) -> Callable[..., PyTree]:
    """Makes what encodes batches of one language: `encode` with all but its last arguments.

    Args:
      language: index into the configuration's languages.

    Returns:
      A function of `(input_ids, reduce, carry, *details)`.
    """
    if isinstance(encoder, OutsideEncoder):
        return partial(_encode_outside, encoder)
    return partial(encode, *nnx.split(encoder), np.array([language], np.int32))


@partial(jax.jit, static_argnames=("graph", "reduce"), donate_argnames="carry")
def encode(
    graph: nnx.GraphDef,
    state: nnx.State,
    language: Int[Array, "1"],
    input_ids: Int[Array, "batch length"],
    reduce: Reduce,
    carry: PyTree = None,
    *details: Any,
) -> PyTree:
    """Encodes a batch of one language and reduces its hidden states on the device.

    Jitted at module level, so encoders of one architecture share what is compiled.

    Args:
      input_ids: with `PADDING` where a sequence has ended.
      reduce: a function of a module, not a lambda: each new one is compiled.
      carry: what an earlier batch left; its memory is used again.
      details: further arrays for `reduce`.
    """
    real = input_ids != PADDING
    encoder, ids = nnx.merge(graph, state), jnp.where(real, input_ids, 0)
    hidden_states = encoder(ids[None], real[None], language)
    return reduce(tuple(states[0] for states in hidden_states), input_ids, carry, *details)


def _encode_outside(
    encoder: OutsideEncoder,
    input_ids: Int[np.ndarray, "batch length"],
    reduce: Reduce,
    carry: PyTree = None,
    *details: Any,
) -> PyTree:
    """Does what `encode` does where another library encodes: only the reduction is compiled."""
    hidden_states = encoder.hidden_states(input_ids, input_ids != PADDING)
    return _reduce(hidden_states, input_ids, reduce, carry, *details)


@partial(jax.jit, static_argnames="reduce", donate_argnames="carry")
def _reduce(
    hidden_states: HiddenStates,
    input_ids: Int[Array, "batch length"],
    reduce: Reduce,
    carry: PyTree,
    *details: Any,
) -> PyTree:
    return reduce(hidden_states, input_ids, carry, *details)


def _rows(bucket: int) -> int:
    on_cpu = jax.default_backend() == "cpu"
    return max(1, (TOKENS_PER_BATCH_ON_CPU if on_cpu else TOKENS_PER_BATCH) // bucket)


def _padded(
    sequences: list[tuple[Item, list[int]]], bucket: int
) -> tuple[list[Item], Int[np.ndarray, "batch length"]]:
    input_ids = np.full((_rows(bucket), bucket), PADDING, np.int32)
    for row, (_, ids) in enumerate(sequences):
        input_ids[row, : len(ids)] = ids
    return [item for item, _ in sequences], input_ids
