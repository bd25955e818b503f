"""Span F1 against seqeval, on random and on real tags."""

import random
import warnings

import numpy as np
import pytest
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from mlm_xling.evaluation.measures.spans import repaired, span_f1, spans
from tests.data_fixtures import REAL_DATA

KINDS = ("PER", "ORG", "LOC")
TAGS = ["O", "O", *(f"{prefix}-{kind}" for prefix in "BI" for kind in KINDS)]


def random_tags(rng, sentences=200):
    return [rng.choices(TAGS, k=rng.randint(1, 12)) for _ in range(sentences)]


def perturbed(gold, rng):
    return [[rng.choice(TAGS) if rng.random() < 0.2 else tag for tag in tags] for tags in gold]


def seqeval_f1(gold, predicted):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        micro = f1_score(gold, predicted, mode="strict", scheme=IOB2)
        by_kind = f1_score(gold, predicted, mode="strict", scheme=IOB2, average=None)
    return micro, list(np.atleast_1d(np.array(by_kind)))


def agrees_with_seqeval(gold, predicted):
    ours = {name: ratio.value for name, ratio in span_f1(gold, predicted).items()}
    assert ours["f1_strict"] == pytest.approx(seqeval_f1(gold, predicted)[0])
    micro, by_kind = seqeval_f1(gold, [repaired(tags) for tags in predicted])
    assert ours["f1"] == pytest.approx(micro)
    ours_by_kind = [ours[name] for name in sorted(ours) if name not in ("f1", "f1_strict")]
    assert ours_by_kind == pytest.approx(by_kind)


@pytest.mark.parametrize("seed", range(5))
def test_random_tags_score_as_in_seqeval(seed):
    rng = random.Random(seed)
    gold = [repaired(tags) for tags in random_tags(rng)]

    agrees_with_seqeval(gold, perturbed(gold, rng))


def test_real_tags_score_as_in_seqeval():
    path = REAL_DATA / "ner" / "en_pud-test.txt"
    if not path.exists():
        pytest.skip("the real data is not on this machine")
    sentences = path.read_text().strip().split("\n\n")
    gold = [[line.split("\t")[1] for line in lines.splitlines()] for lines in sentences]

    agrees_with_seqeval(gold, perturbed(gold, random.Random(0)))


@pytest.mark.parametrize(
    ("tags", "mended"),
    [
        ("O I-X O", "O B-X O"),
        ("I-X I-X", "B-X I-X"),
        ("B-X I-Y I-Z", "B-Z I-Z I-Z"),
        ("B-X B-Y I-X", "B-X B-X I-X"),
        ("I-X I-Y B-Z", "B-Y I-Y B-Z"),
        ("B-X I-X O B-Y", "B-X I-X O B-Y"),
        ("", ""),
    ],
)
def test_the_papers_repair(tags, mended):
    assert repaired(tags.split()) == mended.split()


@pytest.mark.parametrize("seed", range(3))
def test_repaired_tags_need_no_repair_and_leave_no_tag_outside_a_span(seed):
    for tags in random_tags(random.Random(seed)):
        mended = repaired(tags)
        covered = {i for start, stop, _ in spans(mended) for i in range(start, stop)}

        assert repaired(mended) == mended
        assert covered == {i for i, tag in enumerate(tags) if tag != "O"}


def test_nothing_to_find_and_nothing_found_is_zero():
    assert span_f1([["O", "O"]], [["O", "O"]])["f1"].value == 0
