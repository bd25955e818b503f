"""Training objectives of a head: gold answers, a teacher's soft labels, or both.

Sources: Hinton et al. (2015); for a monolingual teacher of a multilingual encoder, Chi et al.
(2020). docs/method.md section 5.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

Scores = Float[Array, "batch word answer"]
IMPOSSIBLE = -1e9
"""Score of an answer that cannot be given, and of all answers a teacher has no opinion on."""


class Objective(NamedTuple):
    """The weights of the parts of a loss."""

    teacher_weight: float = 0.0
    """`a`: the weight of soft labels; gold answers have the rest."""
    temperature: float = 1.0
    """`t`: divides the scores of both teacher and student."""
    label_smoothing: float = 0.0
    """The share of the gold answer's probability that is spread over all possible answers."""


GOLD = Objective()
"""Cross-entropy with gold answers alone."""


def mean_nats(
    scores: Scores,
    targets: Int[Array, "batch word"],
    objective: Objective = GOLD,
    soft: Scores | None = None,
) -> Float[Array, ""]:
    """Averages `a t^2 KL(teacher^t || student^t) + (1 - a) CE` over words that have a target.

    Where a teacher has no opinion, the loss is CE alone.

    Args:
      targets: indices of gold answers; -1 where there is none.
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
    """Returns the cross-entropy with a uniform distribution over possible answers."""
    possible = _is_possible(scores)
    nats = jnp.where(possible, -jax.nn.log_softmax(scores), 0)
    return nats.sum(-1) / jnp.maximum(possible.sum(-1), 1)


def _taught(
    nats: Float[Array, "batch word"], scores: Scores, soft: Scores, objective: Objective
) -> Float[Array, "batch word"]:
    """Returns the distillation loss over answers that both teacher and student can give."""
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
