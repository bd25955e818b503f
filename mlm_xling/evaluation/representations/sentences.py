"""Sentences to vectors: the mean over the tokens of a sentence, at every layer of an encoder."""

import itertools
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Bool, Float, Float32, Int

from mlm_xling.evaluation.representations.batching import HiddenStates, batches, encode
from mlm_xling.tokenizer import SpecialTokens


def represent(
    encoder: nnx.Module,
    token_ids: list[list[int]],
    language: int,
    length: int,
    special: SpecialTokens,
) -> Float32[np.ndarray, "layer sentence embed"]:
    """Mean-pools every layer over the tokens of each sentence, without specials and padding.

    A sentence is wrapped in special tokens. One of more than `length` tokens is encoded in windows
    of about equal size, since longer sequences were never trained on; the mean is over the tokens
    of all of them. Pooling is in float32 whatever the activations are. A sentence without an
    ordinary token (empty, or unknown words only) becomes the zero vector.

    Args:
      encoder: maps `(input_ids, padding_mask, language)` to the tuple of hidden states.
      token_ids: one list of ids a sentence, without specials at the ends.
      language: index of the sentences' language in `config.languages`.
      length: longest sequence that the encoder was trained on.
      special: of the tokenizer of the ids.

    Returns:
      Vectors in the order of the sentences; layer 0 is the embedding output.
    """
    graph, state = nnx.split(encoder)
    number = np.array([language], np.int32)
    sums = np.zeros(0)
    for rows, input_ids in batches(windows(token_ids, length, special), length):
        ordinary = special.ordinary(input_ids)
        states = encode(graph, state, number, input_ids, _sum_tokens, None, ordinary)
        states = np.asarray(states)[:, : len(rows)]
        if not sums.size:
            sums = np.zeros((len(token_ids), len(states), states.shape[-1]), np.float32)
        np.add.at(sums, rows, states.swapaxes(0, 1))
    tokens = [sum(token not in special.ids for token in ids) for ids in token_ids]
    means = sums / np.maximum(tokens, 1).astype(np.float32)[:, None, None]
    return np.ascontiguousarray(means.swapaxes(0, 1))


def windows(
    token_ids: list[list[int]], length: int, special: SpecialTokens
) -> Iterator[tuple[int, list[int]]]:
    """Yields (number of the sentence, wrapped ids): the fewest windows of at most `length` ids."""
    size = special.room(length)
    for row, ids in enumerate(token_ids):
        count = max(1, -(-len(ids) // size))
        edges = [len(ids) * i // count for i in range(count + 1)]
        for start, stop in itertools.pairwise(edges):
            yield row, special.wrap(ids[start:stop])


def _sum_tokens(
    hidden_states: HiddenStates,
    input_ids: Int[Array, "batch length"],
    carry: None,
    ordinary: Bool[Array, "batch length"],
) -> Float[Array, "layer batch embed"]:
    del input_ids, carry
    tokens = ordinary.astype(jnp.float32)
    # The default matrix product of an accelerator would round the states to bfloat16.
    return jnp.stack(
        [
            jnp.einsum(
                "ble,bl->be",
                states.astype(jnp.float32),
                tokens,
                precision=jax.lax.Precision.HIGHEST,
            )
            for states in hidden_states
        ]
    )
