"""Encodes sequences of ids in batches of few shapes, with a reduction of each batch."""

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
"""Tokens per batch on CPUs, where larger batches take longer per token (docs/speed.md)."""
Item = TypeVar("Item")
HiddenStates = tuple[Float[Array, "batch length embed"], ...]
"""The embedding output, then one array per layer."""
Reduce = Callable[..., PyTree]
"""Maps `(hidden_states, input_ids, carry, *details)` to the result of a batch."""


def bucket_of(tokens: int, length: int) -> int:
    """Returns the padded length of `tokens` tokens: the next power of two, or `length`."""
    return min(max(SHORTEST_BUCKET, 1 << (tokens - 1).bit_length()), length)


def batches(
    sequences: Iterable[tuple[Item, list[int]]], length: int
) -> Iterator[tuple[list[Item], Int[np.ndarray, "batch length"]]]:
    """Yields items and the padded ids of their sequences, in full batches.

    Sequences are bucketed by length, and all batches of a bucket have the same shape, so there is
    one compilation per bucket. Spare rows of a last batch are padding. Only incomplete batches are
    held in memory.
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
    """Returns a function that encodes batches of one language: a partial `encode`.

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

    Jitted at module level, so encoders of one architecture share compiled programs.

    Args:
      input_ids: with `PADDING` after the end of a sequence.
      reduce: a module-level function, not a lambda: each new one is compiled.
      carry: result of an earlier batch, whose memory is reused.
      details: more arrays for `reduce`.
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
    """Does the same with an encoder of another library: only the reduction is compiled."""
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
