"""What is read off a trace is what can be worked out by hand."""

import jax
import jax.numpy as jnp
import pytest

from benchmarks.plans import largest_batch
from mlm_xling.config import Config, MeshConfig, ModelConfig, TrainingConfig, VocabularyConfig
from mlm_xling.model.language_ids import expected_ids
from mlm_xling.planning.estimating import estimated_step, kept_bytes, work
from mlm_xling.planning.slices import read_slice
from mlm_xling.planning.step_cost import StepCost
from mlm_xling.training.masking import target_cap
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import make_program

ALONE = read_slice("h100:1")
PRIVATE = {"shared": (), "private": ("embeddings", "layer_1")}


def config(private: tuple[str, ...] = (), kind: str = "joint", **mesh: int) -> Config:
    return Config(
        languages=("en", "fr"),
        vocabulary=VocabularyConfig(kind=kind, size=100),
        model=ModelConfig(
            layers=2, heads=2, width=32, mlp=96, max_positions=64, private=private, dtype="bfloat16"
        ),
        training=TrainingConfig(groups=4, batch_size=3, length=64),
        mesh=MeshConfig(**mesh),
    )


@pytest.mark.parametrize("private", PRIVATE.values(), ids=PRIVATE)
@pytest.mark.parametrize("rate", [0.15, 0.4])
def test_flops_are_six_for_each_weight_and_token_attention_and_softmax_at_targets(private, rate):
    planned = config(private)
    planned.training.masking_rate = rate
    tokens, targets = 4 * 3 * 64, 4 * target_cap(3 * 64, rate)
    weights = 2 * (4 * 32**2 + 2 * 32 * 96)
    attention = 2 * 2 * 64 * 32  # Scores and mixtures of two layers, over 64 positions.
    softmax = 100 * 32

    step = estimated_step(planned, ALONE)

    assert step.flops == 6 * (tokens * (weights + attention) + targets * softmax)


def test_parameters_and_moments_are_those_of_the_real_state():
    settings = config(PRIVATE["private"], "disjoint")
    mesh = make_mesh(settings.mesh, jax.devices()[:1])
    state = make_program(settings, expected_ids(settings), mesh).init()

    memory = estimated_step(settings, ALONE).memory

    assert memory.parameters == sum(leaf.nbytes for leaf in jax.tree.leaves(state.params))
    assert memory.moments == sum(leaf.nbytes for leaf in jax.tree.leaves(state.optimizer))
    assert memory.batch == 4 * (4 * 3 * 64 + 4)


@pytest.fixture(scope="module")
def whole() -> StepCost:
    return estimated_step(config(), ALONE)


def test_groups_are_divided_among_devices_and_parameters_are_not(whole):
    half = estimated_step(config(), read_slice("h100:2"))

    assert half.flops == whole.flops / 2
    assert half.memory.parameters == whole.memory.parameters
    assert half.memory.temporaries < whole.memory.temporaries
    assert [each.kind for each in half.collectives] == ["all-reduce"]
    assert half.collectives[0].array_bytes == whole.memory.parameters


def test_fsdp_divides_all_parameters_of_the_width_and_tensor_the_work(whole):
    split = estimated_step(config(fsdp=2, tensor=2), read_slice("h100:4"))

    assert split.flops == whole.flops / 4
    # Matrices are divided by four, biases by less.
    assert 1 / 4 < split.memory.parameters / whole.memory.parameters < 0.3
    assert [each.kind for each in split.collectives] == [
        "all-gather",
        "all-reduce",
        "reduce-scatter",
    ]


def test_what_is_sent_of_private_parameters_does_not_grow_with_the_number_of_languages():
    planned, sent = config(PRIVATE["private"], "disjoint", fsdp=2), set()
    for count in (2, 4, 8):  # Each device has two groups.
        planned.languages = tuple(f"en{number}" for number in range(2, 2 + count))
        step = estimated_step(planned, read_slice("h100:2"))
        sent.add(step.sent_bytes)

    assert len(sent) == 1
    kinds = [each.kind for each in step.collectives]
    assert kinds == ["all-gather", "all-to-all", "reduce-scatter"]


def test_what_is_kept_is_what_the_backward_pass_reads():
    def loss(weights):
        return jnp.sin(jnp.ones((5, 7)) @ weights).sum()

    # The ones, and the cosine of 5 x 3 products.
    assert kept_bytes(loss, jnp.ones((7, 3))) == 4 * (5 * 7 + 5 * 3)


def test_operations_of_a_loop_are_counted_as_often_as_it_runs():
    def loop(x, matrix):
        return jax.lax.scan(lambda x, _: (x @ matrix, None), x, length=6)[0]

    flops, moved = work(jax.make_jaxpr(loop)(jnp.ones((2, 4)), jnp.ones((4, 4))).jaxpr)

    assert flops == 6 * 2 * 2 * 4 * 4
    assert moved == 6 * 4 * (2 * 4 + 4 * 4 + 2 * 4)


def test_rows_that_are_taken_from_an_array_are_read_and_not_the_array():
    table, places = jnp.ones((1_000, 8)), jnp.array([5, 7, 5])
    row, fetched = 4 * 8, 4 * 3

    take, add = (
        jax.make_jaxpr(function)(table).jaxpr
        for function in (
            lambda table: jnp.take(table, places, axis=0, mode="clip"),
            lambda table: table.at[places].add(1.0, mode="clip"),
        )
    )
    (_, taken), (_, added) = work(take), work(add)

    assert taken == fetched + 2 * 3 * row
    assert added == fetched + 3 * 3 * row + 1_000 * row


def test_parameters_of_languages_that_a_device_does_not_read_are_moved_by_adam_alone():
    def moved(languages: int) -> tuple[float, int]:
        planned = config(PRIVATE["private"], "disjoint")
        planned.languages = tuple(f"en{number}" for number in range(2, 2 + languages))
        step = estimated_step(planned, ALONE)
        return step.moved_bytes, step.memory.parameters

    (few, small), (many, large) = moved(4), moved(16)

    # Gradients are filled once for each, and Adam reads and writes.
    assert few + 8 * (large - small) == pytest.approx(many, rel=0.01)


@pytest.mark.parametrize("mine", ["cuda", "default"])
def test_of_programs_for_several_platforms_that_of_a_gpu_counts(mine):
    def twice(matrix):
        return matrix @ matrix @ matrix

    choice = {"cpu": twice, "tpu": twice, "default": twice} | {mine: lambda matrix: matrix @ matrix}
    jaxpr = jax.make_jaxpr(lambda x: jax.lax.platform_dependent(x, **choice))(jnp.ones((4, 4)))

    flops, moved = work(jaxpr.jaxpr)

    assert flops == 2 * 4 * 4 * 4
    assert moved == 4 * 3 * 4 * 4


@pytest.mark.parametrize("room", [0, 9, 10, 11, 15, 999])
def test_the_largest_batch_fits_and_the_next_does_not(room):
    def needed(size):
        return 5 + 5 * size

    found = largest_batch(needed, room)

    assert found == 0 or needed(found) <= room
    assert needed(found + 1) > room
