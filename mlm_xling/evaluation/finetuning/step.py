"""Jitted training step, prediction and scoring of fine-tuning."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from jaxtyping import Array, Float, Int, PyTree

from mlm_xling.evaluation.finetuning.batching import Batch
from mlm_xling.model.functions import key_of
from mlm_xling.model.heads import AnswerScores
from mlm_xling.model.objective import GOLD, Objective
from mlm_xling.model.owners import freeze_private
from mlm_xling.model.stack import FROZEN
from mlm_xling.tokenizer import PADDING

MaybeKey = jax.Array | None


class Recipe(NamedTuple):
    """Static inputs of a compiled program, which settings of a grid can share."""

    encoder: nnx.GraphDef
    head: nnx.GraphDef
    schedule: str
    """`linear` or `constant`."""
    warmup: float
    """Fraction of the updates."""
    clip_norm: float
    objective: Objective = GOLD


class Reading(NamedTuple):
    """A compiled program's recipe and frozen parameters; trained ones are in `TuneState`."""

    recipe: Recipe
    frozen: PyTree
    """Parameters of the encoder that stay fixed: `{}`, or the frozen part of a `Reader`."""


class Rates(NamedTuple):
    """Peak learning rates of the two groups of parameters."""

    encoder: Float[Array, ""] | float
    head: Float[Array, ""] | float


class TuneState(NamedTuple):
    """The state that changes from step to step."""

    step: Int[Array, ""]
    """Number of updates done."""
    params: PyTree
    """`{"encoder": ..., "head": ...}`, nested dicts of arrays; excludes frozen parts."""
    optimizer: PyTree


def start(recipe: Recipe, encoder: nnx.Module, head: nnx.Module) -> TuneState:
    """Creates the state before the first update, with copies of the arrays.

    All arrays are committed to one device, like restored ones: otherwise JAX would compile a second
    program.
    """
    params = jax.tree.map(jnp.copy, trained_params(encoder, head))
    state = TuneState(jnp.zeros((), jnp.int32), params, _optimizer(recipe).init(params))
    return jax.device_put(state, jax.local_devices()[0])


def trained_params(encoder: nnx.Module, head: nnx.Module) -> PyTree:
    """Extracts the parameters of `TuneState` from the modules."""
    modules = {"encoder": encoder, "head": head}
    params = {name: nnx.to_pure_dict(nnx.state(module)) for name, module in modules.items()}
    params["encoder"].pop(FROZEN, None)
    return params


def frozen_params(encoder: nnx.Module) -> PyTree:
    """Extracts all other parameters, on the device of the state."""
    params = nnx.to_pure_dict(nnx.state(encoder))
    frozen = {name: part for name, part in params.items() if name == FROZEN}
    return jax.device_put(frozen, jax.local_devices()[0])


@partial(jax.jit, static_argnames="recipe", donate_argnames="state")
def train(
    recipe: Recipe,
    state: TuneState,
    batch: Batch,
    language: Int[Array, "1"],
    rates: Rates,
    updates: Int[Array, ""],
    seed: Int[Array, ""],
    frozen: PyTree = None,
) -> tuple[TuneState, Float[Array, ""]]:
    """Does one update; also returns the loss before it, in nats.

    Args:
      language: index of the batch's language.
      rates: peak learning rates.
      updates: total number of updates, for the schedule.
      seed: for dropout.
      frozen: those of a `Reading`.
    """
    key = jax.random.fold_in(key_of(seed), state.step)

    def loss_of(params):
        encoder_key, head_key = jax.random.split(key)
        inputs = _words(recipe, params, frozen, batch, language, encoder_key)
        head = nnx.merge(recipe.head, params["head"])
        return head.loss(*inputs, batch.targets, head_key, recipe.objective, batch.soft)

    loss, gradient = jax.value_and_grad(loss_of)(state.params)
    directions, optimizer = _optimizer(recipe).update(gradient, state.optimizer, state.params)
    share = schedule(recipe, state.step, updates)

    def moved(path, parameter, direction):
        rate = rates.head if path[0].key == "head" else rates.encoder
        return parameter - share * rate * direction

    params = jax.tree_util.tree_map_with_path(moved, state.params, directions)
    return TuneState(state.step + 1, params, optimizer), loss


@partial(jax.jit, static_argnames="recipe")
def predict(
    recipe: Recipe,
    params: PyTree,
    batch: Batch,
    language: Int[Array, "1"],
    frozen: PyTree = None,
) -> PyTree:
    """Computes the head's predictions for every word, using the language's private parts."""
    inputs = _words(recipe, params, frozen, batch, language, None)
    return nnx.merge(recipe.head, params["head"]).predict(*inputs)


@partial(jax.jit, static_argnames="recipe")
def score_answers(
    recipe: Recipe,
    params: PyTree,
    batch: Batch,
    language: Int[Array, "1"],
    frozen: PyTree = None,
) -> AnswerScores:
    """Computes scores of all answers for each target of a batch, without dropout."""
    inputs = _words(recipe, params, frozen, batch, language, None)
    return nnx.merge(recipe.head, params["head"]).scores(*inputs, batch.targets)


def schedule(recipe: Recipe, step: Int[Array, ""], updates: Int[Array, ""]) -> Float[Array, ""]:
    """Returns the fraction of the peak rate: linear warm-up, then linear decay to zero."""
    if recipe.schedule == "constant":
        return jnp.ones(())
    rising = recipe.warmup * updates
    falling = updates - rising
    return jnp.clip(
        jnp.minimum((step + 1) / jnp.maximum(rising, 1), (updates - step) / falling), 0, 1
    )


def _words(
    recipe: Recipe,
    params: PyTree,
    frozen: PyTree,
    batch: Batch,
    language: Int[Array, "1"],
    key: MaybeKey,
) -> tuple:
    """Returns last states of first subwords and of the first token, and a mask of words."""
    encoder = nnx.merge(recipe.encoder, params["encoder"] | (frozen or {}))
    rows, windows, length = batch.input_ids.shape
    ids = batch.input_ids.reshape(1, rows * windows, length)
    real = ids != PADDING
    hidden = encoder(jnp.where(real, ids, 0), real, language, key)[-1]
    hidden = hidden.reshape(rows, windows * length, -1)
    words = jnp.take_along_axis(hidden, batch.places[..., None], axis=1)
    return words, hidden[:, 0], batch.real


def _optimizer(recipe: Recipe) -> optax.GradientTransformation:
    """Returns Adam's update directions for trained parameters, zero for frozen ones."""
    adam = optax.chain(optax.clip_by_global_norm(recipe.clip_norm), optax.scale_by_adam())
    return freeze_private(adam)
