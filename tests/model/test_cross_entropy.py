"""The kernels of cross-entropy equal the plain program, on any mesh, gradients included."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from mlm_xling.config import MeshConfig
from mlm_xling.model.cross_entropy import fused_cross_entropy
from mlm_xling.training.partitioning import make_mesh

MESHES = {"one": MeshConfig(), "many": MeshConfig(data=2, fsdp=2, tensor=2)}


@pytest.fixture(params=MESHES)
def mesh(request):
    devices = jax.devices()[: 8 if request.param == "many" else 1]
    return make_mesh(MESHES[request.param], devices)


def made_up(owners, dtype):
    """Four groups of targets; one row that cannot be predicted."""
    keys = jax.random.split(jax.random.key(0), 5)
    hidden = jax.random.normal(keys[0], (4, 7, 16)).astype(dtype)
    table = jax.random.normal(keys[1], (owners, 1100, 16)) / 4
    bias = jax.random.normal(keys[2], (owners, 1100)).at[:, 3].set(-jnp.inf)
    targets = jax.random.randint(keys[3], (4, 7), 4, 1100)
    return (hidden, table, bias), targets, jax.random.normal(keys[4], (4, 7))


def plain(hidden, table, bias, targets):
    rows = jnp.broadcast_to(table, (4, *table.shape[1:])).astype(hidden.dtype)
    scores = jnp.einsum("gte,gve->gtv", hidden, rows, preferred_element_type=jnp.float32)
    scores += bias[:, None]
    return optax.softmax_cross_entropy_with_integer_labels(scores, targets)


@pytest.mark.parametrize("owners", [1, 4])
@pytest.mark.parametrize(("dtype", "atol"), [("float32", 1e-5), ("bfloat16", 0.02)])
def test_nats_and_gradients_are_those_of_the_whole_softmax(mesh, owners, dtype, atol):
    operands, targets, upper = made_up(owners, dtype)

    def with_gradients(function, *operands):
        nats, pullback = jax.vjp(function, *operands)
        return nats, *pullback(upper)

    wanted = jax.jit(partial(with_gradients, lambda *x: plain(*x, targets=targets)))(*operands)
    with jax.set_mesh(mesh):
        fused = partial(with_gradients, lambda *x: fused_cross_entropy(*x, targets, interpret=True))
        found = jax.jit(fused)(*operands)

    assert np.isfinite(found[0]).all()
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(
            np.asarray(ours, np.float32), np.asarray(theirs, np.float32), atol=atol
        )
