"""Derived languages: the same words in another order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.word_order import reordered, word_order

WORDS = st.lists(st.text("abc.", min_size=1), max_size=12)


@given(WORDS, st.sampled_from(["en:reverse", "en:permute", "en:shift:permute:reverse"]))
def test_a_sentence_keeps_its_words_whatever_their_order(words: list[str], language: str) -> None:
    assert sorted(reordered(" ".join(words), language).split()) == sorted(words)


@given(WORDS)
def test_backwards_is_from_the_last_word_to_the_first(words: list[str]) -> None:
    assert reordered(" ".join(words), "en:reverse").split() == words[::-1]


@given(st.text(), st.sampled_from(["en", "en2", "en:shift"]))
def test_a_language_without_an_order_of_its_own_is_written_as_it_is(text: str, language: str):
    assert reordered(text, language) == text


def test_every_sentence_has_an_order_of_its_own_and_always_the_same() -> None:
    sentences = [" ".join(f"{number}{word}" for word in "abcdefgh") for number in range(20)]
    orders = [tuple(word_order(sentence.split(), "en:permute")) for sentence in sentences]

    assert len(set(orders)) > 15
    assert orders == [tuple(word_order(line.split(), "en:permute")) for line in sentences]


def test_where_no_space_is_between_words_they_are_moved_all_the_same() -> None:
    assert reordered("我喜欢吃苹果。", "zh:reverse") == "。苹果吃喜欢我"


def test_words_and_numbers_of_other_scripts_are_kept_apart_wherever_they_come_to_stand() -> None:
    assert reordered("我用 Python 3 写", "zh:reverse") == "写3 Python用我"


@pytest.mark.parametrize("language", ["en:reverse", "en:shift:reverse"])
def test_signs_stay_on_their_words(language: str) -> None:
    assert reordered("The cat, it sat.", language) == "sat. it cat, The"
