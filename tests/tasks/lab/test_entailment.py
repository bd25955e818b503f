"""Labels follow from the meanings, and from nothing less."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from tasks.lab.entailment import LABELS, pairs
from tasks.lab.realise import Language
from tasks.lab.world import World

COUNT = 6_000
CHANCE = 1 / len(LABELS)


@pytest.fixture(scope="module")
def drawn(world: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return pairs(world, COUNT, np.random.default_rng(0))


def test_labels_are_balanced(drawn) -> None:
    assert np.bincount(drawn[2], minlength=len(LABELS)) == pytest.approx(COUNT / 3, rel=0.05)


def accuracy(
    model: LogisticRegression | DecisionTreeClassifier, features, labels: np.ndarray
) -> float:
    """Of the second half, after fitting to the first."""
    half = COUNT // 2
    return model.fit(features[:half], labels[:half]).score(features[half:], labels[half:])


def counts(sentences: list[str]) -> csr_matrix:
    return csr_matrix(CountVectorizer(token_pattern=r"\S+").fit_transform(sentences))


def test_words_do_not_tell_the_label(drawn, languages: dict[str, Language]) -> None:
    premises, hypotheses, labels = drawn
    premise, hypothesis = (counts(languages["a"].sentences(s)) for s in (premises, hypotheses))
    linear = LogisticRegression(C=0.1, max_iter=100)
    assert accuracy(linear, hypothesis, labels) < CHANCE + 0.03
    assert accuracy(linear, hstack([premise, hypothesis]).tocsr(), labels) < CHANCE + 0.03


def test_a_hypothesis_alone_does_not_tell_the_label(drawn, languages: dict[str, Language]) -> None:
    """Not even to a model that sees which words stand together."""
    hypothesis = counts(languages["a"].sentences(drawn[1]))
    assert accuracy(DecisionTreeClassifier(random_state=0), hypothesis, drawn[2]) < CHANCE + 0.03


@pytest.mark.parametrize("code", ["a", "e"])
def test_lengths_hardly_tell_the_label(code: str, drawn, languages: dict[str, Language]) -> None:
    premises, hypotheses, labels = drawn
    premise, hypothesis = (
        np.array([len(sentence.split()) for sentence in languages[code].sentences(side)])
        for side in (premises, hypotheses)
    )
    difference = (premise - hypothesis)[:, None]
    together = np.column_stack([premise, hypothesis, difference])
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    assert accuracy(tree, difference, labels) < CHANCE + 0.03
    assert accuracy(tree, together, labels) < CHANCE + 0.06


def specifies(world: World, one, other) -> bool:
    """Whether whoever says `one` has said `other` too, polarity apart."""
    if one["main"]["verb"] != other["main"]["verb"]:
        return False
    for name in ("subject", "object", "oblique"):
        said, asked = one["main"][name], other["main"][name]
        if asked["head"] not in (0, said["head"], world.hypernyms[said["head"]]):
            return False
        if asked["adjective"] not in (0, said["adjective"]):
            return False
    return other["main"]["adverb"] in (0, one["main"]["adverb"])


def test_labels_follow_from_the_meanings(world: World, drawn) -> None:
    """An oracle of its own: X says Y if it leaves nothing of Y out."""
    for premise, hypothesis, label in zip(*drawn, strict=True):
        denies, denied = premise["main"]["negated"], hypothesis["main"]["negated"]
        says = specifies(world, premise, hypothesis)
        is_said = specifies(world, hypothesis, premise)
        if not denies and not denied:
            entails, contradicts = says, False
        elif denies and denied:
            entails, contradicts = is_said, False
        else:
            entails, contradicts = False, is_said if denies else says
        if LABELS[label] == "entailment":
            assert entails
        elif LABELS[label] == "contradiction":
            assert contradicts or opposed(world, premise, hypothesis)
        else:
            assert not entails
            assert not contradicts
            assert not opposed(world, premise, hypothesis)


def opposed(world: World, one, other) -> bool:
    """Whether two affirmed sentences differ in one opposite only, or exchange who and whom."""
    first, second = one["main"], other["main"]
    if first["negated"] or second["negated"]:
        return False
    exchanged = (
        first["subject"]["head"] == second["object"]["head"]
        and first["object"]["head"] == second["subject"]["head"]
        and first["verb"] == second["verb"]
        and first["subject"]["head"] != first["object"]["head"]
    )
    words = [
        (first["verb"], second["verb"]),
        *((first[p]["adjective"], second[p]["adjective"]) for p in ("subject", "object")),
    ]
    different = [(a, b) for a, b in words if a != b]
    same_heads = all(first[p]["head"] == second[p]["head"] for p in ("subject", "object"))
    opposite = [world.antonyms[a] == b for a, b in different]
    return exchanged or (same_heads and len(different) == 1 and all(opposite))
