"""Code-switching: so many words, drawn by weight, the same again for the same sentence."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlm_xling.config import CodeSwitchingConfig
from mlm_xling.preparation.code_switching import CodeSwitcher

WORDS = [f"word{i}" for i in range(50)]
TRANSLATIONS = {word: {f"MOT{i}": 1.0} for i, word in enumerate(WORDS)}
LONG = " ".join(random.Random(0).choices(WORDS, k=4000)) + "."


def switcher(
    probability=0.3, cap=0.15, dictionaries=(TRANSLATIONS,), language="en", seed=0, version=0
):
    switch = code_switcher(probability, cap, dictionaries, language, seed, version)
    return lambda sentence: switch(sentence).sentence


def code_switcher(
    probability, cap, dictionaries=(TRANSLATIONS,), language="en", seed=0, version=0
) -> CodeSwitcher:
    settings = CodeSwitchingConfig(probability=probability, cap=cap)
    return CodeSwitcher(settings, language, dictionaries, seed, version)


def switched(sentence: str) -> int:
    return sentence.count("MOT")


def test_words_change_with_the_probability() -> None:
    count = switched(switcher(cap=0.99)(LONG))
    assert stats.binomtest(count, 4000, 0.3).pvalue > 1e-4


@given(length=st.integers(1, 60), seed=st.integers(0, 5))
def test_at_most_the_cap_of_a_sentence_changes_but_for_rounding(length: int, seed: int) -> None:
    sentence = " ".join(WORDS[i % 50] for i in range(length))
    assert switched(switcher(seed=seed)(sentence)) < 0.15 * length + 1


@pytest.mark.parametrize(("probability", "cap"), [(0.3, 0.15), (0.1, 0.15), (0.3, 0.99)])
@pytest.mark.parametrize("length", [1, 3, 5, 9])
def test_short_sentences_switch_as_much_as_long_ones(length, probability, cap) -> None:
    rng, switch = random.Random(length), code_switcher(probability, cap)
    made = [switch(" ".join([str(i), *rng.choices(WORDS, k=length)])) for i in range(4000)]
    expected = 4000 * min(probability * length, cap * (length + 1))
    assert sum(each.switched for each in made) == pytest.approx(expected, rel=0.08)
    assert all(each.switched == switched(each.sentence) for each in made)
    assert {each.words for each in made} == {length + 1}


def test_the_cap_is_used_up_where_the_probability_exceeds_it() -> None:
    assert switched(switcher()(LONG)) == 600


def test_translations_are_drawn_by_weight() -> None:
    switch = switcher(0.99, 0.99, [{"a": {"X": 3.0, "Y": 1.0}}])
    drawn = Counter(switch("a " * 4000).split())
    assert stats.binomtest(drawn["X"], drawn["X"] + drawn["Y"], 0.75).pvalue > 1e-4


def test_a_word_that_translates_as_itself_does_not_count_as_switched() -> None:
    names = {"Paris": {"Paris": 1.0}, "word": {"MOT": 1.0}}
    made = code_switcher(0.99, 0.99, [names])("Paris word " * 1000)
    assert made.switched == switched(made.sentence) == pytest.approx(990, abs=10)


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
def test_a_sentence_without_known_words_stays_as_it_is(text: str) -> None:
    assert switcher(0.99, 0.99, [{}])(text) == text


HINDI = {"लड़का": "boy", "कुर्सी": "chair", "कमरे": "room", "रोटी": "bread"}


def test_words_with_combining_marks_are_replaced_whole() -> None:
    sentence = "लड़का कमरे में कुर्सी पर रोटी खाता है। " * 20
    switch = switcher(0.5, 0.5, [{word: {name: 1.0} for word, name in HINDI.items()}], "hi")
    switched = Counter(switch(sentence).split())
    assert set(switched) <= {*sentence.split(), *HINDI.values()}
    assert all(switched[name] + switched[word] == 20 for word, name in HINDI.items())
    assert sum(switched[name] for name in HINDI.values()) > 20


def test_a_mark_does_not_make_a_known_word_of_part_of_another() -> None:
    decomposed = "ma\u0302t ma\u0302t"  # mât; its first two letters are a word, too
    assert switcher(0.99, 0.99, [{"ma": {"MY": 1.0}}], "fr")(decomposed) == decomposed


@pytest.mark.parametrize(
    ("language", "sentence", "word"),
    [
        ("zh", "我们喜欢这个房子，房子很大。", "房子"),
        ("zh-Hant", "我們喜歡這個房子，房子很大。", "房子"),
        ("ja", "私は日本語を勉強しています。", "勉強"),
        ("th", "ผมรักภาษาไทยมาก", "ไทย"),
        ("km", "ខ្ញុំរៀនភាសាខ្មែរ", "រៀន"),
        ("fr", "Le mot 房子很大 veut dire", "房子"),
    ],
)
def test_a_foreign_word_stands_apart_where_there_were_no_spaces(language, sentence, word) -> None:
    switch = switcher(0.99, 0.5, [{word: {"house": 1.0}}], language)
    assert " house " in switch(sentence)
    assert switch(sentence).replace(" house ", word) == sentence
