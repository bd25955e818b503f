"""Windows: positions stay in what was trained, every word is read once, with context."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.evaluation.finetuning.windows import CONTEXT, Limits, sentence_windows
from mlm_xling.vocabulary import END, XLM_SPECIAL

sentence = st.lists(st.integers(1, 9), min_size=1, max_size=60).map(np.array)
length = st.integers(8, 40)


def made(subwords):
    """Ids that tell word and subword."""
    return np.concatenate([100 * (i + 1) + np.arange(n) for i, n in enumerate(subwords)])


def limits(length):
    return Limits(length, 1, XLM_SPECIAL)


@given(sentence, length)
def test_every_word_is_read_once_at_its_first_subword(subwords, length):
    windows = sentence_windows(made(subwords), subwords, limits(length))

    read = [window.ids[position] for window in windows for position in window.positions]
    assert read == [100 * (i + 1) for i in range(len(subwords))]
    assert [window.first for window in windows] == list(
        np.cumsum([0, *(len(window.positions) for window in windows[:-1])])
    )


@given(st.lists(st.integers(0, 4), max_size=60), st.integers(0, 1), length)
def test_words_that_share_a_subword_are_read_at_it_and_what_stands_in_front_at_none(
    counts, lead, length
):
    subwords = np.array([*counts, 1])
    ids = np.concatenate([np.full(lead, 7), 100 + np.arange(subwords.sum())])

    windows = sentence_windows(ids, subwords, limits(length))

    read = [window.ids[position] for window in windows for position in window.positions]
    assert read == (100 + np.cumsum([0, *subwords[:-1]])).tolist()
    assert all(len(window.ids) <= length for window in windows)
    assert windows[0].ids[1] == ids[0]


@given(sentence, length)
def test_no_window_is_longer_than_the_trained_positions(subwords, length):
    for window in sentence_windows(made(subwords), subwords, limits(length)):
        assert len(window.ids) <= length
        assert window.ids[0] == window.ids[-1] == END


@given(sentence, length)
def test_a_sentence_that_fits_is_one_window_with_all_its_tokens(subwords, length):
    windows = sentence_windows(made(subwords), subwords, limits(length))

    if subwords.sum() <= length - 2 and subwords.max() <= (length - 2) // 2:
        assert [window.ids for window in windows] == [[END, *made(subwords), END]]


def test_words_inside_a_long_sentence_have_context_on_both_sides():
    subwords = np.ones(200, int)
    windows = sentence_windows(made(subwords), subwords, limits(34))

    assert len(windows) > 5
    for window in windows[1:-1]:
        assert window.positions[0] - 1 >= 32 // CONTEXT
        assert len(window.ids) - 1 - window.positions[-1] - 1 >= 32 // CONTEXT
