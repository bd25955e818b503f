"""What cannot fit is refused; what is counted is never more than what a model has."""

import jax
import pytest

from mlm_xling.config import MeshConfig
from mlm_xling.errors import InputError
from mlm_xling.model.language_ids import same_ids
from mlm_xling.training.memory import least_bytes, require_memory
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import make_program
from tests.training.test_step import VOCABULARY, small


@pytest.mark.parametrize("private", [(), ("embeddings", "layer_1")])
@pytest.mark.parametrize("groups", [(), ("en+fr",)])
def test_what_is_counted_is_in_the_model(private, groups):
    config = small()
    config.model.width = config.model.mlp = 128
    config.model.private, config.model.private_groups = private, groups if private else ()
    mesh = make_mesh(MeshConfig(), jax.devices()[:1])
    params = make_program(config, same_ids(VOCABULARY, config), mesh).abstract_state.params
    layers = [params[f"layer_{i}"] for i in range(1, config.model.layers + 1)]
    matrices = [leaf.size for leaf in jax.tree.leaves(layers) if leaf.size >= 128 * 128]

    batch = 2 * 8 * 4 * 16 * 128
    assert least_bytes(config, dict(mesh.shape)) == 12 * sum(matrices) + batch


def test_what_is_not_trained_has_no_moments():
    config, nothing = small(), {"data": 1, "fsdp": 1, "tensor": 1}
    whole = least_bytes(config, nothing)
    config.training.trainable = ("layer_1",)

    layer = 4 * config.model.width**2 + 2 * config.model.width * config.model.mlp
    frozen = config.model.layers - 1
    assert frozen
    assert least_bytes(config, nothing) == whole - 8 * layer * frozen


def test_a_mesh_divides_it():
    whole = least_bytes(small(), {"data": 1, "fsdp": 1, "tensor": 1})

    assert least_bytes(small(), {"data": 1, "fsdp": 4, "tensor": 1}) == whole / 4


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [("model", "width", 100_000), ("training", "batch_size", 10**6), ("model", "mlp", 10**6)],
)
def test_what_no_machine_holds_is_refused(section, field, value):
    config = small()
    config.model.width, config.model.layers, config.training.length = 16_384, 1_000, 10**5
    setattr(getattr(config, section), field, value)

    with pytest.raises(InputError, match=r"a device needs more than .* GiB .* and has .* GiB"):
        require_memory(config, make_mesh(config.mesh))


def test_a_small_model_fits():
    require_memory(small(), make_mesh(MeshConfig()))
