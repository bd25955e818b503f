"""A step on pairs: the step of any other batch, but that the sides are read together."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mlm_xling.config import Config, MeshConfig, ModelConfig, OptimizerConfig, TrainingConfig
from mlm_xling.data.streams import Batch
from mlm_xling.model.language_ids import same_ids
from mlm_xling.planning.collectives import compiled_collectives
from mlm_xling.training.masking import mask_tokens
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import Program, make_program
from mlm_xling.vocabulary import END, PAD

pytestmark = pytest.mark.slow

VOCABULARY, GROUPS = 48, 4


def small(control: str = "", mesh: MeshConfig | None = None) -> Config:
    """One private and one shared layer, dropout on."""
    return Config(
        languages=("en", "fr", "ru"),
        model=ModelConfig(
            layers=2, heads=2, width=16, mlp=32, max_positions=16, private=("layer_1",)
        ),
        optimizer=OptimizerConfig(learning_rate=1e-2, warmup_steps=4),
        training=TrainingConfig(
            steps=50, groups=GROUPS, batch_size=4, length=16, pair_control=control
        ),
        mesh=mesh or MeshConfig(),
    )


IDS = same_ids(VOCABULARY, small())


def program_of(control: str = "", mesh: MeshConfig | None = None) -> Program:
    config = small(control, mesh)
    devices = jax.devices()[: config.mesh.data * config.mesh.fsdp if mesh else 1]
    return make_program(config, IDS, make_mesh(config.mesh, devices))


def batch(seed: int = 0, languages: tuple[int, ...] = (0, 1) * GROUPS) -> Batch:
    """Pairs with padding at the end of every second row."""
    shape = 2 * GROUPS, 4, 8
    ids = jax.random.randint(jax.random.key(seed), shape, 14, VOCABULARY).at[..., 0].set(END)
    return Batch(ids.at[:, ::2, 5:].set(PAD), jnp.array(languages, jnp.int32))


def run(program: Program, batches: list[Batch]) -> tuple[Any, list[Any]]:
    """Updates on each of some batches: the parameters, and the metrics of each step."""
    state, found = program.init(), []
    for each in batches:
        placed = jax.device_put(each, program.batch_shardings)
        state, metrics = program.train_on_pairs(state, placed)
        found.append(metrics)
    return jax.tree.map(np.asarray, state.params), found


def test_the_first_token_of_a_pair_is_never_masked_and_of_the_second_side_it_is():
    ids, language = batch()
    often = jnp.tile(ids, (1, 100, 1))

    masked = mask_tokens(jax.random.key(0), often, language, IDS, 0.15, paired=True)

    selected = np.zeros(often.shape).reshape(2 * GROUPS, -1)
    for group, count in enumerate(masked.weights.sum(1).astype(int)):
        selected[group, masked.positions[group, :count]] = 1
    shares = selected.reshape(often.shape).mean(1)
    assert not shares[::2, 0].any()
    assert 0.1 < shares[1::2, 0].mean() < 0.2
    assert 0.1 < shares[:, 1:5].mean() < 0.2
    assert not selected[np.asarray(often).reshape(2 * GROUPS, -1) == PAD].any()


@pytest.mark.parametrize(("control", "reads"), [("", True), ("blocked", False)])
def test_the_loss_of_a_side_depends_on_the_other_unless_it_is_blocked(control, reads):
    program, ids = program_of(control), batch().input_ids
    other = ids.at[1::2].set(jnp.where(ids[1::2] < 14, ids[1::2], 61 - ids[1::2]))

    losses = [
        float(run(program, [Batch(each, batch().language)])[1][0].language_loss[0])
        for each in (ids, other)
    ]

    assert (losses[0] != losses[1]) is reads


def test_blocked_pairs_are_trained_on_as_two_sentences_each():
    """The step is that of any batch to the bit, but for the first token, which is not masked."""
    program, (ids, language) = program_of("blocked"), batch()
    silent = Batch(ids.at[::2, :, 0].set(PAD), language)

    wanted, _ = program.train(program.init(), silent)
    found, _ = program.train_on_pairs(program.init(), silent)

    jax.tree.map(np.testing.assert_array_equal, found.params, wanted.params)


@pytest.mark.parametrize("mesh", [MeshConfig(data=4), MeshConfig(data=2, fsdp=2)], ids=str)
def test_losses_and_parameters_do_not_depend_on_the_mesh(mesh):
    batches = [batch(step) for step in range(3)]
    wanted, reference = run(program_of(), batches)

    params, found = run(program_of(mesh=mesh), batches)

    for ours, theirs in zip(found, reference, strict=True):
        np.testing.assert_allclose(ours.loss, theirs.loss, rtol=2e-5)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=2e-4), params, wanted)


def test_partners_lie_on_one_device():
    """So devices send each other no keys and values, but what they do for any batch."""
    program = program_of(mesh=MeshConfig(data=4))

    def sent(train: Any, shape: tuple[int, int, int]) -> dict[str, tuple[int, int]]:
        ids, language = (jax.ShapeDtypeStruct(s, jnp.int32) for s in (shape, shape[:1]))
        compiled = train.lower(program.abstract_state, Batch(ids, language)).compile()
        found = compiled_collectives(compiled.as_text(), devices=4)
        return {each.kind: (each.count, each.array_bytes) for each in found}

    of_pairs = sent(program.train_on_pairs, (2 * GROUPS, 4, 8))
    of_text = sent(program.train, (GROUPS, 4, 16))

    assert set(of_pairs) == set(of_text) == {"all-reduce", "all-gather"}
    # Gradients, less those of the positions that no side reaches; languages of the groups.
    assert of_pairs["all-reduce"][1] <= of_text["all-reduce"][1]
    assert of_pairs["all-gather"][1] <= 16 * 2 * GROUPS


def test_private_parts_of_languages_that_no_pair_has_stay_as_they_are():
    program = program_of()
    before = jax.tree.map(np.asarray, program.init().params)

    after, _ = run(program, [batch(languages=(0, 2) * GROUPS)])

    for ours, theirs in zip(
        *(jax.tree.leaves(tree["layer_1"]["private"]) for tree in (before, after)), strict=True
    ):
        assert ours[1].tobytes() == theirs[1].tobytes()
        assert ours[0].tobytes() != theirs[0].tobytes()
        assert ours[2].tobytes() != theirs[2].tobytes()
