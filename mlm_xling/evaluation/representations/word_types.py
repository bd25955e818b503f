"""Word-type vectors: rows of the embedding matrix, and means over contexts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32, Int, Int32

from mlm_xling.config import LexiconConfig
from mlm_xling.evaluation.inputs.subwords import Segmented, Segmenter
from mlm_xling.evaluation.inputs.training_text import training_sentences
from mlm_xling.evaluation.representations.batching import HiddenStates, batch_encoder, batches
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.tokenizer import SpecialTokens


@dataclass(frozen=True)
class WordTable:
    """A list of words with a vector for each."""

    words: tuple[str, ...]
    vectors: Float32[np.ndarray, "word embed"]

    @property
    def index(self) -> dict[str, int]:
        """Row of each word."""
        return {word: row for row, word in enumerate(self.words)}


@dataclass(frozen=True)
class WordVectors:
    """Vectors that an encoder gives the words of a language, most frequent words first."""

    static: WordTable
    """Words that are a single subword, with its row of the embedding matrix."""
    layers: tuple[WordTable, ...]
    """Means over a word's subwords, then over its occurrences; the embedding output first."""


def word_vectors(model: Pretrained, language: str, config: LexiconConfig) -> WordVectors:
    """Reads the model's training text twice: once to count words, once to encode it.

    Raises:
      InputError: the text no longer exists.
    """
    segmenter = Segmenter(model.vocabulary, language)

    def stretches() -> Iterator[list[Segmented]]:
        return map(segmenter, training_sentences(model, language, config.sentences))

    counts, subwords = _count(stretches())
    frequent = [word for word, _ in counts.most_common(config.words)]
    number = model.config.languages.index(language)
    single = [word for word in frequent if word in subwords]
    ids = jnp.array([subwords[word].most_common(1)[0][0] for word in single], jnp.int32)
    rows = model.encoder.token_embeddings(ids, number)  # pyright: ignore
    static = WordTable(tuple(single), np.asarray(rows, np.float32))
    return WordVectors(static, _in_context(model, number, stretches(), frequent))


def _count(
    sentences: Iterable[list[Segmented]],
) -> tuple[Counter[str], dict[str, Counter[int]]]:
    """Counts each word, and each subword that is a word by itself."""
    counts: Counter[str] = Counter()
    subwords: dict[str, Counter[int]] = defaultdict(Counter)
    for stretches in sentences:
        for ids, words in stretches:
            for word, start, stop in words:
                counts[word] += 1
                if stop == start + 1:
                    subwords[word][ids[start]] += 1
    return counts, subwords


Spans = list[tuple[int, int, int]]
"""(index of the word, first subword, past the last)."""


def _in_context(
    model: Pretrained, language: int, sentences: Iterable[list[Segmented]], words: list[str]
) -> tuple[WordTable, ...]:
    """Encodes once for all layers; memory is bounded by the table of sums."""
    numbers = {word: number for number, word in enumerate(words)}
    length, width = model.config.training.length, model.config.model.width
    encode = batch_encoder(model.encoder, language)
    slots = 1 << max(len(words), 255).bit_length()  # few shapes; the last is for other tokens
    sums = jnp.zeros((model.config.model.layers + 1, slots, width), jnp.float32)
    occurrences = np.zeros(slots, np.int64)
    special = model.vocabulary.special
    windows = (
        window
        for stretches in sentences
        for window in _windows(stretches, length, numbers, special)
    )
    for found, input_ids in batches(windows, length):
        word, weight = _shares(found, input_ids.shape, slots - 1)
        sums = encode(input_ids, _add_words, sums, word, weight)
        np.add.at(occurrences, [number for spans in found for number, *_ in spans], 1)
    seen = np.flatnonzero(occurrences[: len(words)])
    kept = tuple(words[row] for row in seen)
    divisor = occurrences[seen].astype(np.float32)[:, None]
    return tuple(WordTable(kept, np.asarray(layer)[seen] / divisor) for layer in sums)


def _windows(
    stretches: list[Segmented], length: int, numbers: dict[str, int], special: SpecialTokens
) -> Iterator[tuple[Spans, list[int]]]:
    """Splits a sentence between stretches into wrapped windows of about equal size.

    Stretches longer than a window are skipped.
    """
    room, before = special.room(length), len(special.opening)
    total = sum(len(stretch.ids) for stretch in stretches)
    aim = -(-total // max(1, -(-total // room)))
    ids: list[int] = []
    words: Spans = []
    for stretch in stretches:
        if len(stretch.ids) > room:
            continue
        if len(ids) >= aim or len(ids) + len(stretch.ids) > room:
            yield words, special.wrap(ids)
            ids, words = [], []
        words += [
            (numbers[word], before + len(ids) + start, before + len(ids) + stop)
            for word, start, stop in stretch.words
            if word in numbers
        ]
        ids += stretch.ids
    if words:
        yield words, special.wrap(ids)


def _shares(
    found: list[Spans], shape: tuple[int, int], nowhere: int
) -> tuple[Int32[np.ndarray, "batch length"], Float32[np.ndarray, "batch length"]]:
    """Assigns each id its word and its weight: one over the number of the word's subwords."""
    word, weight = np.full(shape, nowhere, np.int32), np.zeros(shape, np.float32)
    for row, spans in enumerate(found):
        for number, start, stop in spans:
            word[row, start:stop] = number
            weight[row, start:stop] = 1 / (stop - start)
    return word, weight


def _add_words(
    hidden_states: HiddenStates,
    input_ids: Int[Array, "batch length"],
    sums: Float[Array, "layer word embed"],
    word: Int[Array, "batch length"],
    weight: Float[Array, "batch length"],
) -> Float[Array, "layer word embed"]:
    """Adds every occurrence to its word's sum, at every layer."""
    del input_ids
    rows = jnp.stack([states.astype(jnp.float32) * weight[..., None] for states in hidden_states])
    return sums.at[:, word.reshape(-1)].add(rows.reshape(len(rows), -1, rows.shape[-1]))
