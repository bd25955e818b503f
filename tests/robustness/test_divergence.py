"""A run that diverges keeps what is sound, says how to go on, and goes on like that."""

import copy

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mlm_xling.checkpoint_folder import saved_steps
from mlm_xling.config.stored import from_json
from mlm_xling.errors import DivergedError
from mlm_xling.training import loop
from mlm_xling.training.checkpointing import Checkpoints, load_pretrained
from mlm_xling.training.loop import train
from mlm_xling.training.perplexity import DevSet, Perplexity
from mlm_xling.training.probes import Probes


@pytest.fixture(scope="module")
def wild(run_config):
    """Diverges within a few steps, in which everything is saved and measured."""
    config = copy.deepcopy(run_config)
    config.optimizer.learning_rate, config.optimizer.weight_decay = 100.0, 100.0
    config.optimizer.warmup_steps, config.training.steps = 2, 40
    config.training.checkpoint_every = config.training.evaluate_every = 1
    return config


def latest(workdir):
    return workdir / "checkpoints" / "latest"


def are_finite(workdir, which):
    leaves = jax.tree.leaves(nnx.state(load_pretrained(workdir, which).encoder))
    return all(np.isfinite(leaf).all() for leaf in leaves)


def test_the_same_command_ends_with_the_same_line_and_a_lower_rate_goes_on(wild, tmp_path):
    lines = []
    for _ in range(2):
        with pytest.raises(DivergedError) as error:
            train(wild, tmp_path)
        lines.append(str(error.value))
        assert are_finite(tmp_path, "latest")
        assert are_finite(tmp_path, "best")
    kept = saved_steps(latest(tmp_path))[0]

    tamed = copy.deepcopy(wild)
    tamed.optimizer.learning_rate, tamed.optimizer.weight_decay = 1e-6, 100.0
    tamed.optimizer.schedule, tamed.optimizer.warmup_steps = "cosine", 3
    tamed.training.steps = kept + 3
    train(tamed, tmp_path)

    assert lines[0] == lines[1]
    assert lines[0].startswith(f"step {kept + 1}: after it ")
    assert "a --config.optimizer.learning_rate below 100, or more warmup_steps" in lines[0]
    assert lines[0].endswith(f"go on from step {kept}, which is kept")
    last = load_pretrained(tmp_path, "latest")
    assert last.step == kept + 3
    assert are_finite(tmp_path, "latest")
    assert last.config.training.history == (
        f"optimizer.learning_rate=100.0 to step {kept}",
        f"optimizer.schedule=inverse_sqrt to step {kept}",
        f"optimizer.warmup_steps=2 to step {kept}",
        f"training.steps=40 to step {kept}",
    )


class Ruins:
    """Replaces an update of training by one that leaves numbers that are none."""

    def __init__(self, monkeypatch, at):
        make = loop.make_program

        def ruining(*arguments):
            program = make(*arguments)

            def step(state, batch):
                state, metrics = program.train(state, batch)
                if int(state.step) == at:
                    spoilt = jax.tree.map(lambda leaf: leaf * jnp.nan, state.params)
                    spoilt = jax.tree.map(jax.device_put, spoilt, program.state_shardings.params)
                    state = state._replace(params=spoilt)
                return state, metrics

            return program._replace(train=step)

        monkeypatch.setattr(loop, "make_program", ruining)


def test_ruined_parameters_are_neither_measured_nor_probed_nor_saved(
    run_config, tmp_path, monkeypatch
):
    Ruins(monkeypatch, at=8)
    measured = []
    perplexities = DevSet.perplexities
    monkeypatch.setattr(
        DevSet, "perplexities", lambda *given: measured.append(1) or perplexities(*given)
    )
    probed = []
    monkeypatch.setattr(Probes, "__call__", lambda self, step, *given: probed.append(step) or [])

    with pytest.raises(DivergedError, match=r"^step 8: .* not finite\. .* go on from step 4"):
        train(run_config, tmp_path)

    assert (len(measured), probed) == (1, [4])
    assert saved_steps(latest(tmp_path)) == [4]
    assert load_pretrained(tmp_path, "best").step == 4


def test_an_interrupted_run_does_not_save_ruined_parameters(run_config, tmp_path, monkeypatch):
    Ruins(monkeypatch, at=6)
    interrupted = loop._interrupted

    def stop_at_six(every):
        with interrupted(every):
            yield lambda step: step == 6

    monkeypatch.setattr(loop, "_interrupted", loop.contextlib.contextmanager(stop_at_six))

    with pytest.raises(DivergedError, match=r"^step 6: "):
        train(run_config, tmp_path)

    assert saved_steps(latest(tmp_path)) == [4]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_dev_perplexity_that_is_no_number_is_neither_best_nor_probed(
    run_config, tmp_path, monkeypatch, value
):
    monkeypatch.setattr(
        DevSet, "perplexities", lambda self, *given: {"en": Perplexity(value, 10, 10)}
    )
    monkeypatch.setattr(Probes, "__call__", pytest.fail)

    with pytest.raises(DivergedError, match=r"^step 4: after it the dev perplexity of en is "):
        train(run_config, tmp_path)

    assert not saved_steps(tmp_path / "checkpoints" / "best")
    assert not saved_steps(latest(tmp_path))


def test_a_checkpoint_from_which_no_loss_can_be_computed_is_set_aside(workdir, metadata):
    checkpoints = Checkpoints(workdir, metadata)

    kept = checkpoints.give_up(8)

    assert kept == 4
    assert saved_steps(latest(workdir)) == [4]


def test_what_changed_is_in_the_metadata_and_in_the_name_of_the_configuration(workdir, metadata):
    config = from_json(metadata.config)
    config.optimizer.learning_rate = 1e-3

    checkpoints = Checkpoints(
        workdir, loop.Metadata(**vars(metadata) | {"config": loop.to_json(config)})
    )

    assert checkpoints.config.optimizer.learning_rate == 1e-3
    assert checkpoints.config.training.history == ("optimizer.learning_rate=0.01 to step 8",)


def test_a_better_step_of_another_try_replaces_the_best_of_the_same_number(workdir, metadata):
    checkpoints = Checkpoints(workdir, metadata)
    old = load_pretrained(workdir, "best")
    params = jax.tree.map(jnp.zeros_like, nnx.to_pure_dict(nnx.state(old.encoder)))

    checkpoints.save_best(6, params, 1.5)
    checkpoints.close()

    assert saved_steps(workdir / "checkpoints" / "best") == [6, 4]
    assert Checkpoints(workdir, metadata).best_perplexity == 1.5
