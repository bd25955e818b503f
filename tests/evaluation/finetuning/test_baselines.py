"""Baselines: what looking words up, or comparing bags of tokens, alone would score."""

import numpy as np
import pytest

from mlm_xling.data.labelled import make_table
from mlm_xling.evaluation.evaluators import TASKS
from tests.tasks.lab.rules import accuracy

PARTICLES = YES, NOT = 1, 2
LABELS = ("contradiction", "entailment", "neutral")


def tagged(*sentences):
    """Sentences like `Anna/B-PER sleeps/O`."""
    pairs = [[word.split("/") for word in sentence.split()] for sentence in sentences]
    words, tags = ([[pair[i] for pair in of_sentence] for of_sentence in pairs] for i in (0, 1))
    return make_table({"words": words, "tags": tags, "upos": tags})


def trees(*sentences):
    """Sentences like `a/2/det cat/0/root`."""
    rows = [[word.split("/") for word in sentence.split()] for sentence in sentences]
    words, heads, relations = (
        [[row[i] for row in of_sentence] for of_sentence in rows] for i in (0, 1, 2)
    )
    numbers = [[int(head) for head in of_sentence] for of_sentence in heads]
    return make_table({"words": words, "heads": numbers, "relations": relations})


def pairs(rows):
    """Pairs made of (premise, hypothesis, label); sentences are ids."""
    columns = [[list(sentence) for sentence in of_column] for of_column in zip(*rows, strict=True)]
    premises, hypotheses, _ = columns
    labels = [[label] for *_, label in rows]
    return make_table({"premise": premises, "hypothesis": hypotheses, "label": labels})


def said(task, name, train, table):
    """The labels that a baseline gives, by sentence."""
    labels = TASKS[task].labels(train)
    answer = TASKS[task].baselines[name].learn(train, TASKS[task].column)
    return [[labels[i] for i in of_sentence[:, -1]] for of_sentence in answer(table)]


def scored(task, name, train, table):
    found, labels = TASKS[task], TASKS[task].labels(train)
    answer = found.baselines[name].learn(train, found.column)
    return found.scores(table, labels, answer(table))[found.selection].value


TRAIN = tagged("Paris/B-LOC sees/O Paris/B-LOC", "Paris/B-PER Hilton/I-PER sees/O Rome/B-LOC it/O")


@pytest.mark.parametrize("task", ["ner", "pos"])
def test_a_word_has_the_label_it_has_most_often_in_training_data(task):
    table = tagged("Hilton/O sees/O Paris/O")

    assert said(task, "lookup", TRAIN, table) == [["I-PER", "O", "B-LOC"]]


@pytest.mark.parametrize("task", ["ner", "pos"])
def test_a_word_that_training_lacks_has_the_most_frequent_label_of_all(task):
    assert said(task, "lookup", TRAIN, tagged("paris/O Berlin/O")) == [["B-LOC", "B-LOC"]]
    assert said(task, "majority", TRAIN, tagged("it/O")) == [["B-LOC"]]


def test_of_equally_frequent_labels_the_first_in_the_alphabet_is_said_whatever_the_order():
    one, other = "x/I-B x/B-A", "x/B-A x/I-B"

    for train in (tagged(one, other), tagged(other, one), tagged(one), tagged(other)):
        assert said("ner", "lookup", train, tagged("x/O y/O")) == [["B-A", "B-A"]]


def test_looked_up_tags_are_repaired_before_they_are_scored():
    assert scored("ner", "lookup", TRAIN, tagged("Hilton/B-PER sees/O Rome/B-LOC")) == 1


@pytest.mark.parametrize(("task", "of"), [("ner", "ner"), ("pos", "parsing")])
def test_where_the_word_determines_the_label_lookup_scores_all_there_is(tables, task, of):
    train, test = tables[of]["train-en"], tables[of]["test-fr"]

    assert scored(task, "lookup", train, train) == 1
    assert scored(task, "lookup", train, test) < 1


def test_a_word_hangs_where_it_hangs_most_often_in_training_data():
    train = trees(
        "a/2/det cat/3/nsubj sleeps/0/root", "a/3/det red/3/amod cat/0/root", "a/2/det b/0/x"
    )
    table = trees("a/0/det cat/0/x sleeps/0/x a/0/x")

    answer = TASKS["parsing"].baselines["lookup"].learn(train, "relations")

    (found,) = answer(table)
    # `cat` is equally often the root and a subject before its head; a head beyond the edge is 0.
    assert found[:, 0].tolist() == [2, 0, 0, 0]
    assert said("parsing", "lookup", train, table) == [["det", "root", "root", "det"]]


def test_an_unknown_word_hangs_as_most_words_do_that_are_no_roots():
    train = trees("x/0/root", "y/0/root", "x/0/root", "a/2/det cat/0/root")
    table = trees("p/0/root q/1/obj r/1/obj")

    for name in ("lookup", "majority"):
        answer = TASKS["parsing"].baselines[name].learn(train, "relations")
        (found,) = answer(table)

        assert found[:, 0].tolist() == [2, 3, 0]
        assert said("parsing", name, train, table) == [["det", "det", "det"]]


