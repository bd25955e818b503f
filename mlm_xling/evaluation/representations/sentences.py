"""Sentence vectors: a mean over the tokens of a sentence, at every layer of an encoder."""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Float32, Int

from mlm_xling.evaluation.representations.batching import HiddenStates, batch_encoder, batches
from mlm_xling.model.outside import OutsideEncoder
from mlm_xling.tokenizer import PADDING, SpecialTokens


class Window(NamedTuple):
    """A part of a sentence, usually all of it, that is encoded as one sequence."""

    sentence: int
    start: int
    """Index of its first token in the sentence."""
    is_last: bool


def represent(
    encoder: nnx.Module | OutsideEncoder,
    token_ids: list[list[int]],
    language: int,
    length: int,
    special: SpecialTokens,
    pooling: str = "mean",
) -> Float32[np.ndarray, "layer sentence embed"]:
    """Pools every layer over the tokens of each sentence.

    Sentences are wrapped in special tokens. One of more than `length` tokens is encoded in windows
    of about equal size, since longer sequences were never trained on, and pooled over all of them.
    Pooling is in float32 regardless of the activations' type. The mean of a sentence without an
    ordinary token (empty, or unknown words only) is the zero vector.

    Args:
      encoder: maps `(input_ids, padding_mask, language)` to the tuple of hidden states.
      token_ids: one list of ids per sentence, without specials at the ends.
      language: index of the sentences' language in `config.languages`.
      length: maximum sequence length in training.
      special: special tokens of the tokenizer.
      pooling: `config.evaluation.pooling`.

    Returns:
      Vectors in the order of the sentences; layer 0 is the embedding output.
    """
    if not token_ids:  # The number of layers and the width are only known from a batch.
        return represent(encoder, [[]], language, length, special, pooling)[:, :0]
    encode = batch_encoder(encoder, language)
    sums, weight = np.zeros(0), np.zeros(len(token_ids), np.float32)
    for found, input_ids in batches(windows(token_ids, length, special), length):
        weights = _weights(pooling, found, input_ids, special)
        rows = [window.sentence for window in found]
        np.add.at(weight, rows, weights.sum(axis=1)[: len(rows)])
        states = np.asarray(encode(input_ids, _sum_tokens, None, weights))[:, : len(rows)]
        if not sums.size:
            sums = np.zeros((len(token_ids), len(states), states.shape[-1]), np.float32)
        np.add.at(sums, rows, states.swapaxes(0, 1))
    means = sums / np.maximum(weight, 1)[:, None, None]
    return np.ascontiguousarray(means.swapaxes(0, 1))


def windows(
    token_ids: list[list[int]], length: int, special: SpecialTokens
) -> Iterator[tuple[Window, list[int]]]:
    """Yields windows and their wrapped ids, as few per sentence as `length` allows."""
    size = special.room(length)
    for row, ids in enumerate(token_ids):
        count = max(1, -(-len(ids) // size))
        edges = [len(ids) * i // count for i in range(count + 1)]
        for start, stop in itertools.pairwise(edges):
            yield Window(row, start, stop == len(ids)), special.wrap(ids[start:stop])


def _weights(
    pooling: str,
    found: Sequence[Window],
    input_ids: Int[np.ndarray, "batch length"],
    special: SpecialTokens,
) -> Float32[np.ndarray, "batch length"]:
    """Returns the weight of each token in its sentence; spare rows are all zero."""
    if pooling in ("mean", "weighted"):
        weights = special.ordinary(input_ids).astype(np.float32)
        if pooling == "weighted":
            before = np.array([window.start for window in found]) - len(special.opening)
            weights[: len(found)] *= before[:, None] + np.arange(1, input_ids.shape[1] + 1)
        return weights
    if pooling == "mean_with_specials":
        return (input_ids != PADDING).astype(np.float32)
    weights = np.zeros(input_ids.shape, np.float32)
    ends = (input_ids != PADDING).sum(axis=1) - 1
    for row, window in enumerate(found):
        if pooling == "first":
            weights[row, 0] = window.start == 0
        else:
            weights[row, ends[row]] = window.is_last
    return weights


def _sum_tokens(
    hidden_states: HiddenStates,
    input_ids: Int[Array, "batch length"],
    carry: None,
    weights: Float[Array, "batch length"],
) -> Float[Array, "layer batch embed"]:
    del input_ids, carry
    # By default, matrix products on accelerators would round the states to bfloat16.
    return jnp.stack(
        [
            jnp.einsum(
                "ble,bl->be",
                states.astype(jnp.float32),
                weights,
                precision=jax.lax.Precision.HIGHEST,
            )
            for states in hidden_states
        ]
    )
