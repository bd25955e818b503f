"""The name of an encoder's parameters."""

import jax
import pytest
from flax import nnx

from mlm_xling.config import Config
from mlm_xling.model.encoder import Encoder
from mlm_xling.model.pretrained import Pretrained
from tests.model import golden


@pytest.fixture
def pretrained():
    vocabulary = None  # Its place is all that a name does not depend on.
    return Pretrained(Config(), vocabulary, made(), 1, None)  # pyright: ignore[reportArgumentType]


def made() -> Encoder:
    return golden.encoder()


def test_the_same_parameters_have_the_same_name(pretrained):
    assert pretrained._replace(encoder=made(), step=9).digest == pretrained.digest


def test_one_other_parameter_is_another_name(pretrained):
    graph, state = nnx.split(pretrained.encoder)
    leaves, tree = jax.tree.flatten(state)
    for number, leaf in enumerate(leaves):
        changed = [*leaves[:number], leaf.at[(-1,) * leaf.ndim].add(1e-3), *leaves[number + 1 :]]
        other = nnx.merge(graph, jax.tree.unflatten(tree, changed))
        assert pretrained._replace(encoder=other).digest != pretrained.digest
