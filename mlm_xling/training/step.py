"""The jitted training and evaluation steps under a mesh."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from jaxtyping import Array, Bool, Float, Int, Key, PyTree

from mlm_xling.config import Config
from mlm_xling.data.streams import Batch
from mlm_xling.model.encoder import Encoder, random_encoder
from mlm_xling.model.functions import all_finite, key_of
from mlm_xling.model.language_ids import LanguageIds
from mlm_xling.training.masking import Masked, mask_for_evaluation, mask_tokens
from mlm_xling.training.optimizer import make_optimizer, make_schedule
from mlm_xling.training.partitioning import (
    AnyMesh,
    like_parameters,
    parameter_shardings,
    sharding,
)
from mlm_xling.vocabulary import PAD


class TrainState(NamedTuple):
    """The state that changes from step to step."""

    step: Int[Any, ""]
    """Number of updates done."""
    params: PyTree
    """Nested dict of arrays; paths contain the encoder's parts (`layer_1/shared/attention/...`)."""
    optimizer: PyTree


class Metrics(NamedTuple):
    """Measurements of one step."""

    loss: Float[Array, ""]
    """Mean over all targets of the step."""
    gradient_norm: Float[Array, ""]
    """Norm of the gradient before clipping."""
    learning_rate: Float[Array, ""]
    language_loss: Float[Array, " language"]
    """Sum of nats over the language's targets; divide by `language_targets`."""
    language_targets: Float[Array, " language"]
    dropped_targets: Int[Array, ""]
    """Masked tokens beyond the cap of a group, which were not predicted."""


class Program(NamedTuple):
    """The compiled functions of a run and the placement of its arrays."""

    graph: nnx.GraphDef
    state_shardings: TrainState
    batch_shardings: Batch
    abstract_state: TrainState
    init: Callable[[], TrainState]
    train: Callable[[TrainState, Batch], tuple[TrainState, Metrics]]
    train_on_pairs: Callable[[TrainState, Batch], tuple[TrainState, Metrics]]
    evaluate: Callable[[PyTree, Batch, Any], tuple[Array, Array]]
    is_finite: Callable[[TrainState], Bool[Array, ""]]

    @property
    def abstract_encoder(self) -> Encoder:
        """The encoder with shapes in place of values."""
        return nnx.merge(self.graph, self.abstract_state.params)


def make_program(config: Config, ids: LanguageIds, mesh: AnyMesh) -> Program:
    """Builds the jitted functions of a run.

    `init()` returns the state already sharded. `train(state, batch)` donates the state and is a
    function of (config, state, batch) alone: dropout and masks derive from the seed and the step.
    `train_on_pairs` is the same for a batch of pairs, see `mlm_xling.data.streams.Batch`.
    `evaluate(params, batch, first)` returns sums of nats and of targets, with masks fixed by the
    number of each dev chunk, counted from `first`. `is_finite(state)` returns whether all numbers
    of the state are finite.
    """

    def make_encoder() -> Encoder:
        return random_encoder(config, ids, config.training.seed)

    graph, abstract = nnx.split(nnx.eval_shape(make_encoder))
    abstract_params = nnx.to_pure_dict(abstract)
    optimizer = make_optimizer(
        config.optimizer, config.training.steps, abstract_params, config.training.trainable
    )

    def init() -> TrainState:
        params = nnx.to_pure_dict(nnx.state(make_encoder()))
        return TrainState(jnp.zeros((), jnp.int32), params, optimizer.init(params))

    abstract_state = jax.eval_shape(init)
    whole, shardings = sharding(mesh), parameter_shardings(mesh, abstract)
    of_optimizer = like_parameters(abstract_state.optimizer, abstract_params, shardings, mesh)
    of_state = TrainState(whole, shardings, of_optimizer)
    of_batch = Batch(sharding(mesh, "group", "batch", "length"), sharding(mesh, "group"))
    train = _make_train(config, ids, mesh, graph, optimizer)
    jit_train = partial(
        jax.jit,
        in_shardings=(of_state, of_batch),
        out_shardings=(of_state, whole),
        donate_argnums=0,
    )
    return Program(
        graph,
        of_state,
        of_batch,
        abstract_state,
        init=jax.jit(init, out_shardings=of_state),
        train=jit_train(train),
        train_on_pairs=jit_train(partial(train, paired=True)),
        evaluate=jax.jit(
            _make_evaluate(graph), in_shardings=(shardings, of_batch, whole), out_shardings=whole
        ),
        is_finite=jax.jit(all_finite, in_shardings=(of_state,), out_shardings=whole),
    )


