"""Attachment scores against the official scorer of Universal Dependencies."""

import io
import random

import numpy as np
import pytest
from udtools import udeval

from mlm_xling.evaluation.measures.attachment import Tree, attachment_scores
from tests.data_fixtures import REAL_DATA

RELATIONS = ["nsubj", "obj", "det", "case", "punct", "conj", "cc", "advmod"]


def random_tree(words, rng):
    """Heads such that every word reaches the root: each hangs on one attached before it."""
    order = rng.sample(range(1, words + 1), words)
    heads = np.zeros(words, np.int32)
    for i, word in enumerate(order[1:], 1):
        heads[word - 1] = rng.choice(order[:i])
    relations = ["root" if head == 0 else rng.choice(RELATIONS) for head in heads]
    return Tree(heads, relations)


def perturbed(tree, rng):
    """Another tree that shares about half of the arcs and most labels."""
    other, heads = random_tree(len(tree.heads), rng), tree.heads.copy()
    relations = [r if rng.random() < 0.7 else rng.choice(RELATIONS) for r in tree.relations]
    for word in rng.sample(range(len(heads)), len(heads) // 2):
        if heads[word] == 0:
            continue
        before, heads[word] = heads[word], other.heads[word] or heads[word]
        if not is_tree(heads):
            heads[word] = before
    return Tree(heads, [r if head else "root" for r, head in zip(relations, heads, strict=True)])


def is_tree(heads):
    for word in range(1, len(heads) + 1):
        seen = set()
        while word and word not in seen:
            seen.add(word)
            word = heads[word - 1]
        if word:
            return False
    return True


def official(gold, predicted):
    def load(trees):
        rows = []
        for tree in trees:
            for i, (head, relation) in enumerate(zip(*tree, strict=True), 1):
                rows.append(f"{i}\tw{i}\t_\tX\t_\t_\t{head}\t{relation}\t_\t_\n")
            rows.append("\n")
        return udeval.load_conllu(io.StringIO("".join(rows)), "made up", {})

    scores = udeval.evaluate(load(gold), load(predicted))
    return {name: scores[name.upper()].f1 for name in ("uas", "las", "clas")}


def agrees_with_the_official_scorer(gold, predicted):
    nothing = [np.zeros(len(tree.heads), bool) for tree in gold]
    scores = attachment_scores(gold, predicted, nothing)
    ours = {name: ratio.value for name, ratio in scores.items()}

    expected = official(gold, predicted)
    assert (ours["uas_punct"], ours["las_punct"]) == pytest.approx(
        (expected["uas"], expected["las"])
    )
    assert ours["clas"] == pytest.approx(expected["clas"])
    assert (ours["uas"], ours["las"]) == (ours["uas_punct"], ours["las_punct"])


def test_random_trees_score_as_in_the_official_scorer():
    rng = random.Random(0)
    gold = [random_tree(rng.randint(1, 15), rng) for _ in range(100)]

    agrees_with_the_official_scorer(gold, [perturbed(tree, rng) for tree in gold])


def test_real_trees_score_as_in_the_official_scorer():
    path = REAL_DATA / "ud" / "fr_pud-test.conllu"
    if not path.exists():
        pytest.skip("the real data is not on this machine")
    gold = []
    for block in path.read_text().strip().split("\n\n")[:300]:
        rows = [line.split("\t") for line in block.splitlines() if line[0] != "#"]
        rows = [row for row in rows if row[0].isdigit()]
        relations = [row[7].partition(":")[0] for row in rows]
        gold.append(Tree(np.array([int(row[6]) for row in rows], np.int32), relations))
    rng = random.Random(1)

    agrees_with_the_official_scorer(gold, [perturbed(tree, rng) for tree in gold])


def test_punctuation_is_left_out_of_las_and_kept_in_las_punct():
    gold = Tree(np.array([2, 0, 2], np.int32), ["det", "root", "punct"])
    said = Tree(np.array([2, 0, 1], np.int32), ["det", "root", "punct"])

    scores = attachment_scores([gold], [said], [np.array([False, False, True])])

    assert scores["las"].value == 1
    assert scores["las_punct"].value == pytest.approx(2 / 3)


def test_a_word_without_prediction_is_wrong_and_still_counted():
    gold = Tree(np.array([0, 1], np.int32), ["root", "obj"])
    said = Tree(np.array([0, -1], np.int32), ["root", ""])

    scores = attachment_scores([gold], [said], [np.zeros(2, bool)])

    assert scores["uas"].value == scores["las"].value == 0.5
