"""Hidden states of words in running text, taken at each word's first subword."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32, Int

from mlm_xling.evaluation.representations.batching import HiddenStates, batch_encoder, batches
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.running_text import RunningText, encode_text


class Tokens(NamedTuple):
    """A sentence as the encoder reads it."""

    ids: list[int]
    first: list[int]
    """Position of each word's first subword; -1 for words that do not fit."""


def tokens(model: Pretrained, language: str, sentence: RunningText) -> Tokens:
    """Encodes running text, wraps it, and truncates what does not fit."""
    ids, first = encode_text(sentence, model.vocabulary, language)
    special = model.vocabulary.special
    room = special.room(model.config.training.length)
    before = len(special.opening)
    places = [before + place if place < room else -1 for place in first]
    return Tokens(special.wrap(ids[:room]), places)


def word_states(
    model: Pretrained, language: str, sentences: list[Tokens], wanted: list[list[int]]
) -> Float32[np.ndarray, "layer word embed"]:
    """Returns the states of the wanted words of each sentence at every layer, in order.

    Args:
      wanted: positions in the ids of each sentence.
    """
    encode = batch_encoder(model.encoder, model.config.languages.index(language))
    offsets = np.cumsum([0, *map(len, wanted)])
    shape = model.config.model.layers + 1, int(offsets[-1]), model.config.model.width
    result = np.zeros(shape, np.float32)
    numbered = ((row, sentence.ids) for row, sentence in enumerate(sentences))
    for rows, input_ids in batches(numbered, model.config.training.length):
        places = [(i, place) for i, row in enumerate(rows) for place in wanted[row]]
        filled = np.zeros((2, input_ids.size), np.int32)
        filled[:, : len(places)] = np.array(places, np.int32).reshape(-1, 2).T
        states = encode(input_ids, _take_words, None, filled)
        words = np.concatenate([np.arange(offsets[row], offsets[row + 1]) for row in rows])
        result[:, words] = np.asarray(states)[:, : len(places)]
    return result


def _take_words(
    hidden_states: HiddenStates,
    input_ids: Int[Array, "batch length"],
    carry: None,
    places: Int[Array, "2 word"],
) -> Float[Array, "layer word embed"]:
    del input_ids, carry
    taken = [states[places[0], places[1]] for states in hidden_states]
    return jnp.stack(taken).astype(jnp.float32)