def _make_train(
    config: Config,
    ids: LanguageIds,
    mesh: AnyMesh,
    graph: nnx.GraphDef,
    optimizer: optax.GradientTransformationExtraArgs,
) -> Callable[..., tuple[TrainState, Metrics]]:
    schedule = make_schedule(config.optimizer, config.training.steps)
    seed = key_of(config.training.seed)
    across = config.training.pair_control != "blocked"
    rate, trainable = config.training.masking_rate, config.training.trainable

    def train(state: TrainState, batch: Batch, paired: bool = False) -> tuple[TrainState, Metrics]:
        mask_key, dropout_key = jax.random.split(jax.random.fold_in(seed, state.step))
        masked = mask_tokens(mask_key, batch.input_ids, batch.language, ids, rate, paired)

        def mean_loss(params):
            encoder = nnx.merge(graph, params)
            losses = target_losses(encoder, batch, masked, dropout_key, paired and across)
            return losses.sum() / jnp.maximum(masked.weights.sum(), 1), losses

        with jax.sharding.use_abstract_mesh(mesh.abstract_mesh):
            (loss, losses), gradient = jax.value_and_grad(mean_loss, has_aux=True)(state.params)
        updates, optimizer_state = optimizer.update(
            gradient, state.optimizer, state.params, present=_present(batch.language, ids)
        )
        metrics = Metrics(
            loss,
            optax.global_norm({name: gradient[name] for name in trainable or gradient}),
            schedule(state.step),
            _sum_by_language(losses, batch.language, ids.languages),
            _sum_by_language(masked.weights, batch.language, ids.languages),
            masked.dropped,
        )
        params = optax.apply_updates(state.params, updates)
        return TrainState(state.step + 1, params, optimizer_state), metrics

    return train


def _make_evaluate(graph: nnx.GraphDef) -> Callable[[PyTree, Batch, Any], tuple[Array, Array]]:
    def evaluate(params: PyTree, batch: Batch, first: Int[Array, ""]) -> tuple[Array, Array]:
        groups, size, _ = batch.input_ids.shape
        chunks = first + jnp.arange(groups * size).reshape(groups, size)
        masked = mask_for_evaluation(batch.input_ids, chunks)
        losses = target_losses(nnx.merge(graph, params), batch, masked)
        return losses.sum(), masked.weights.sum()

    return evaluate


def target_losses(
    encoder: Encoder,
    batch: Batch,
    masked: Masked,
    key: Key[Array, ""] | None = None,
    paired: bool = False,
) -> Float[Array, "group target"]:
    """Returns the cross-entropy in nats at each target, 0 at padding; softmax at targets only."""
    encoder = encoder.of_groups(batch.language)
    hidden = encoder(masked.input_ids, batch.input_ids != PAD, batch.language, key, paired)[-1]
    hidden = hidden.reshape(hidden.shape[0], -1, hidden.shape[-1])
    at_targets = jnp.take_along_axis(hidden, masked.positions[..., None], axis=1)
    targets = encoder.rows(masked.targets, batch.language)
    return encoder.cross_entropy(at_targets, batch.language, targets) * masked.weights


def _present(language: Int[Array, " group"], ids: LanguageIds) -> Bool[Array, " owner"]:
    return jnp.zeros(ids.owners, bool).at[ids.owner_of(language)].set(True)


def _sum_by_language(
    values: Float[Array, "group target"], language: Int[Array, " group"], languages: int
) -> Float[Array, " language"]:
    return jnp.zeros(languages).at[language].add(values.sum(1))
