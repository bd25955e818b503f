"""One step: the loss of the definition, the same on any mesh, private parts left alone."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from mlm_xling.config import Config, MeshConfig, ModelConfig, OptimizerConfig, TrainingConfig
from mlm_xling.data.streams import Batch
from mlm_xling.errors import InputError
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.language_ids import same_ids
from mlm_xling.planning.collectives import compiled_collectives
from mlm_xling.training.masking import mask_tokens
from mlm_xling.training.partitioning import imagined_mesh, make_mesh, require_groups
from mlm_xling.training.step import make_program, target_losses

VOCABULARY = 48
MESHES = [
    MeshConfig(data=8),
    MeshConfig(fsdp=4),
    MeshConfig(data=2, fsdp=2, tensor=2),
]


def small(mesh: MeshConfig | None = None) -> Config:
    """One private and one shared layer, dropout on."""
    return Config(
        languages=("en", "fr", "ru"),
        model=ModelConfig(
            layers=2, heads=2, width=16, mlp=32, max_positions=16, private=("layer_1",)
        ),
        optimizer=OptimizerConfig(learning_rate=1e-2, warmup_steps=4),
        training=TrainingConfig(steps=50, groups=8, batch_size=4, length=16),
        mesh=mesh or MeshConfig(),
    )


IDS = same_ids(VOCABULARY, small())


@pytest.fixture(scope="module")
def program():
    return make_program(small(), IDS, make_mesh(MeshConfig(), jax.devices()[:1]))


def batch(seed=0, languages=(0, 1, 1, 0, 0, 0, 1, 0)) -> Batch:
    ids = jax.random.randint(jax.random.key(seed), (8, 4, 16), 14, VOCABULARY)
    return Batch(ids, jnp.array(languages, jnp.int32))


def run(program, steps):
    state, losses = program.init(), []
    for step in range(steps):
        state, metrics = program.train(state, jax.device_put(batch(step), program.batch_shardings))
        losses.append(float(metrics.loss))
    return state, losses


def leaves(tree):
    return {
        jax.tree_util.keystr(p): np.asarray(x) for p, x in jax.tree_util.tree_leaves_with_path(tree)
    }


def test_the_loss_equals_the_dense_softmax_over_all_positions():
    encoder = random_encoder(small(), IDS, seed=0)
    groups = batch()
    masked = mask_tokens(jax.random.key(3), *groups, IDS, 0.15)

    losses = nnx.jit(target_losses)(encoder, groups, masked)

    @nnx.jit
    def logits_of(encoder):
        hidden = encoder(masked.input_ids, groups.input_ids != 2, groups.language)[-1]
        return encoder.logits(hidden.reshape(8, 64, 16), groups.language)

    logits = logits_of(encoder)
    nats = optax.softmax_cross_entropy_with_integer_labels(logits, groups.input_ids.reshape(8, 64))
    selected = np.zeros((8, 64))
    for group, count in enumerate(masked.weights.sum(1).astype(int)):
        selected[group, masked.positions[group, :count]] = 1
    assert float(losses.sum()) == pytest.approx(float((nats * selected).sum()), rel=1e-5)


def test_weight_zero_is_a_logit_gradient_of_nothing():
    """What fills up the cap points at position 0, which must not feel it."""
    encoder = random_encoder(small(), IDS, seed=0)
    groups = batch()
    masked = mask_tokens(jax.random.key(3), *groups, IDS, 0.15)
    graph, state = nnx.split(encoder)

    @jax.jit
    @jax.grad
    def gradient(state, targets):
        changed = masked._replace(targets=targets)
        return target_losses(nnx.merge(graph, state), groups, changed).sum()

    other = jnp.where(masked.weights > 0, masked.targets, 17)
    for one, two in zip(
        jax.tree.leaves(gradient(state, masked.targets)),
        jax.tree.leaves(gradient(state, other)),
        strict=True,
    ):
        np.testing.assert_array_equal(one, two)


def test_losses_and_parameters_do_not_depend_on_the_mesh(program):
    """Compares 1 and 8 fake devices; dropout is on, so its bits are equal as well."""
    reference_state, reference = run(program, 4)
    wanted = leaves(reference_state.params)
    for mesh in MESHES:
        state, losses = run(make_program(small(mesh), IDS, make_mesh(mesh)), 4)
        np.testing.assert_allclose(losses, reference, rtol=2e-5)
        for name, leaf in leaves(state.params).items():
            np.testing.assert_allclose(leaf, wanted[name], atol=2e-4, err_msg=name)


def test_of_activations_in_private_parts_devices_send_each_other_sums_alone():
    """Whatever else they send are parameters, of which a larger batch needs no more."""
    config = small(MeshConfig(data=2, fsdp=2, tensor=2))
    config.model.layers, config.model.private = 1, ("embeddings", "layer_1")
    program = make_program(config, same_ids(VOCABULARY, config), make_mesh(config.mesh))

    def sent(sequences: int) -> dict[str, int]:
        shapes = (8, sequences, 16), (8,)
        batch = Batch(*(jax.ShapeDtypeStruct(shape, jnp.int32) for shape in shapes))
        compiled = program.train.lower(program.abstract_state, batch).compile()  # pyright: ignore
        found = compiled_collectives(compiled.as_text(), devices=8)
        return {each.kind: each.array_bytes for each in found if each.kind != "all-reduce"}

    assert sent(sequences=4) == sent(sequences=8)


def test_private_parameters_come_from_their_owners_once_and_gradients_go_back_once():
    """Embeddings are used twice, in the softmax, too."""
    config = small(MeshConfig(data=2, fsdp=4))
    config.model.layers, config.model.private = 1, ("embeddings",)
    program = make_program(config, same_ids(VOCABULARY, config), make_mesh(config.mesh))
    batch = Batch(*(jax.ShapeDtypeStruct(shape, jnp.int32) for shape in ((8, 4, 16), (8,))))

    compiled = program.train.lower(program.abstract_state, batch).compile()  # pyright: ignore
    exchanges = [
        each.count
        for each in compiled_collectives(compiled.as_text(), devices=8)
        if each.kind == "all-to-all"
    ]

    divided = ("token", "position", "scale", "bias")  # over fsdp; the softmax's bias is not
    assert exchanges == [2 * len(divided)]


def test_parameters_and_moments_are_split_over_the_mesh_from_the_start():
    config = small(mesh=MeshConfig(data=2, fsdp=2, tensor=2))
    program = make_program(config, IDS, make_mesh(config.mesh))

    state = program.init()

    kernel = state.params["layer_2"]["shared"]["feed_forward"]["inner"]["kernel"]
    assert kernel.addressable_shards[0].data.shape == (8, 16)
    moments = [
        leaf
        for path, leaf in jax.tree_util.tree_leaves_with_path(state.optimizer)
        if jax.tree_util.keystr(path).endswith("['shared']['feed_forward']['inner']['kernel']")
    ]
    assert len(moments) == 2
    assert {leaf.sharding.spec for leaf in moments} == {kernel.sharding.spec}


def test_a_step_changes_private_parameters_and_moments_of_present_languages_only(program):
    state, _ = program.train(program.init(), batch(0, languages=(0, 1, 2) * 2 + (0, 1)))
    before = leaves({"params": state.params, "optimizer": state.optimizer})

    state, _ = program.train(state, batch(1, languages=(0, 2) * 4))

    after = leaves({"params": state.params, "optimizer": state.optimizer})
    private = [name for name in before if "private" in name and before[name].ndim]
    assert len(private) > 3 * 12
    for name in private:
        assert before[name][1].tobytes() == after[name][1].tobytes(), name
        if "params" in name and "kernel" in name:
            assert not np.array_equal(before[name][0], after[name][0])
            assert not np.array_equal(before[name][2], after[name][2])


def test_the_state_is_donated(program):
    state = program.init()
    kept = jax.tree.leaves(state.params)

    program.train(state, batch())

    assert all(leaf.is_deleted() for leaf in kept)


def test_losses_are_told_by_language(program):

    _, metrics = program.train(program.init(), batch())

    assert metrics.language_targets[2] == 0
    assert metrics.language_targets.sum() > 0
    mean = metrics.language_loss.sum() / metrics.language_targets.sum()
    assert float(mean) == pytest.approx(float(metrics.loss), rel=1e-5)


def test_training_predicts_at_the_rate_of_the_configuration_and_evaluation_at_its_own(program):
    config = small()
    config.training.masking_rate = 1.0
    everything = make_program(config, IDS, make_mesh(MeshConfig(), jax.devices()[:1]))

    _, metrics = everything.train(everything.init(), batch())
    _, measured = everything.evaluate(everything.init().params, batch(), jnp.asarray(0))

    assert metrics.language_targets.sum() == batch().input_ids.size
    assert measured == program.evaluate(program.init().params, batch(), jnp.asarray(0))[1]


def test_training_learns(program):
    _, losses = run(program, 50)

    assert np.mean(losses[-5:]) < np.mean(losses[:5]) - 0.1


def test_evaluation_repeats_itself_and_counts_its_targets(program):
    params = program.init().params

    first, second = (program.evaluate(params, batch(), jnp.asarray(0)) for _ in range(2))

    assert first == second
    assert float(first[0] / first[1]) == pytest.approx(np.log(VOCABULARY), rel=0.5)


@pytest.mark.parametrize(
    ("mesh", "message"),
    [
        (MeshConfig(data=3), "does not make 8 devices"),
        (MeshConfig(fsdp=5), "does not make 8 devices"),
    ],
)
def test_a_mesh_that_does_not_fit_the_devices_is_refused(mesh, message):
    with pytest.raises(InputError, match=message):
        make_mesh(mesh)


@pytest.mark.parametrize("generator", ["rbg", "unsafe_rbg"])
def test_a_step_is_the_same_whatever_generator_of_random_numbers_jax_has(generator, program):
    read = batch()

    def step(program):
        state, metrics = program.train(program.init(), read)
        return jax.device_get((state.params, metrics))

    expected = step(program)
    with jax.default_prng_impl(generator):
        found = step(make_program(small(), IDS, make_mesh(MeshConfig(), jax.devices()[:1])))

    assert jax.tree.all(jax.tree.map(np.array_equal, found, expected))


def test_the_norm_of_the_gradient_is_that_of_what_is_trained():
    config = small()
    mesh = make_mesh(MeshConfig(), jax.devices()[:1])

    def norm(*trainable: str) -> float:
        config.training.trainable = trainable
        program = make_program(config, IDS, mesh)
        return float(program.train(program.init(), batch())[1].gradient_norm)

    everything = tuple(make_program(config, IDS, mesh).abstract_state.params)
    assert norm(*everything) == pytest.approx(norm(), rel=1e-6)
    assert norm("layer_1") ** 2 + norm(*(set(everything) - {"layer_1"})) ** 2 == pytest.approx(
        norm() ** 2, rel=1e-5
    )


def test_a_parameter_that_the_mesh_does_not_divide_is_named():
    config = small(mesh=MeshConfig(tensor=8))

    with pytest.raises(InputError, match=r"config\.mesh\.tensor.*attention"):
        make_program(config, IDS, make_mesh(config.mesh))


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (4, r"groups=4: not divisible by the 8 .*; groups=8 and batch_size=2 read as many tokens"),
        (3, r"groups=3: not divisible by the 8 devices of config.mesh.data x config.mesh.fsdp$"),
    ],
)
def test_groups_that_devices_cannot_share_evenly_are_refused(groups, message):
    training = TrainingConfig(groups=groups, batch_size=4)

    with pytest.raises(InputError, match=message):
        require_groups(training, imagined_mesh(MeshConfig(fsdp=2), 8))


def test_an_imagined_mesh_places_what_a_real_one_places(program):
    imagined = make_program(small(), IDS, imagined_mesh(MeshConfig(), 1))

    real, other = program.state_shardings.params, imagined.state_shardings.params
    assert jax.tree.map(lambda placed: placed.spec, other) == jax.tree.map(
        lambda placed: placed.spec, real
    )
