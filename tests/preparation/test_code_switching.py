"""Code-switching: so many words, drawn by weight, the same again for the same sentence."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlm_xling.config import CodeSwitchingConfig
from mlm_xling.preparation.code_switching import CodeSwitcher, segmenter

WORDS = [f"word{i}" for i in range(50)]
TRANSLATIONS = {word: {f"MOT{i}": 1.0} for i, word in enumerate(WORDS)}
LONG = " ".join(random.Random(0).choices(WORDS, k=4000)) + "."


def switcher(
    probability=0.3, cap=0.15, dictionaries=(TRANSLATIONS,), language="en", seed=0, version=0
):
    settings = CodeSwitchingConfig(probability=probability, cap=cap)
    return CodeSwitcher(settings, language, dictionaries, seed, version)


def switched(sentence: str) -> int:
    return sentence.count("MOT")


def test_words_change_with_the_probability() -> None:
    count = switched(switcher(cap=0.99)(LONG))
    assert stats.binomtest(count, 4000, 0.3).pvalue > 1e-4


@given(length=st.integers(1, 60), seed=st.integers(0, 5))
def test_at_most_the_cap_of_a_sentence_changes(length: int, seed: int) -> None:
    sentence = " ".join(WORDS[i % 50] for i in range(length))
    assert switched(switcher(seed=seed)(sentence)) <= 0.15 * length


def test_the_cap_is_used_up_where_the_probability_exceeds_it() -> None:
    assert switched(switcher()(LONG)) == 600


def test_translations_are_drawn_by_weight() -> None:
    switch = switcher(0.99, 0.99, [{"a": {"X": 3.0, "Y": 1.0}}])
    drawn = Counter(switch("a " * 4000).split())
    assert stats.binomtest(drawn["X"], drawn["X"] + drawn["Y"], 0.75).pvalue > 1e-4


def test_several_languages_take_equal_parts() -> None:
    switch = switcher(0.99, 0.99, [{"a": {"X": 9.0}}, {"a": {"Y": 1.0}}, {"b": {"Z": 1.0}}])
    drawn = Counter(switch("a " * 4000).split())
    assert stats.binomtest(drawn["X"], drawn["X"] + drawn["Y"], 0.5).pvalue > 1e-4


def test_a_sentence_depends_on_seed_and_version_and_on_nothing_else() -> None:
    assert switcher()(LONG) == switcher()(LONG)
    other = [switcher(seed=1)(LONG), switcher(version=1)(LONG), switcher()(LONG)]
    assert len(set(other)) == 3


def test_nothing_but_words_changes_and_a_capital_stays() -> None:
    switch = switcher(0.99, 0.99, [{"cat": {"chat": 1.0}}])
    assert switch("«Cat», cat-cat  (concat)!" + " .") == "«Chat», chat-chat  (concat)! ."


def test_a_word_in_capitals_is_looked_up_as_it_stands_first() -> None:
    switch = switcher(0.99, 0.99, [{"US": {"USA": 1.0}, "us": {"nous": 1.0}}])
    assert switch("US us US us US us " * 20).split().count("nous") > 0
    assert "Nous" not in switch("US " * 100)


@given(text=st.text())
def test_pieces_join_to_the_sentence(text: str) -> None:
    assert "".join(segmenter("fr")(text)) == text


def test_chinese_is_segmented_and_the_foreign_word_stands_apart() -> None:
    pytest.importorskip("jieba", reason="segments Chinese; pip install jieba")
    switch = switcher(0.99, 0.5, [{"房子": {"house": 1.0}}], language="zh")
    assert switch("我们喜欢这个房子，房子很大。").count(" house ") >= 1
    assert "".join(segmenter("zh")("我们 like 这个房子。")) == "我们 like 这个房子。"
