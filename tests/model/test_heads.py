"""Heads against loops, and what must not influence them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mlm_xling.model.heads import BiaffineParser, LinearHead
from mlm_xling.model.objective import Objective

BATCH, WORDS, WIDTH, LABELS = 2, 4, 6, 3
LENGTHS = (4, 2)


@pytest.fixture(scope="module")
def parser():
    """A parser with random weights everywhere: those that start at zero would hide mistakes."""
    parser = BiaffineParser(WIDTH, LABELS, nnx.Rngs(0))
    for i, parameter in enumerate((parser.arc, parser.label)):
        parameter[...] = 0.01 * jax.random.normal(jax.random.key(i), parameter.shape)
    return parser


@pytest.fixture(scope="module")
def batch():
    words = jax.random.normal(jax.random.key(2), (BATCH, WORDS, WIDTH))
    root = jax.random.normal(jax.random.key(3), (BATCH, WIDTH))
    real = jnp.arange(WORDS) < jnp.array(LENGTHS)[:, None]
    return words, root, real


def view(layer, x):
    x = x @ np.asarray(layer.kernel[...], np.float64) + np.asarray(layer.bias[...])
    return np.where(x > 0, x, np.expm1(x))


def loop_scores(parser, words, root):
    """Arc and label scores of one sentence, one number at a time in float64."""
    arc, label = (np.asarray(p[...], np.float64) for p in (parser.arc, parser.label))
    heads = [root, *words]
    arcs = np.zeros((len(words), len(heads)))
    labels = np.zeros((len(words), len(heads), LABELS))
    for d, word in enumerate(words):
        for h, head in enumerate(heads):
            dependent = np.append(view(parser.arc_dependent, word), 1)
            arcs[d, h] = dependent @ arc @ view(parser.arc_head, head)
            left = np.append(view(parser.label_dependent, word), 1)
            right = np.append(view(parser.label_head, head), 1)
            for r in range(LABELS):
                labels[d, h, r] = left @ label[:, r] @ right
    for d in range(len(words)):
        arcs[d, d + 1] = -np.inf
    return arcs, labels


def log_softmax(scores):
    scores = scores - scores.max(-1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(-1, keepdims=True))


@pytest.mark.parametrize("row", range(BATCH))
def test_biaffine_scores_are_those_of_a_loop(parser, batch, row):
    parse = parser.predict(*batch)

    n = LENGTHS[row]
    arcs, labels = loop_scores(
        parser, np.asarray(batch[0][row, :n], np.float64), np.asarray(batch[1][row], np.float64)
    )
    allowed = np.isfinite(arcs)
    np.testing.assert_allclose(
        np.asarray(parse.arcs[row, :n, : n + 1])[allowed], log_softmax(arcs)[allowed], atol=1e-5
    )
    np.testing.assert_array_equal(parse.relations[row, :n, : n + 1], labels.argmax(-1))


def test_biaffine_loss_is_that_of_a_loop(parser, batch):
    targets = np.full((BATCH, WORDS, 2), -1)
    targets[0] = [[2, 1], [0, 0], [2, 2], [3, -1]]
    targets[1, :2] = [[0, 2], [-1, 1]]
    arc_nats, label_nats = [], []
    for row in range(BATCH):
        n = LENGTHS[row]
        words, root = (np.asarray(x[row], np.float64) for x in batch[:2])
        arcs, labels = loop_scores(parser, words[:n], root)
        for d, (head, relation) in enumerate(targets[row, :n]):
            if head >= 0:
                arc_nats.append(-log_softmax(arcs)[d, head])
            if head >= 0 and relation >= 0:
                label_nats.append(-log_softmax(labels)[d, head, relation])

    loss = parser.loss(*batch, jnp.array(targets))

    assert (len(arc_nats), len(label_nats)) == (5, 4)
    assert float(loss) == pytest.approx(np.mean(arc_nats) + np.mean(label_nats), rel=1e-5)


def divergence(teacher, student):
    """Kullback-Leibler divergence in nats, of scores of which some are -inf on both sides."""
    possible = np.isfinite(teacher)
    teacher, student = log_softmax(teacher[possible]), log_softmax(student[possible])
    return (np.exp(teacher) * (teacher - student)).sum()


def test_a_taught_parser_learns_heads_and_relations_to_the_right_heads(parser, batch):
    teacher = BiaffineParser(WIDTH, LABELS, nnx.Rngs(7))
    for i, parameter in enumerate((teacher.arc, teacher.label)):
        parameter[...] = 0.02 * jax.random.normal(jax.random.key(10 + i), parameter.shape)
    targets = np.full((BATCH, WORDS, 2), -1)
    targets[0] = [[2, 1], [0, 0], [2, 2], [3, 0]]
    targets[1, :2] = [[0, 2], [1, 1]]
    of_arcs, of_labels = [], []
    for row in range(BATCH):
        n = LENGTHS[row]
        words, root = (np.asarray(x[row], np.float64) for x in batch[:2])
        said, taught = (loop_scores(one, words[:n], root) for one in (parser, teacher))
        for d, (head, _) in enumerate(targets[row, :n]):
            of_arcs.append(divergence(taught[0][d] / 2, said[0][d] / 2))
            of_labels.append(divergence(taught[1][d, head] / 2, said[1][d, head] / 2))

    soft = teacher.scores(*batch, targets=jnp.array(targets))
    loss = parser.loss(*batch, jnp.array(targets), None, Objective(1.0, 2.0), soft)

    assert float(loss) == pytest.approx(4 * (np.mean(of_arcs) + np.mean(of_labels)), rel=1e-4)


def test_a_taught_linear_head_learns_labels(batch):
    head, teacher = (LinearHead(WIDTH, LABELS, 0.5, nnx.Rngs(seed)) for seed in (0, 1))
    words, root, real = batch
    targets = jnp.array([[0, 1, 2, -1], [2, -1, -1, -1]])[..., None]
    said, taught = (
        np.asarray(words) @ np.asarray(one.output.kernel) + np.asarray(one.output.bias)
        for one in (head, teacher)
    )
    nats = [
        0.5 * divergence(taught[b, w], said[b, w]) - 0.5 * log_softmax(said)[b, w, targets[b, w, 0]]
        for b, w in np.argwhere(targets[..., 0] >= 0)
    ]

    soft = teacher.scores(words, root, real, targets)
    loss = head.loss(words, root, real, targets, None, Objective(0.5, 1.0), soft)

    assert float(loss) == pytest.approx(np.mean(nats), rel=1e-5)


def test_no_word_is_its_own_head_and_padding_is_nobodys(parser, batch):
    probability = np.exp(parser.predict(*batch).arcs)

    assert not np.diagonal(probability, 1, 1, 2).any()
    assert not probability[1, :2, 3:].any()
    np.testing.assert_allclose(probability.sum(-1), 1, rtol=1e-5)


def test_a_linear_head_scores_the_words_that_have_labels(batch):
    head = LinearHead(WIDTH, LABELS, 0.5, nnx.Rngs(0))
    words, root, real = batch
    targets = jnp.array([[0, 1, 2, -1], [2, -1, -1, -1]])
    scores = np.asarray(words) @ np.asarray(head.output.kernel) + np.asarray(head.output.bias)
    nats = [-log_softmax(scores)[b, w, targets[b, w]] for b, w in np.argwhere(targets >= 0)]

    assert float(head.loss(words, root, real, targets[..., None])) == pytest.approx(
        np.mean(nats), rel=1e-5
    )
    np.testing.assert_array_equal(head.predict(words, root, real), scores.argmax(-1))


def test_dropout_acts_in_training_only(parser, batch):
    head = LinearHead(WIDTH, LABELS, 0.5, nnx.Rngs(0))
    words, root, real = batch
    targets = jnp.zeros((BATCH, WORDS, 2), int)
    for one in (head, parser):
        still = one.loss(words, root, real, targets)
        assert float(one.loss(words, root, real, targets, jax.random.key(0))) != float(still)
        assert float(one.loss(words, root, real, targets)) == float(still)


def test_a_batch_without_labels_has_no_loss(batch):
    head = LinearHead(WIDTH, LABELS, 0.5, nnx.Rngs(0))
    words, root, real = batch

    assert float(head.loss(words, root, real, jnp.full((BATCH, WORDS, 1), -1))) == 0
