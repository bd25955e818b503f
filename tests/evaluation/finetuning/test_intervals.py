"""Intervals of fine-tuned scores: what belongs together is drawn together."""

import dataclasses

import numpy as np
import pytest

from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.evaluation.measures.ratio import RESAMPLES, Ratio, bootstrap_interval
from tests.evaluation.finetuning.test_baselines import pairs

SEED = 5


def rows_of(table, rows):
    columns = {name: [cells[row] for row in rows] for name, cells in table.columns.items()}
    return dataclasses.replace(table, columns=columns)


def guesses(task, table, labels, rng):
    """Right in some sentences, drawn at random in the others; trees have half of the heads."""
    gold = task.targets(table, labels)
    said = []
    for i, of_sentence in enumerate(gold):
        wrong = rng.integers(len(labels), size=len(of_sentence)) if i % 3 else of_sentence
        columns = [wrong]
        if task.name == "parsing":
            heads = table.columns["heads"][i]
            columns = [np.where(rng.random(len(heads)) < 0.5, heads, -1), wrong]
        said.append(np.stack(columns, axis=1))
    return said


def brute_force(task, table, labels, said, clusters):
    """Scores of whole new test sets, each of as many clusters of rows as there are."""
    rng = np.random.default_rng(SEED)
    values = {}
    for chosen in rng.integers(len(clusters), size=(RESAMPLES, len(clusters))):
        rows = [row for cluster in chosen for row in clusters[cluster]]
        scores = task.scores(rows_of(table, rows), labels, [said[row] for row in rows])
        for metric, one in scores.items():
            values.setdefault(metric, []).append(one.value)
    return {metric: np.quantile(of_metric, (0.025, 0.975)) for metric, of_metric in values.items()}


@pytest.mark.parametrize(
    ("name", "of"), [("ner", "ner"), ("pos", "parsing"), ("parsing", "parsing")]
)
def test_words_are_drawn_with_their_sentences(tables, name, of):
    task, table = TASKS[name], tables[of]["train-en"]
    labels = task.labels(table)
    said = guesses(task, table, labels, np.random.default_rng(0))

    scores = task.scores(table, labels, said)

    expected = brute_force(task, table, labels, said, [[row] for row in range(len(table))])
    for metric in task.metrics:
        assert 0 < scores[metric].value < 1
        assert bootstrap_interval([scores[metric]], SEED) == pytest.approx(expected[metric])


@pytest.fixture(scope="module")
def of_few_premises():
    """Forty premises with three hypotheses each, as in XNLI, the third ones apart."""
    labels = ("contradiction", "entailment", "neutral")
    made = [([10 + i], [60 + i, j], labels[j]) for i in range(40) for j in range(3)]
    return pairs(
        [*(row for row in made if row[1][1] < 2), *(row for row in made if row[1][1] == 2)]
    )


def test_pairs_are_drawn_with_their_premise(of_few_premises):
    task, table = TASKS["nli"], of_few_premises
    labels = task.labels(table)
    said = guesses(task, table, labels, np.random.default_rng(0))
    clusters = [[2 * i, 2 * i + 1, 80 + i] for i in range(40)]

    accuracy = task.scores(table, labels, said)["accuracy"]

    expected = brute_force(task, table, labels, said, clusters)["accuracy"]
    assert bootstrap_interval([accuracy], SEED) == pytest.approx(expected)


def test_right_or_wrong_by_premise_makes_the_interval_wider_by_the_root_of_three(of_few_premises):
    task, table = TASKS["nli"], of_few_premises
    labels, gold = task.labels(table), task.targets(table, task.labels(table))
    by_premise = [premise[0] % 2 for premise in table.columns["premise"]]
    said = [((target + wrong) % 3)[:, None] for target, wrong in zip(gold, by_premise, strict=True)]
    single = Ratio(1.0 - np.array(by_premise), np.ones(len(table)))

    wide = bootstrap_interval([task.scores(table, labels, said)["accuracy"]], SEED)

    narrow = bootstrap_interval([single], SEED)
    assert np.ptp(wide) == pytest.approx(3**0.5 * np.ptp(narrow), rel=0.15)
