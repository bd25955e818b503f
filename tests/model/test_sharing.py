"""Shared parts serve all owners; private parts are one module an owner."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mlm_xling.config import MeshConfig, ModelConfig
from mlm_xling.model.kernels import LANES
from mlm_xling.model.layers import Layer, Linear
from mlm_xling.model.sharing import Private, Shared, is_private, part
from mlm_xling.training.partitioning import make_mesh

SMALL = ModelConfig(layers=1, heads=2, width=8, mlp=16)
OWNERS = 3
run = nnx.jit(lambda module, *inputs, **key: module(*inputs, **key))


def make(rngs):
    return Layer(SMALL, rngs)


@pytest.fixture
def groups():
    hidden = jax.random.normal(jax.random.key(0), (4, 2, 5, 8))
    mask = jnp.arange(5) < jnp.array([[5, 3]] * 4)[..., None]
    return jnp.array([2, 0, 0, 2]), hidden, mask


def of_owner(private: Private, owner: int):
    graph, state = nnx.split(private.private)
    return nnx.merge(graph, jax.tree.map(lambda leaf: leaf[owner], state))


def test_a_private_part_gives_each_group_what_a_plain_layer_of_its_owner_gives(groups):
    owner, hidden, mask = groups
    private = Private(make, OWNERS, nnx.Rngs(0))

    outputs = run(private, owner, hidden, mask)

    for group, index in enumerate(owner.tolist()):
        expected = run(of_owner(private, index), hidden[group], mask[group])
        np.testing.assert_allclose(outputs[group], expected, atol=1e-6)


def test_a_shared_part_ignores_the_owner(groups):
    owner, hidden, mask = groups
    shared = Shared(make, nnx.Rngs(0))

    np.testing.assert_array_equal(
        run(shared, owner, hidden, mask), run(shared, jnp.zeros_like(owner), hidden, mask)
    )


def test_the_module_of_an_owner_can_be_taken_out(groups):
    owner, hidden, mask = groups
    private, shared = Private(make, OWNERS, nnx.Rngs(0)), Shared(make, nnx.Rngs(0))

    expected = run(private, owner, hidden, mask)[0]
    np.testing.assert_allclose(run(private.of(2), hidden[0], mask[0]), expected, atol=1e-6)
    assert shared.of(2) is shared.of(0)


@pytest.mark.parametrize("width", [8, 2 * LANES])
def test_on_a_mesh_a_group_has_the_parameters_of_its_owner_to_the_bit(width):
    mesh = make_mesh(MeshConfig(data=2, fsdp=2, tensor=2))
    linear = Private(lambda rngs: Linear(("embed", "mlp"), width, 16, rngs), OWNERS, nnx.Rngs(0))
    graph, state = nnx.split(linear)
    owner, upper = jnp.array([2, 0, 0, 2]), jax.random.normal(jax.random.key(1), (4, width, 16))

    @jax.jit
    def taken(state):
        with jax.sharding.use_abstract_mesh(mesh.abstract_mesh):
            return nnx.merge(graph, state).each(owner, "kernel")

    kernels, back = jax.vjp(taken, state)

    np.testing.assert_array_equal(kernels, nnx.to_pure_dict(state)["private"]["kernel"][owner])
    (gradient,) = back(upper)
    sums = np.zeros((OWNERS, width, 16))
    np.add.at(sums, owner, upper)
    np.testing.assert_allclose(gradient["private"]["kernel"][...], sums, rtol=1e-6)


def test_the_owners_of_a_private_part_start_differently():
    parameters = nnx.to_pure_dict(nnx.state(Private(make, OWNERS, nnx.Rngs(0))))

    kernel = parameters["private"]["feed_forward"]["inner"]["kernel"]
    assert not np.allclose(kernel[0], kernel[1])


def test_gradients_reach_only_the_owners_present(groups):
    owner, hidden, mask = groups
    graph, state = nnx.split(Private(make, OWNERS, nnx.Rngs(0)))

    @jax.jit
    @jax.grad
    def gradient_of(state):
        return (nnx.merge(graph, state)(owner, hidden, mask) ** 3).sum()

    gradient = gradient_of(state)

    for leaf in jax.tree.leaves(gradient):
        assert not leaf[1].any()
    assert all(gradient.private.feed_forward.inner.kernel[i].any() for i in (0, 2))


def test_groups_of_a_private_part_drop_different_entries(groups):
    owner, hidden, mask = groups
    same = jnp.broadcast_to(hidden[:1], hidden.shape)
    private = Private(make, OWNERS, nnx.Rngs(0))

    outputs = run(private, owner, same, mask, key=jax.random.key(1))

    assert not np.allclose(outputs[0], outputs[3])


def test_the_configuration_decides_and_the_path_tells():
    for private in ((), ("layer_1",)):
        built = part("layer_1", private, make, OWNERS, nnx.Rngs(0))
        paths = [path for path, _ in jax.tree_util.tree_leaves_with_path(nnx.state(built))]
        assert {is_private(path) for path in paths} == {bool(private)}


def test_a_private_part_marks_its_owner_axis_for_sharding():
    variables = dict(nnx.to_flat_state(nnx.state(Private(make, OWNERS, nnx.Rngs(0)))))

    kernel = variables["private", "feed_forward", "inner", "kernel"]
    assert kernel.get_metadata("axes") == ("owner", "embed", "mlp")
