"""Adam as used in the paper; private parts have a separate Adam per owner."""

from collections.abc import Callable, Collection
from typing import cast

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, PyTree

from mlm_xling.config import OptimizerConfig
from mlm_xling.model.owners import private_or_shared


def make_schedule(config: OptimizerConfig, steps: int) -> Callable[[Array | int], Array]:
    """Returns the learning rate schedule (docs/method.md section 3).

    `inverse_sqrt`: linear from 1e-7 to the peak over the warm-up, then `peak sqrt(warmup / t)`.
    `cosine`: the same warm-up, then half a cosine to zero at `steps`.
    """
    peak, warmup = config.learning_rate, max(config.warmup_steps, 1)

    def schedule(count: Array | int) -> Array:
        update = count + 1
        rising = 1e-7 + update * (peak - 1e-7) / warmup
        if config.schedule == "inverse_sqrt":
            falling = peak * jnp.sqrt(warmup / update)
        else:
            progress = (update - warmup) / max(steps - warmup, 1)
            falling = peak * 0.5 * (1 + jnp.cos(jnp.pi * jnp.clip(progress, 0, 1)))
        return jnp.where(update <= warmup, rising, falling)

    return schedule


def make_optimizer(
    config: OptimizerConfig, steps: int, params: PyTree, trainable: Collection[str] = ()
) -> optax.GradientTransformationExtraArgs:
    """Creates the optimizer: clipping, Adam, decoupled weight decay, learning rate.

    `update` takes `present`, bool[owner]: which owners have a language in the step's groups.
    Parameters and moments of an owner's private parts change only if it is present.

    Args:
      trainable: names of the encoder's parts to train; others stay fixed and have no moments. By
        default all are trained.
    """
    adam = optax.chain(
        optax.scale_by_adam(config.beta1, config.beta2, config.eps),
        optax.add_decayed_weights(config.weight_decay),
    )
    trained = {name: params[name] for name in params if not trainable or name in trainable}
    if "private" in jax.tree.leaves(private_or_shared(trained)):
        adam = optax.partition({"shared": adam, "private": per_owner(adam)}, private_or_shared)
    whole = optax.chain(
        optax.clip_by_global_norm(config.clip_norm),
        adam,
        optax.scale_by_learning_rate(cast(optax.Schedule, make_schedule(config, steps))),
    )
    if trainable:
        of_part = {name: "trained" if name in trainable else "frozen" for name in params}
        # Frozen parameters do not contribute to the norm by which the rest is clipped.
        whole = optax.partition({"trained": whole, "frozen": optax.set_to_zero()}, of_part)
    return optax.with_extra_args_support(whole)


def per_owner(inner: optax.GradientTransformation) -> optax.GradientTransformationExtraArgs:
    """Runs `inner` as a separate optimizer for each index of the leading owner axis.

    An owner that is not `present` receives no update and keeps its state bit for bit: no momentum
    drift, no weight decay, no bias correction for steps it did not take.
    """

    def init(params):
        return jax.vmap(inner.init)(params)

    def update(updates, state, params=None, **extra):
        present: Bool[Array, " owner"] = extra["present"]

        def select(new, old):
            return jnp.where(present.reshape(-1, *(1 for _ in new.shape[1:])), new, old)

        new_updates, new_state = jax.vmap(inner.update)(updates, state, params)
        silent = jax.tree.map(jnp.zeros_like, new_updates)
        return jax.tree.map(select, new_updates, silent), jax.tree.map(select, new_state, state)

    return optax.GradientTransformationExtraArgs(init, update)
