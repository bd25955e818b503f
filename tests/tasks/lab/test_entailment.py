"""Labels follow from the meanings."""

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from tasks.lab.entailment import LABELS, pairs
from tasks.lab.realise import Language
from tasks.lab.usage import Usage
from tasks.lab.world import World

COUNT = 6_000
CHANCE = 1 / len(LABELS)


@pytest.fixture(scope="module")
def drawn(usage: Usage) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return pairs(usage, COUNT, np.random.default_rng(0))


def test_labels_are_balanced(drawn) -> None:
    assert np.bincount(drawn[2], minlength=len(LABELS)) == pytest.approx(COUNT / 3, rel=0.05)


def test_labels_follow_from_the_meanings(world: World, drawn) -> None:
    for premise, hypothesis, label in zip(*drawn, strict=True):
        assert follows(world, premise["main"], hypothesis["main"]) == LABELS[label]


def follows(world: World, one, other) -> str:
    """An oracle of its own: X says Y if it leaves nothing of Y out."""
    assert not one["negated"]
    says = specifies(world, one, other)
    is_opposed = any(specifies(world, one, opposite) for opposite in opposites(world, other))
    entails, contradicts = (is_opposed, says) if other["negated"] else (says, is_opposed)
    return "entailment" if entails else "contradiction" if contradicts else "neutral"


def specifies(world: World, one, other) -> bool:
    """Whether whoever says `one` has said `other` too, polarity apart."""
    if one["verb"] != other["verb"]:
        return False
    for name in ("subject", "object", "oblique"):
        said, asked = one[name], other[name]
        if asked["head"] not in (0, said["head"], world.hypernyms[said["head"]]):
            return False
        if asked["adjective"] not in (0, said["adjective"]):
            return False
    return other["adverb"] in (0, one["adverb"])


def opposites(world: World, clause) -> Iterator[np.void]:
    """What cannot be if the clause is: one word's opposite, or who and whom exchanged."""
    if world.antonyms[clause["verb"]]:
        changed = clause.copy()
        changed["verb"] = world.antonyms[clause["verb"]]
        yield changed
    for name in ("subject", "object"):
        if clause[name]["adjective"]:
            changed = clause.copy()
            changed[name]["adjective"] = world.antonyms[clause[name]["adjective"]]
            yield changed
    if clause["subject"]["head"] and clause["object"]["head"]:
        changed = clause.copy()
        changed["subject"], changed["object"] = clause["object"], clause["subject"]
        yield changed


def accuracy(
    model: LogisticRegression | DecisionTreeClassifier, features, labels: np.ndarray
) -> float:
    """Accuracy on the second half, after fitting to the first."""
    half = COUNT // 2
    return model.fit(features[:half], labels[:half]).score(features[half:], labels[half:])


def counts(sentences: list[str]) -> csr_matrix:
    return csr_matrix(CountVectorizer(token_pattern=r"\S+").fit_transform(sentences))


def test_words_do_not_tell_the_label(drawn, languages: dict[str, Language]) -> None:
    premises, hypotheses, labels = drawn
    premise, hypothesis = (counts(languages["a"].sentences(s)) for s in (premises, hypotheses))
    linear = LogisticRegression(C=0.1, max_iter=100)
    assert accuracy(linear, hypothesis, labels) < CHANCE + 0.03
    assert accuracy(linear, premise, labels) < CHANCE + 0.03
    assert accuracy(linear, hstack([premise, hypothesis]).tocsr(), labels) < CHANCE + 0.03


def test_a_hypothesis_alone_does_not_tell_the_label(drawn, languages: dict[str, Language]) -> None:
    """Not even to a model that sees which words stand together."""
    hypothesis = counts(languages["a"].sentences(drawn[1]))
    assert accuracy(DecisionTreeClassifier(random_state=0), hypothesis, drawn[2]) < CHANCE + 0.03


@pytest.mark.parametrize("code", ["a", "e"])
def test_lengths_do_not_tell_the_label(code: str, drawn, languages: dict[str, Language]) -> None:
    premises, hypotheses, labels = drawn
    premise, hypothesis = (
        np.array([len(sentence.split()) for sentence in languages[code].sentences(side)])
        for side in (premises, hypotheses)
    )
    difference = (premise - hypothesis)[:, None]
    together = np.column_stack([premise, hypothesis, difference])
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    assert accuracy(tree, difference, labels) < CHANCE + 0.03
    assert accuracy(tree, together, labels) < CHANCE + 0.03