def test_training_trees_of_single_words_still_give_an_answer():
    train = trees("x/0/root")

    for name in ("lookup", "majority"):
        assert said("parsing", name, train, trees("y/0/root")) == [["root"]]


def drawn(count, make, seed=0):
    """Pairs of token ids, each label as often; `make` makes them of a label and 6 words."""
    rng = np.random.default_rng(seed)
    labels = [LABELS[i % 3] for i in range(count)]
    made = [make(label, rng.choice(np.arange(10, 200), 6, replace=False), rng) for label in labels]
    return [(*pair, label) for pair, label in zip(made, labels, strict=True)]


def giveaway(label, words, rng):
    """A word of the hypothesis tells the label in nine cases of ten."""
    told = 3 + (LABELS.index(label) if rng.random() < 0.9 else rng.integers(3))
    return rng.permutation([*rng.choice(np.arange(10, 200), 4)]), rng.permutation(
        [*words[:4], told]
    )


def sharing(label, words, rng):
    """Entailed hypotheses share two words, contradicting ones none, neutral ones one."""
    shared = {"entailment": 2, "contradiction": 0, "neutral": 1}[label]
    return words[:3], np.array([*words[3 - shared : 3], *words[3 : 6 - shared]])


def negating(label, words, rng):
    """The same words; of neutral pairs one differs, of contradictions who affirms and denies."""
    hypothesis = [words[5] if label == "neutral" else words[0], *words[1:5]]
    denies = int(rng.integers(2))
    other = 1 - denies if label == "contradiction" else denies
    return [*words[:5], PARTICLES[denies]], [*hypothesis, PARTICLES[other]]


TELLS = {"hypothesis_only": giveaway, "overlap": sharing, "difference": negating}


@pytest.mark.parametrize("name", TELLS)
def test_a_shortcut_to_inference_shows_in_the_baseline_that_looks_for_it(name):
    train, test = (drawn(count, TELLS[name], seed) for seed, count in enumerate((3_000, 600)))

    scores = {
        baseline: scored("nli", baseline, pairs(train), pairs(test))
        for baseline in TASKS["nli"].baselines
    }

    assert scores[name] > 0.9
    assert scores["majority"] == pytest.approx(1 / 3)
    assert {other for other in ("hypothesis_only", "overlap") if scores[other] > 0.75} <= {name}


def test_negation_agreement_with_overlap_is_found_without_being_told_what_negates():
    train, test = (drawn(count, negating, seed) for seed, count in enumerate((3_000, 600)))

    def rule(premise, hypothesis):
        return NOT in premise, NOT in hypothesis, len({*premise} & {*hypothesis} - {*PARTICLES})

    assert accuracy(train, test, rule) == 1
    assert scored("nli", "difference", pairs(train), pairs(test)) > 0.98


def test_a_rule_of_inference_crosses_to_a_language_of_other_tokens_if_it_needs_none():
    train, test = drawn(3_000, sharing, 0), drawn(600, sharing, 1)
    foreign = [(premise + 1_000, hypothesis + 1_000, label) for premise, hypothesis, label in test]

    assert scored("nli", "overlap", pairs(train), pairs(foreign)) > 0.9
    assert scored("nli", "difference", pairs(train), pairs(foreign)) > 0.6


@pytest.mark.parametrize("name", TASKS["nli"].baselines)
def test_training_pairs_of_one_label_still_give_an_answer(name):
    train = pairs([([11], [12], "neutral"), ([13], [], "neutral")])

    assert said("nli", name, train, train) == [["neutral"], ["neutral"]]


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_the_majority_and_a_better_guess_and_says_what_they_are(task):
    baselines = TASKS[task].baselines

    assert next(iter(baselines)) == "majority"
    assert len(baselines) > 1
    assert all(baseline.description for baseline in baselines.values())


def test_where_no_hypothesis_has_a_token_the_majority_is_learnt():
    table = pairs([((1, 2), (), label) for label in ("neutral", "entailment", "neutral")])

    assert said("nli", "hypothesis_only", table, table) == [["neutral"]] * 3


@pytest.mark.parametrize(
    ("target", "left_out"),
    [
        ("a", set()),
        ("b", set()),
        ("a:reverse", set()),
        ("a:shift", {"lookup", "hypothesis_only", "difference"}),
        ("b:shift:permute", {"lookup", "hypothesis_only", "difference"}),
    ],
)
def test_strings_are_not_looked_up_where_a_model_cannot_see_that_they_are_the_same(
    target, left_out
):
    baselines = {
        name: baseline for task in TASKS.values() for name, baseline in task.baselines.items()
    }

    unfair = {name for name, baseline in baselines.items() if not baseline.is_fair("a", target)}

    assert unfair == left_out
