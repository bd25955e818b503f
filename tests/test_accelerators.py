"""The programs lower for GPUs and TPUs, on a machine that has none of them."""

import jax
import jax.numpy as jnp
import pytest
from flax import nnx

from mlm_xling.config import Config, MeshConfig, ModelConfig, TrainingConfig
from mlm_xling.data.streams import Batch
from mlm_xling.evaluation.finetuning import step as finetuning
from mlm_xling.evaluation.finetuning.batching import Batch as Labelled
from mlm_xling.evaluation.finetuning.tasks import ner, parsing
from mlm_xling.evaluation.measures.neighbours import _search
from mlm_xling.evaluation.representations.batching import encode
from mlm_xling.evaluation.representations.predictions import _nats
from mlm_xling.evaluation.representations.sentences import _sum_tokens
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.language_ids import same_ids
from mlm_xling.planning.step_cost import step_inputs
from mlm_xling.training.partitioning import imagined_mesh, make_mesh
from mlm_xling.training.step import make_program

PRIVATE = {"shared": (), "private": ("embeddings", "layer_1")}


@pytest.fixture(params=PRIVATE)
def config(request):
    model = ModelConfig(
        layers=2, heads=2, width=16, mlp=32, private=PRIVATE[request.param], dtype="bfloat16"
    )
    return Config(model=model, training=TrainingConfig(groups=2, batch_size=4, length=16))


@pytest.fixture
def ids(config):
    return same_ids(48, config)


def array(*shape, dtype=jnp.int32):
    return jax.ShapeDtypeStruct(shape, dtype)


@pytest.fixture(params=["cuda", pytest.param("tpu", marks=pytest.mark.slow)])
def lower(request):
    """Lowers a jitted function for a platform."""

    def lowered(function, *args):
        function.trace(*args).lower(lowering_platforms=(request.param,))

    return lowered


def test_pretraining(config, ids, lower):
    program = make_program(config, ids, make_mesh(MeshConfig(), jax.devices()[:1]))
    batch = Batch(array(2, 4, 16), array(2))
    lower(program.train, program.abstract_state, batch)
    lower(program.evaluate, program.abstract_state.params, batch, array())
    lower(program.is_finite, program.abstract_state)


def test_pretraining_on_several_devices(config, ids, lower):
    config.mesh = MeshConfig(fsdp=2, tensor=2)
    program = make_program(config, ids, imagined_mesh(config.mesh, 4))
    lower(program.train, *step_inputs(program, config))


def test_probing(config, ids, lower):
    graph, state = nnx.split(random_encoder(config, ids, seed=0))
    weights = array(4, 16, dtype=jnp.float32)
    lower(encode, graph, state, array(1), array(4, 16), _sum_tokens, None, weights)


def test_perplexity_of_words(config, ids, lower):
    graph, state = nnx.split(random_encoder(config, ids, seed=0))
    lower(_nats, graph, state, array(1), array(4, 16), array(4), array(4))


def test_search_for_neighbours(lower):
    vectors, blocks = (array(*shape, dtype=jnp.float32) for shape in ((5, 16), (3, 640, 16)))
    lower(_search, vectors, blocks, array(3, 640, dtype=jnp.float32), 10)


@pytest.mark.parametrize("task", [parsing.TASK, ner.TASK], ids=["parsing", "classification"])
def test_fine_tuning(config, ids, task, lower):
    encoder = random_encoder(config, ids, seed=0)
    head = task.head(config.model, ("root", "obj"), nnx.Rngs(0))
    recipe = finetuning.Recipe(nnx.graphdef(encoder), nnx.graphdef(head), "linear", 0.1, 1.0)
    state = finetuning.start(recipe, encoder, head)
    words = array(4, 8), array(4, 8, dtype=jnp.bool)
    targets = 2 if task is parsing.TASK else 1
    batch = Labelled(array(4, 2, 16), *words, array(4, 8, targets))  # pyright: ignore[reportArgumentType]
    rates = finetuning.Rates(1e-3, 1e-3)
    lower(finetuning.train, recipe, state, batch, array(1), rates, array(), array())
    lower(finetuning.predict, recipe, state.params, batch, array(1))
