"""Probabilities of a masked language model for each token of a sentence, masked in turn."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Float64, Int

from mlm_xling.evaluation.representations.batching import batches
from mlm_xling.evaluation.representations.sentences import windows
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.tokenizer import PADDING


class _Hidden(NamedTuple):
    """A masked token."""

    sentence: int
    place: int
    """Position in the sequence, including special tokens."""
    token: int


def token_nats(
    model: Pretrained, language: str, token_ids: list[list[int]]
) -> list[Float64[np.ndarray, " token"]]:
    """Computes -log p of every token, given all others of its window (Salazar et al., 2020).

    Args:
      token_ids: ids of each sentence, without specials at the ends.
    """
    graph, state = nnx.split(model.module)
    number = np.array([model.config.languages.index(language)], np.int32)
    nats: list[list[float]] = [[] for _ in token_ids]
    length = model.config.training.length
    for hidden, input_ids in batches(_hiding(model, token_ids, length), length):
        asked = np.zeros((2, len(input_ids)), np.int32)
        asked[:, : len(hidden)] = [[h.place for h in hidden], [h.token for h in hidden]]
        found = np.asarray(_nats(graph, state, number, input_ids, *asked), np.float64)
        for one, value in zip(hidden, found, strict=False):
            nats[one.sentence].append(float(value))
    return [np.array(of_sentence, np.float64) for of_sentence in nats]


def _hiding(
    model: Pretrained, token_ids: list[list[int]], length: int
) -> Iterator[tuple[_Hidden, list[int]]]:
    special = model.vocabulary.special
    assert special.mask is not None
    first = len(special.opening)
    for window, ids in windows(token_ids, length, special):
        for place in range(first, len(ids) - len(special.closing)):
            hidden = _Hidden(window.sentence, place, ids[place])
            yield hidden, [*ids[:place], special.mask, *ids[place + 1 :]]


@partial(jax.jit, static_argnames="graph")
def _nats(
    graph: nnx.GraphDef,
    state: nnx.State,
    language: Int[Array, "1"],
    input_ids: Int[Array, "batch length"],
    places: Int[Array, " batch"],
    targets: Int[Array, " batch"],
) -> Float[Array, " batch"]:
    """Returns -log p of one token per row."""
    encoder, real = nnx.merge(graph, state), input_ids != PADDING
    last = encoder(jnp.where(real, input_ids, 0)[None], real[None], language)[-1][0]
    at_places = jnp.take_along_axis(last, places[:, None, None], axis=1)[:, 0]
    scores = jax.nn.log_softmax(encoder.logits(at_places[None], language)[0])
    rows = encoder.rows(targets[None], language)[0]
    return -jnp.take_along_axis(scores, rows[:, None], axis=1)[:, 0]
