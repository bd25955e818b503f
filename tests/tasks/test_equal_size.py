"""Cutting text: exactly to size, at random, document by document."""

from collections import Counter
from typing import Any

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from mlm_xling.config import VocabularyConfig
from mlm_xling.data.left_out import LeftOut
from mlm_xling.data.text import sentence_hash
from mlm_xling.vocabulary import train_vocabulary
from tasks.equal_size import Cut, make_measure, total_size
from tests.data_fixtures import documents, sentences

MADE = documents("en", 100)
TOTAL = sum(map(len, MADE))
VOCABULARY = train_vocabulary({"en": sentences("en", 300)}, VocabularyConfig(size=100))


def dataset(made: list[list[str]] = MADE) -> tf.data.Dataset:
    texts = tf.data.Dataset.from_tensor_slices(["\n".join(lines) for lines in made])
    return texts.map(lambda text: {"text": text})


def cut(unit: str, keep: int, seed: str = "0") -> list[list[str]]:
    measure = make_measure(unit, VOCABULARY, "en", LeftOut())
    kept = Cut(measure, total_size(dataset(), measure), keep, seed)(dataset())
    texts: Any = kept.map(lambda item: item["text"]).as_numpy_iterator()
    return [text.decode().split("\n") for text in texts]


@settings(max_examples=20)
@given(keep=st.integers(0, TOTAL), seed=st.text("ab", max_size=3))
def test_exactly_so_many_sentences_stay(keep: int, seed: str) -> None:
    assert sum(map(len, cut("sentences", keep, seed))) == keep


def test_documents_stay_whole_and_in_order() -> None:
    whole = [lines for lines in cut("sentences", 300) if lines in MADE]
    assert len(whole) >= len(cut("sentences", 300)) - 3
    assert [MADE.index(lines) for lines in whole] == sorted(MADE.index(lines) for lines in whole)


def test_every_part_of_the_text_has_its_chance() -> None:
    half = Counter(
        MADE.index(lines) * 4 // len(MADE)
        for seed in "abcdefgh"
        for lines in cut("sentences", TOTAL // 2, seed)
        if lines in MADE
    )
    assert min(half.values()) > 0.6 * max(half.values())


def test_the_seed_decides() -> None:
    assert cut("sentences", 200, "a") == cut("sentences", 200, "a") != cut("sentences", 200, "b")


def test_tokens_are_met_to_less_than_a_sentence() -> None:
    measure = make_measure("tokens", VOCABULARY, "en", LeftOut())
    kept = sum(sum(measure(lines)) for lines in cut("tokens", 1500))
    assert 1500 - 60 < kept <= 1500
    assert measure(["a b"]) == [len(VOCABULARY.encode(["a b"], "en")[0]) + 1]


@pytest.mark.parametrize("unit", ["sentences", "tokens"])
def test_reserved_sentences_weigh_nothing(unit: str) -> None:
    reserved = frozenset(sentence_hash(line) for lines in MADE[:30] for line in lines)
    measure = make_measure(unit, VOCABULARY, "en", LeftOut(reserved))
    assert sum(measure(MADE[0])) == 0
    assert total_size(dataset(), measure) == sum(sum(measure(lines)) for lines in MADE)
