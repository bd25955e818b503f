"""A checkpoint that a run replaces while it is read: one of both is read, and whole."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mlm_xling.errors import InputError
from mlm_xling.training import checkpointing
from mlm_xling.training.checkpointing import Checkpoints, load_pretrained


def filled(params, number):
    """Parameters all of which are a number, so that a mixture can be told."""
    return jax.tree.map(lambda leaf: jnp.full_like(leaf, number), params)


def values(pretrained):
    return set(np.concatenate([leaf.ravel() for leaf in jax.tree.leaves(params_of(pretrained))]))


def params_of(pretrained):
    return nnx.to_pure_dict(nnx.state(pretrained.encoder))


@pytest.fixture
def save(workdir, metadata):
    """Saves a best checkpoint of a step, of which two are kept, as training does."""
    params = params_of(load_pretrained(workdir))
    checkpoints = Checkpoints(workdir, metadata)

    def save(step, number):
        checkpoints.save_best(step, filled(params, number), 1.0)
        checkpoints._best.wait_until_finished()

    yield save
    checkpoints.close()


@pytest.mark.parametrize("moment", ["damage_of", "_read_metadata", "_restore_encoder"])
@pytest.mark.parametrize("before", [True, False])
def test_what_is_replaced_at_any_moment_of_reading_is_read_anew(
    workdir, save, monkeypatch, moment, before
):
    read, replaced = getattr(checkpointing, moment), []

    def replacing(*arguments):
        found = None if before else read(*arguments)
        if not replaced:
            replaced.append(True)
            for step in (9, 10):
                save(step, step)
        return read(*arguments) if before else found

    monkeypatch.setattr(checkpointing, moment, replacing)

    pretrained = load_pretrained(workdir)

    assert (pretrained.step, values(pretrained)) == (10, {10.0})


def test_another_checkpoint_of_the_same_step_is_not_mixed_with_it(workdir, save, monkeypatch):
    read = checkpointing._restore_encoder

    def replacing(*arguments):
        monkeypatch.setattr(checkpointing, "_restore_encoder", read)
        found = read(*arguments)
        save(8, 5)
        return found

    monkeypatch.setattr(checkpointing, "_restore_encoder", replacing)

    assert values(load_pretrained(workdir)) == {5.0}


def test_reading_beside_a_run_that_saves_all_the_time_gives_whole_checkpoints(workdir, save):
    enough = Event()

    def save_always():
        step = 8
        while not enough.wait(0.1):
            step += 1
            save(step, step)

    with ThreadPoolExecutor() as pool:
        saving = pool.submit(save_always)
        try:
            loaded = [load_pretrained(workdir) for _ in range(4)]
        finally:
            enough.set()
        saving.result()

    for pretrained in loaded:
        assert pretrained.step == 8 or values(pretrained) == {pretrained.step}


def test_checkpoints_that_never_stay_are_told_in_a_line(workdir, monkeypatch):
    folder, number = workdir / "checkpoints" / "best", iter(range(9, 100))
    read = checkpointing._read_metadata

    def replacing(manager, step):
        shutil.move(folder / str(step), folder / str(next(number)))
        return read(manager, step)

    monkeypatch.setattr(checkpointing, "_read_metadata", replacing)

    with pytest.raises(InputError, match="replaces its checkpoints faster than they can be read"):
        load_pretrained(workdir)
