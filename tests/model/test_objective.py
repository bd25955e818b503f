"""The loss of a taught head against its formula in float64, and what must not move it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mlm_xling.model.objective import GOLD, IMPOSSIBLE, Objective, mean_nats

BATCH, WORDS, ANSWERS = 2, 3, 5
TARGETS = jnp.array([[0, 4, -1], [2, 2, 1]])
SILENT = 1, 2
"""A word of which the teacher says nothing."""
UNREAD = 0, 1
"""A word with an answer that the teacher cannot give."""


@pytest.fixture(scope="module")
def scores():
    """The student's scores; the second word of the second row cannot be the last answer."""
    made = jax.random.normal(jax.random.key(0), (BATCH, WORDS, ANSWERS))
    return made.at[1, 1, -1].set(IMPOSSIBLE)


@pytest.fixture(scope="module")
def soft():
    made = 3 * jax.random.normal(jax.random.key(1), (BATCH, WORDS, ANSWERS))
    return made.at[SILENT].set(IMPOSSIBLE).at[(*UNREAD, 0)].set(IMPOSSIBLE)


def log_softmax(scores):
    scores = np.asarray(scores, np.float64)
    return scores - np.log(np.exp(scores).sum())


def divergence(teacher, student):
    teacher, student = log_softmax(teacher), log_softmax(student)
    return float((np.exp(teacher) * (teacher - student)).sum())


def by_hand(scores, soft, weight, temperature):
    nats = []
    for row, word in np.argwhere(TARGETS >= 0):
        said, heard = scores[row, word], soft[row, word]
        possible = np.asarray(said > IMPOSSIBLE)
        common = possible & np.asarray(heard > IMPOSSIBLE)
        right = -log_softmax(said[possible])[TARGETS[row, word]]
        if common.any():
            learnt = divergence(heard[common] / temperature, said[common] / temperature)
            right = weight * temperature**2 * learnt + (1 - weight) * right
        nats.append(right)
    return np.mean(nats)


@pytest.mark.parametrize("temperature", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("weight", [0.5, 1.0])
def test_the_loss_is_the_formula_over_the_answers_that_both_can_give(
    scores, soft, weight, temperature
):
    loss = mean_nats(scores, TARGETS, Objective(weight, temperature), soft)

    assert float(loss) == pytest.approx(by_hand(scores, soft, weight, temperature), rel=1e-5)


def test_a_teacher_without_weight_changes_no_bit(scores, soft):
    of_loss = jax.value_and_grad(mean_nats)

    plain, taught = of_loss(scores, TARGETS), of_loss(scores, TARGETS, Objective(0.0, 4.0), soft)

    jax.tree.map(np.testing.assert_array_equal, taught, plain)


def test_with_all_the_weight_right_answers_matter_only_where_the_teacher_is_silent(scores, soft):
    def loss(targets):
        return float(mean_nats(scores, targets, Objective(1.0, 2.0), soft))

    assert loss(TARGETS.at[0, 0].set(3)) == loss(TARGETS)
    assert loss(TARGETS.at[SILENT].set(3)) != loss(TARGETS)


def test_who_agrees_with_the_teacher_learns_nothing_from_it(scores):
    slope = jax.grad(mean_nats)(scores, TARGETS, Objective(1.0, 2.0), scores)

    np.testing.assert_allclose(slope, 0, atol=1e-7)


def test_smoothing_divides_a_share_among_the_answers_that_are_possible(scores):
    share, nats = 0.1, []
    for row, word in np.argwhere(TARGETS >= 0):
        log = log_softmax(scores[row, word][scores[row, word] > IMPOSSIBLE])
        nats.append(-(1 - share) * log[TARGETS[row, word]] - share * log.mean())

    smoothed = mean_nats(scores, TARGETS, Objective(label_smoothing=share))

    assert float(smoothed) == pytest.approx(np.mean(nats), rel=1e-5)
    assert float(mean_nats(scores, TARGETS, GOLD)) == float(mean_nats(scores, TARGETS))
