"""What a head is trained towards: right answers, a teacher's soft labels, or both.

Source: Hinton et al. (2015); to let a monolingual encoder teach a multilingual one, Chi et al.
(2020). docs/method.md section 5.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

Scores = Float[Array, "batch word answer"]
IMPOSSIBLE = -1e9
"""The score of an answer that cannot be given, and of every answer a teacher is silent about."""


class Objective(NamedTuple):
    """How the parts of a loss are weighed."""

    teacher_weight: float = 0.0
    """`a`: the weight of soft labels; right answers have the rest."""
    temperature: float = 1.0
    """`t`: both sides' scores are divided by it."""
    label_smoothing: float = 0.0
    """The share of the right answer that all possible answers divide among them."""


GOLD = Objective()
"""Cross-entropy with right answers alone."""


def mean_nats(
    scores: Scores,
    targets: Int[Array, "batch word"],
    objective: Objective = GOLD,
    soft: Scores | None = None,
) -> Float[Array, ""]:
    """Averages `a t^2 KL(teacher^t || student^t) + (1 - a) CE` over words that have a target.

    Where a teacher is silent the loss is CE alone.

    Args:
      targets: numbers of right answers; -1 where there is none.
      soft: the teacher's scores of the same answers.
    """
    known = targets >= 0
    nats = optax.softmax_cross_entropy_with_integer_labels(scores, jnp.maximum(targets, 0))
    if objective.label_smoothing:
        nats += objective.label_smoothing * (_nats_of_any(scores) - nats)
    if soft is not None:
        nats = _taught(nats, scores, soft, objective)
    return jnp.where(known, nats, 0).sum() / jnp.maximum(known.sum(), 1)


def _nats_of_any(scores: Scores) -> Float[Array, "batch word"]:
    """Cross-entropy with all possible answers alike."""
    possible = _is_possible(scores)
    nats = jnp.where(possible, -jax.nn.log_softmax(scores), 0)
    return nats.sum(-1) / jnp.maximum(possible.sum(-1), 1)


def _taught(
    nats: Float[Array, "batch word"], scores: Scores, soft: Scores, objective: Objective
) -> Float[Array, "batch word"]:
    """Both distributions are over the answers that teacher and student can give."""
    weight, temperature, _ = objective
    common = _is_possible(scores) & _is_possible(soft)
    student, teacher = (
        jax.nn.log_softmax(jnp.where(common, x, IMPOSSIBLE) / temperature) for x in (scores, soft)
    )
    divergence = (jnp.exp(teacher) * (teacher - student)).sum(-1)
    taught = weight * temperature**2 * divergence + (1 - weight) * nats
    return jnp.where(common.any(-1), taught, nats)


def _is_possible(scores: Scores) -> Array:
    return scores > IMPOSSIBLE / 2
