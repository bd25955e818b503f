"""BERT's masked-LM corruption as applied by XLM (docs/method.md section 3), on the device.

Masks are a function of a key, so there is nothing to store or to checkpoint: the training step
folds its number into the seed.
"""

import math
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

from mlm_xling.model.functions import key_of
from mlm_xling.model.language_ids import LanguageIds
from mlm_xling.vocabulary import MASK, PAD

MEASURED = 0.15
"""Share of the tokens of dev text that are predicted, whatever share training predicts."""
REPLACED_BY_MASK = 0.8
REPLACED_AT_RANDOM = 0.1


class Masked(NamedTuple):
    """Corrupted streams and their prediction targets, gathered per group up to a static cap."""

    input_ids: Int[Array, "group batch length"]
    positions: Int[Array, "group target"]
    """Indices into a group's flattened `[batch * length]` positions."""
    targets: Int[Array, "group target"]
    weights: Float[Array, "group target"]
    """1 for a target, 0 for padding."""
    dropped: Int[Array, ""]
    """Selected tokens beyond the cap: corrupted, but not predicted."""


def target_cap(tokens: int, rate: float, sigmas: float = 5.0) -> int:
    """Returns the static number of target slots: the binomial mean plus `sigmas` deviations."""
    mean = rate * tokens
    return min(tokens, math.ceil(mean + sigmas * math.sqrt(mean * (1 - rate))))


def mask_tokens(
    key: Key[Array, ""],
    input_ids: Int[Array, "group batch length"],
    language: Int[Array, " group"],
    ids: LanguageIds,
    rate: float,
    paired: bool = False,
) -> Masked:
    """Selects tokens at a rate: 80% of them become mask, 10% a random id, 10% stay the same.

    Random ids are drawn from those of the owner of the group's language, from all ids if nothing is
    private, or with `training.replace_by_own_ids` from those of the language. Padding is never
    selected, nor is the first token of a pair if groups are `paired` (see `Encoder`).
    """
    select_key, action_key, random_key = jax.random.split(key, 3)
    selected = _select(jax.random.uniform(select_key, input_ids.shape), input_ids, rate)
    if paired:
        selected &= ~_opens_pair(input_ids)
    action = jax.random.uniform(action_key, input_ids.shape)
    random_ids = ids.draw(random_key, language, input_ids.shape)
    replaced = jnp.where(
        action < REPLACED_BY_MASK,
        MASK,
        jnp.where(action < REPLACED_BY_MASK + REPLACED_AT_RANDOM, random_ids, input_ids),
    )
    corrupted = jnp.where(selected, replaced, input_ids)
    cap = target_cap(input_ids[0].size, rate)
    return _gather_targets(corrupted, input_ids, selected, cap)


def mask_for_evaluation(
    input_ids: Int[Array, "group batch length"], chunks: Int[Array, "group batch"]
) -> Masked:
    """Selects 15% of the tokens and replaces all of them by mask, as perplexity requires.

    The selection in a chunk depends only on its number in `chunks`: not on the batch shape, the
    devices or the seed of the run, so perplexities are always over the same tokens.
    """
    keys = jax.vmap(partial(jax.random.fold_in, key_of(0)))(chunks.reshape(-1))
    draws = jax.vmap(lambda key: jax.random.uniform(key, input_ids.shape[-1:]))(keys)
    selected = _select(draws.reshape(input_ids.shape), input_ids, MEASURED)
    # What a cap drops would depend on the batch shape, so this one is too large to drop anything.
    cap = target_cap(input_ids[0].size, MEASURED, sigmas=8.0)
    return _gather_targets(jnp.where(selected, MASK, input_ids), input_ids, selected, cap)


def _select(
    draws: Float[Array, "group batch length"],
    input_ids: Int[Array, "group batch length"],
    rate: float,
) -> Bool[Array, "group batch length"]:
    return (draws < rate) & (input_ids != PAD)


def _opens_pair(input_ids: Int[Array, "group batch length"]) -> Bool[Array, "group 1 length"]:
    groups, _, length = input_ids.shape
    return (jnp.arange(groups) % 2 == 0)[:, None, None] & (jnp.arange(length) == 0)


def _gather_targets(
    corrupted: Int[Array, "group batch length"],
    original: Int[Array, "group batch length"],
    selected: Bool[Array, "group batch length"],
    cap: int,
) -> Masked:
    groups, tokens = original.shape[0], original[0].size
    flat = selected.reshape(groups, tokens)
    count = flat.sum(1)
    positions = jax.vmap(lambda row: jnp.nonzero(row, size=cap, fill_value=0)[0])(flat)
    return Masked(
        input_ids=corrupted,
        positions=positions,
        targets=jnp.take_along_axis(original.reshape(groups, tokens), positions, axis=1),
        weights=(jnp.arange(cap) < count[:, None]).astype(jnp.float32),
        dropped=jnp.maximum(count - cap, 0).sum(),
    )
