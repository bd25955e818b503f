"""Sentences to vectors: the mean over the tokens of a sentence, at every layer of an encoder."""

import itertools
from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Bool, Float, Float32, Int

from mlm_xling.vocabulary import END, PAD, SPECIALS

SHORTEST_BUCKET = 16
TOKENS_PER_BATCH = 4096


def represent(
    encoder: nnx.Module, token_ids: list[list[int]], language: int, length: int
) -> Float32[np.ndarray, "layer sentence embed"]:
    """Mean-pools every layer over the tokens of each sentence, without specials and padding.

    A sentence is wrapped in `</s>`. One of more than `length` tokens is encoded in windows of
    about equal size, since longer sequences were never trained on; the mean is over the tokens
    of all of them. Windows are sorted into length buckets (powers of two up to `length`), and a
    bucket's batches all have one shape, so there is one compilation a bucket. Pooling is in
    float32 whatever the activations are. A sentence without an ordinary token (empty, or unknown
    words only) becomes the zero vector.

    Args:
      encoder: maps `(input_ids, padding_mask, language)` to the tuple of hidden states.
      token_ids: one list of ids a sentence, without specials at the ends.
      language: index of the sentences' language in `config.languages`.
      length: longest sequence that the encoder was trained on.

    Returns:
      Vectors in the order of the sentences; layer 0 is the embedding output.
    """
    graph, state = nnx.split(encoder)
    windows = [_windows(ids, length - 2) for ids in token_ids]
    owner = np.repeat(np.arange(len(windows)), [len(of_sentence) for of_sentence in windows])
    wrapped = [[END, *window, END] for of_sentence in windows for window in of_sentence]
    sums = np.zeros(0)
    for rows, input_ids in _batches(wrapped, length):
        states = _summed_states(graph, state, input_ids[None], np.array([language], np.int32))
        states = np.asarray(states)[:, : len(rows)]
        if not sums.size:
            sums = np.zeros((len(windows), len(states), states.shape[-1]), np.float32)
        np.add.at(sums, owner[rows], states.swapaxes(0, 1))
    tokens = [sum(token >= SPECIALS for token in ids) for ids in token_ids]
    means = sums / np.maximum(tokens, 1).astype(np.float32)[:, None, None]
    return np.ascontiguousarray(means.swapaxes(0, 1))


def _windows(ids: list[int], size: int) -> list[list[int]]:
    """Cuts a sentence into the fewest windows of at most `size` tokens, of about equal size."""
    count = max(1, -(-len(ids) // size))
    edges = [len(ids) * i // count for i in range(count + 1)]
    return [ids[start:stop] for start, stop in itertools.pairwise(edges)]


def bucket_of(tokens: int, length: int) -> int:
    """The padded length of a sentence of `tokens` tokens: the next power of two, or `length`."""
    return min(max(SHORTEST_BUCKET, 1 << (tokens - 1).bit_length()), length)


def _batches(
    sentences: list[list[int]], length: int
) -> Iterator[tuple[list[int], Int[np.ndarray, "batch length"]]]:
    """Yields (numbers of the sentences, padded ids); spare rows of a batch repeat its first."""
    buckets: dict[int, list[int]] = {}
    for row, ids in enumerate(sentences):
        buckets.setdefault(bucket_of(len(ids), length), []).append(row)
    for bucket, rows in sorted(buckets.items()):
        size = max(1, TOKENS_PER_BATCH // bucket)
        for start in range(0, len(rows), size):
            chosen = rows[start : start + size]
            spare = [chosen[0]] * (size - len(chosen))
            ids = [
                sentences[row] + [PAD] * (bucket - len(sentences[row])) for row in chosen + spare
            ]
            yield chosen, np.array(ids, np.int32)


@partial(jax.jit, static_argnums=0)
def _summed_states(
    graph: nnx.GraphDef,
    state: nnx.State,
    input_ids: Int[Array, "1 batch length"],
    language: Int[Array, "1"],
) -> Float[Array, "layer batch embed"]:
    """Runs the encoder; jitted at module level, so encoders of one architecture share it."""
    encoder = nnx.merge(graph, state)
    hidden_states = encoder(input_ids, input_ids != PAD, language)
    return jnp.stack([_sum(states[0], input_ids[0] >= SPECIALS) for states in hidden_states])


def _sum(
    states: Float[Array, "batch length embed"], chosen: Bool[Array, "batch length"]
) -> Float[Array, "batch embed"]:
    # The default matrix product of an accelerator would round the states to bfloat16.
    return jnp.einsum(
        "ble,bl->be",
        states.astype(jnp.float32),
        chosen.astype(jnp.float32),
        precision=jax.lax.Precision.HIGHEST,
    )
