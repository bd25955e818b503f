"""The kernel of layer normalisation equals the plain program, on any mesh, gradients included."""

import jax
import numpy as np
import pytest

from mlm_xling.config import MeshConfig
from mlm_xling.model.functions import layer_norm
from mlm_xling.model.norm_kernel import fits, fused_norm
from mlm_xling.training.partitioning import make_mesh


@pytest.mark.parametrize("mesh", [MeshConfig(), MeshConfig(fsdp=2, tensor=2)])
@pytest.mark.parametrize(("dtype", "atol"), [("float32", 3e-5), ("bfloat16", 0.02)])
def test_rows_and_gradients_are_those_of_the_plain_program(mesh, dtype, atol):
    keys = jax.random.split(jax.random.key(0), 4)
    x, upper = (3 + jax.random.normal(key, (8, 128, 128)).astype(dtype) for key in keys[:2])
    scale, bias = (jax.random.normal(key, (128,)) for key in keys[2:])
    devices = jax.devices()[: mesh.fsdp * mesh.tensor]

    def with_gradients(function):
        result, pullback = jax.vjp(function, x, scale, bias)
        return result, *(by / 8 for by in pullback(upper))

    wanted = with_gradients(lambda *x: layer_norm(*x, eps=1e-5))
    with jax.set_mesh(make_mesh(mesh, devices)):
        assert fits(x)
        found = jax.jit(with_gradients, static_argnums=0)(
            lambda *x: fused_norm(*x, 1e-5, interpret=True)
        )

    for ours, theirs in zip(found, wanted, strict=True):
        theirs = np.asarray(theirs, np.float32)
        largest = max(1.0, float(np.abs(theirs).max()))
        np.testing.assert_allclose(np.asarray(ours, np.float32), theirs, atol=atol * largest)


def test_without_a_mesh_there_is_no_kernel():
    assert not fits(jax.numpy.ones((8, 128, 128)))
