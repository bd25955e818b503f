"""What a teacher says reaches the right words of a student that cuts sentences otherwise."""

import contextlib
from functools import partial

import numpy as np
import pytest

from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.evaluation.finetuning.batching import batches, choose_buckets
from mlm_xling.evaluation.finetuning.examples import parsing_example, tagging_examples
from mlm_xling.evaluation.finetuning.soft_labels import (
    SoftLabels,
    read_soft_labels,
    write_soft_labels,
)
from mlm_xling.evaluation.finetuning.windows import Limits
from mlm_xling.model.objective import IMPOSSIBLE
from mlm_xling.vocabulary import XLM_SPECIAL
from tests.robustness.damage import every_damage

WORDS = 6
LABELS = ("x", "y", "z")
SHORT, LONG = Limits(10, 4, XLM_SPECIAL), Limits(64, 4, XLM_SPECIAL)
IN_WHOLE = np.ones(WORDS, np.int32)
"""Subwords of each word by a tokenizer with a token for every word."""
IN_PIECES = np.array([1, 3, 2, 4, 1, 2], np.int32)
"""Subwords of each word by a tokenizer that cuts most words."""


def tagged(subwords, limits):
    """The examples of a sentence of which nothing but the number of its words is the same."""
    ids, targets = np.arange(20, 20 + subwords.sum()), np.zeros((WORDS, 1), np.int32)
    return list(tagging_examples(ids, subwords, targets, 0, limits))


def heads_of(subwords, limits, head: int | list[int] = 0):
    ids, targets = np.arange(20, 20 + subwords.sum()), np.zeros((WORDS, 2), np.int32)
    targets[:, 0] = head
    return parsing_example(ids, subwords, targets, 0, limits)


def silent(task, words=(WORDS,)):
    return SoftLabels.silent("made", words, partial(TASKS[task].answers, labels=LABELS))


def batch_of(labels, examples):
    buckets = choose_buckets(examples, 1, 64)
    ((numbers, batch),) = batches(examples, buckets, len(examples))
    return labels.added(batch, [examples[i] for i in numbers])


@pytest.mark.parametrize(
    ("teacher", "student"),
    [((IN_WHOLE, LONG), (IN_PIECES, SHORT)), ((IN_PIECES, SHORT), (IN_WHOLE, LONG))],
    ids=["the student has windows", "the teacher has windows"],
)
def test_each_word_gets_what_the_teacher_said_of_it(teacher, student):
    labels, examples = silent("ner"), tagged(*student)
    for example in tagged(*teacher):
        said = np.arange(16)[:, None] + 100 * np.arange(3) + example.first
        labels.put(example, (said.astype(np.float32),))

    (soft,) = batch_of(labels, examples).soft

    assert len(tagged(*teacher)) != len(examples)
    for row, example in enumerate(examples):
        for place in range(len(example.targets)):
            word = example.first + place
            np.testing.assert_array_equal(soft[row, place], [word, word + 100, word + 200])
        assert (soft[row, len(example.targets) :] == IMPOSSIBLE).all()


def test_a_parser_is_told_of_heads_among_the_words_that_both_have_read():
    one_window = SHORT._replace(windows=1)
    teacher, student = heads_of(IN_WHOLE, LONG), heads_of(IN_PIECES, one_window)
    kept = len(student.targets)
    labels = silent("parsing")
    heads = np.arange(16 * 17, dtype=np.float32).reshape(16, 17)
    labels.put(teacher, (heads, np.ones((16, 3), np.float32)))

    of_heads, of_relations = batch_of(labels, [student]).soft

    assert 0 < kept < WORDS
    np.testing.assert_array_equal(of_heads[0, :kept, : kept + 1], heads[:kept, : kept + 1])
    assert (of_heads[0, :kept, kept + 1 :] == IMPOSSIBLE).all()
    assert (of_relations[0, :kept] == 1).all()


def test_words_that_the_teacher_did_not_read_or_whose_heads_it_did_not_have_no_soft_labels():
    teacher = heads_of(IN_PIECES, SHORT._replace(windows=1), head=[0, WORDS, 1, 1, 1, 1])
    kept = len(teacher.targets)
    labels = silent("parsing")
    labels.put(teacher, (np.zeros((16, 17), np.float32), np.zeros((16, 3), np.float32)))

    spoken = [bool((of_word > IMPOSSIBLE).any()) for of_word in labels.sentences[0][1]]

    assert 1 < kept < WORDS
    assert spoken == [True, False, *[True] * (kept - 2), *[False] * (WORDS - kept)]


def numbered(*words):
    labels = silent("parsing", words)
    for number, scores in enumerate(labels.sentences):
        for of_target in scores:
            of_target[:] = number + np.arange(of_target.size).reshape(of_target.shape) / 64
    return labels


def test_what_is_kept_is_read_under_its_own_name_alone(tmp_path):
    labels, words = numbered(2, 3, 1), (2, 3, 1)
    write_soft_labels(tmp_path, labels)

    read = read_soft_labels(tmp_path, silent("parsing", words)) or pytest.fail("nothing")

    for one, other in zip(read.sentences, labels.sentences, strict=True):
        for of_one, of_other in zip(one, other, strict=True):
            np.testing.assert_array_equal(of_one, of_other)
    other = SoftLabels.silent("other", words, labels.answers)
    assert read_soft_labels(tmp_path, other) is None
    assert read_soft_labels(tmp_path / "elsewhere", labels) is None


@every_damage
@pytest.mark.parametrize("name", ["soft_labels.npz", "soft_labels.json"])
def test_what_is_damaged_is_not_read(tmp_path, name, damage):
    write_soft_labels(tmp_path, numbered(2, 3))
    damage(tmp_path / name)

    with contextlib.suppress(ValueError):
        assert read_soft_labels(tmp_path, numbered(2, 3)) is None


def test_permuted_labels_are_of_another_sentence_with_as_many_words():
    labels = numbered(2, 3, 2, 2, 5)

    permuted = labels.permuted(seed=0)

    came_from = [permuted.sentences[number][0].flat[0] // 1 for number in (0, 2, 3)]
    assert sorted(came_from) == [0, 2, 3]
    assert all(one != number for one, number in zip(came_from, (0, 2, 3), strict=True))
    for alone in (1, 4):
        assert all((scores == IMPOSSIBLE).all() for scores in permuted.sentences[alone])
    assert permuted.name != labels.name
