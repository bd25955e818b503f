"""Steps with the kernels of TPUs, interpreted, equal the plain ones."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mlm_xling.config import Config, MeshConfig, ModelConfig, OptimizerConfig, TrainingConfig
from mlm_xling.data.streams import Batch
from mlm_xling.model import attention, encoder, norm_kernel
from mlm_xling.model.language_ids import same_ids
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import make_program
from mlm_xling.vocabulary import SPECIALS

pytestmark = pytest.mark.slow

ROWS = {"shared": (), "private": ("embeddings", "layer_1")}
MESHES = {"one": MeshConfig(), "many": MeshConfig(data=2, fsdp=2, tensor=2)}
VOCABULARY, LENGTH = 80, 64


def small(private: tuple[str, ...], mesh: MeshConfig) -> Config:
    model = ModelConfig(
        layers=2, heads=2, width=128, mlp=64, max_positions=LENGTH, private=private, dtype="float32"
    )
    return Config(
        model=model,
        optimizer=OptimizerConfig(learning_rate=1e-3, warmup_steps=2),
        training=TrainingConfig(steps=2, groups=4, batch_size=8, length=LENGTH),
        mesh=mesh,
    )


def long(dtype: str, seed: int = 0) -> Config:
    """Fifty steps, of fewer sequences: interpreted kernels are slow."""
    config = small(ROWS["shared"], MESHES["one"])
    config.model.dtype, config.training.seed = dtype, seed
    config.training.steps, config.training.batch_size = 50, 2
    return config


def losses(config: Config, paired: bool = False) -> np.ndarray:
    """The losses of all steps, on ids of unequal frequency, so that there is something to learn."""
    ids = same_ids(VOCABULARY, config)
    split = config.mesh.fsdp * config.mesh.tensor * abs(config.mesh.data)
    program = make_program(config, ids, make_mesh(config.mesh, jax.devices()[:split]))
    train, state, found = program.train_on_pairs if paired else program.train, program.init(), []
    shape = 4, config.training.batch_size, LENGTH
    logits = -jnp.arange(VOCABULARY - SPECIALS) / 10
    for step in range(config.training.steps):
        drawn = jax.random.categorical(jax.random.key(step), logits, shape=shape)
        batch = Batch(drawn + SPECIALS, jnp.array([0, 1, 0, 1]))
        state, metrics = train(state, jax.device_put(batch, program.batch_shardings))
        found.append(float(metrics.loss))
    return np.array(found)


@pytest.fixture
def kernels(monkeypatch):
    """Takes the branch of TPUs; tells which kernels were asked for."""
    taken = set()

    def watched(module, name):
        kernel = getattr(module, name)

        def call(*args, **keywords):
            taken.add(name)
            return kernel(*args, **keywords, interpret=True)

        monkeypatch.setattr(module, name, call)

    def on_tpu(*args, default, tpu=None, cpu=None):
        del cpu
        return (tpu or default)(*args)

    def take():
        monkeypatch.setattr(jax.lax, "platform_dependent", on_tpu)
        watched(attention, "fused_attention")
        watched(encoder, "fused_cross_entropy")
        watched(norm_kernel, "fused_norm")
        return taken

    return take


@pytest.mark.parametrize(
    ("row", "mesh", "paired"), [("shared", "one", False), ("private", "many", True)]
)
def test_losses_are_those_of_the_plain_program(kernels, row, mesh, paired):
    config = small(ROWS[row], MESHES[mesh])
    plain = losses(config, paired)

    taken = kernels()
    fused = losses(config, paired)

    assert taken == {"fused_attention", "fused_cross_entropy", "fused_norm"}
    np.testing.assert_allclose(fused, plain, rtol=1e-5)


def test_fifty_losses_in_float32_are_those_of_the_plain_program(kernels):
    plain = losses(long("float32"))

    kernels()
    fused = losses(long("float32"))

    assert plain[-1] < plain[0] - 1
    np.testing.assert_allclose(fused, plain, rtol=0, atol=1e-5)


def test_fifty_losses_in_bfloat16_differ_less_than_those_of_two_seeds(kernels):
    plain, other = losses(long("bfloat16")), losses(long("bfloat16", seed=1))

    kernels()
    fused = losses(long("bfloat16"))

    assert np.abs(fused - plain).max() < np.abs(other - plain).max() / 10
