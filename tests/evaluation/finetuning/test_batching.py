"""Batches: few shapes, every example once, the order a function of the seed."""

import itertools
import math

import numpy as np
import pytest

from mlm_xling.evaluation.finetuning.batching import batches, choose_buckets, with_room
from mlm_xling.evaluation.finetuning.examples import (
    gather,
    pair_example,
    parsing_example,
    tagging_examples,
)
from mlm_xling.evaluation.finetuning.windows import Limits
from mlm_xling.tokenizer import PADDING
from mlm_xling.vocabulary import END, XLM_SPECIAL

LENGTH = 32
LIMITS = Limits(LENGTH, 3, XLM_SPECIAL)


def sentences(count=40, seed=0):
    rng = np.random.default_rng(seed)
    for i in range(count):
        subwords = rng.integers(1, 4, rng.integers(1, 40))
        ids = np.arange(subwords.sum(), dtype=np.int32) + 20
        yield i, ids, subwords, np.arange(len(subwords), dtype=np.int32)


def size_of(example):
    """Tokens of an example alone: of several windows all, or the only one in steps of eight."""
    (longest, *_), windows = sorted(map(len, example.windows), reverse=True), len(example.windows)
    return LENGTH * windows if windows > 1 else min(math.ceil(longest / 8) * 8, LENGTH)


@pytest.fixture(scope="module")
def tagging():
    return [
        example
        for i, ids, subwords, words in sentences()
        for example in tagging_examples(ids, subwords, words[:, None], i, LIMITS)
    ]


@pytest.fixture(scope="module")
def parsing():
    return [
        parsing_example(ids, subwords, np.stack([words, words], 1), i, LIMITS)
        for i, ids, subwords, words in sentences()
    ]


@pytest.mark.parametrize("count", range(1, 6))
def test_chosen_shapes_hold_everything_with_the_least_padding(parsing, count):
    *inner, largest = [bucket.tokens for bucket in choose_buckets(parsing, 99, LENGTH)]

    def cost(limits):
        return sum(
            min(limit for limit in limits if limit >= size_of(example)) for example in parsing
        )

    buckets = choose_buckets(parsing, count, LENGTH)

    possible = itertools.combinations(inner, count - 1)
    assert len(buckets) == count
    assert cost([bucket.tokens for bucket in buckets]) == min(
        cost((*chosen, largest)) for chosen in possible
    )
    assert all(bucket.length <= LENGTH for bucket in buckets)


def test_among_many_lengths_eight_shapes_are_found_without_trying_all_choices():
    limits = Limits(4_000, 1, XLM_SPECIAL)
    words = np.full(3_990, 20, np.int32)
    pairs = [pair_example(words[:n], words[:1], 0, n, limits) for n in range(1, 3_990, 5)]

    assert len(choose_buckets(pairs, 8, limits.length)) == 8


def test_only_examples_that_fit_nowhere_get_a_shape_of_their_own(parsing):
    def tokens(example):
        return sum(map(len, example.windows))

    *short, long = sorted(parsing, key=tokens)
    shapes = choose_buckets(short[:20], 2, LENGTH)

    assert with_room(shapes, short[:20], LENGTH) == shapes
    *kept, own = with_room(shapes, [*short[:20], long], LENGTH)
    assert tuple(kept) == shapes
    assert (own,) == choose_buckets([long], 1, LENGTH)


def test_every_example_is_in_one_batch(tagging):
    buckets = choose_buckets(tagging, 3, LENGTH)
    for rng in (None, np.random.default_rng(0)):
        numbers = [n for chosen, _ in batches(tagging, buckets, 8, rng) for n in chosen]
        assert sorted(numbers) == list(range(len(tagging)))


def test_order_is_a_function_of_the_seed(tagging):
    buckets = choose_buckets(tagging, 3, LENGTH)
    first, again, other = (
        [numbers for numbers, _ in batches(tagging, buckets, 8, np.random.default_rng(seed))]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_rows_hold_what_the_examples_do_and_padding_otherwise(parsing):
    buckets = choose_buckets(parsing, 3, LENGTH)
    for numbers, batch in batches(parsing, buckets, 8):
        assert batch.input_ids.shape[1:] in [(b.windows, b.length) for b in buckets]
        flat = batch.input_ids.reshape(8, -1)
        for row in range(8):
            if row >= len(numbers):
                assert (flat[row] == PADDING).all()
                assert not batch.real[row].any()
                continue
            example = parsing[numbers[row]]
            words = len(example.targets)
            read = [
                w[p]
                for w, p in zip(
                    [example.windows[i] for i in example.window], example.position, strict=True
                )
            ]
            assert flat[row, batch.places[row, :words]].tolist() == read
            assert batch.real[row].tolist() == [True] * words + [False] * (
                len(batch.real[row]) - words
            )
            assert (batch.targets[row, words:] == -1).all()


def test_words_come_back_to_their_sentences(tagging):
    words = [len(subwords) for _, _, subwords, _ in sentences()]

    whole = gather(tagging, [example.targets for example in tagging], words)

    assert [w[:, 0].tolist() for w in whole] == [list(range(n)) for n in words]


def test_words_beyond_the_windows_are_left_out_and_their_heads_unknown(parsing):
    cut = [e for e in parsing if len(e.windows) == 3]
    words = [len(subwords) for _, _, subwords, _ in sentences()]
    assert any(len(e.targets) < words[e.sentence] for e in cut)

    whole = gather(parsing, [e.targets for e in parsing], words)

    for example in cut:
        kept = len(example.targets)
        assert (whole[example.sentence][kept:] == -1).all()
        assert example.targets[:, 0].max() <= kept


@pytest.mark.parametrize("sizes", itertools.product((3, 20, 60), repeat=2))
def test_of_a_pair_that_is_too_long_the_longer_sentence_is_cut(sizes):
    a, b = (np.arange(n, dtype=np.int32) + 20 for n in sizes)

    (ids,) = pair_example(a, b, 1, 0, LIMITS).windows

    assert len(ids) == min(sum(sizes) + 3, LENGTH)
    middle = ids.index(END, 1)
    kept = middle - 1, len(ids) - middle - 2
    for mine, other, size in zip(kept, kept[::-1], sizes, strict=True):
        assert mine == size or mine >= other - 1
