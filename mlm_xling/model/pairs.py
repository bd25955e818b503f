"""A layer over sentence pairs: each side has its language's parameters, attention spans both.

A batch of pairs is an ordinary batch of groups. Groups 2i and 2i + 1 hold the two sides, row by
row; they are concatenated only for attention, which has no parameters.
"""

import jax
from jaxtyping import Array, Bool, Float, Int, Key, Shaped

from mlm_xling.model.attention import attend, attention_seeds
from mlm_xling.model.sharing import Part


def across(
    layer: Part,
    owner: Int[Array, " group"],
    hidden: Float[Array, "group batch length embed"],
    mask: Bool[Array, "group batch length"],
    rate: float,
    key: Key[Array, ""] | None = None,
) -> Float[Array, "group batch length embed"]:
    """Applies a layer in which each side of a pair attends to both.

    Args:
      rate: dropout on attention weights.
    """
    mixing, finishing = (None, None) if key is None else jax.random.split(key)
    projected = _joined(layer(owner, hidden, method="project")[0])
    seeds = None if mixing is None else attention_seeds(mixing, projected)
    mixed = attend(projected, _joined(mask), rate, seeds)
    return layer(owner, hidden, _parted(mixed, mask), mask, key=finishing, method="finish")


def _joined(sides: Shaped[Array, "group batch length *rest"]) -> Shaped[Array, "row both *rest"]:
    _, batch, length, *rest = sides.shape
    pairs = sides.reshape(-1, 2, batch, length, *rest).swapaxes(1, 2)
    return pairs.reshape(-1, 2 * length, *rest)


def _parted(
    rows: Float[Array, "row both embed"], mask: Bool[Array, "group batch length"]
) -> Float[Array, "group batch length embed"]:
    groups, batch, length = mask.shape
    pairs = rows.reshape(groups // 2, batch, 2, length, -1).swapaxes(1, 2)
    return pairs.reshape(groups, batch, length, -1)
