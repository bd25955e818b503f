"""A checkpoint that is not as it was saved is named; a run goes on from the one before it."""

import copy
import re
import shutil

import jax
import numpy as np
import pytest
from flax import nnx

from mlm_xling.checkpoint_folder import damage_of, saved_steps
from mlm_xling.errors import InputError
from mlm_xling.training.checkpointing import Checkpoints, load_pretrained
from mlm_xling.training.loop import train
from tests.robustness.damage import DAMAGES, every_damage, one_of_each_kind

KINDS = [
    "_CHECKPOINT_METADATA",
    "commit_success.txt",
    "digests.json",
    "metadata/commit_success.txt",
    "metadata/metadata",
    *(
        f"{item}/{name}"
        for item in ("optimizer", "params")
        for name in (
            "_METADATA",
            "_sharding",
            "array_metadatas/process_*",
            "commit_success.txt",
            "d/*",
            "manifest.ocdbt",
            "ocdbt.process_*/d/*",
            "ocdbt.process_*/manifest.ocdbt",
        )
    ),
]
every_kind = pytest.mark.parametrize("kind", KINDS)
PARAMETERS = "params/d/*"


def damage_newest(folder, kind, damage):
    """Damages a file of step 8; returns its path."""
    path = next((folder / "8").glob(kind))
    damage(path)
    return path


def parameters(workdir):
    pretrained = load_pretrained(workdir, "latest")
    leaves = jax.tree.leaves(nnx.state(pretrained.encoder))
    return pretrained.step, [np.asarray(leaf).tobytes() for leaf in leaves]


def folder_of(workdir, which):
    return workdir / "checkpoints" / which


def test_the_table_has_every_kind_of_file(trained_run):
    newest = folder_of(trained_run, "latest") / "8"
    listed = {path for kind in KINDS for path in newest.glob(kind)}
    assert set(one_of_each_kind(newest)) <= listed


def test_two_of_either_kind_are_kept_and_are_whole(trained_run):
    for which in ("latest", "best"):
        folder = folder_of(trained_run, which)
        assert saved_steps(folder) == [8, 4]
        assert [damage_of(folder / str(step)) for step in (8, 4)] == ["", ""]


@every_damage
@every_kind
def test_a_run_goes_on_from_the_checkpoint_before_a_damaged_one(workdir, metadata, kind, damage):
    path = damage_newest(folder_of(workdir, "latest"), kind, damage)

    checkpoints = Checkpoints(workdir, metadata)
    checkpoints.close()

    assert checkpoints.found
    assert checkpoints.found.step == 4
    (note,) = checkpoints.notes
    assert note.startswith(f"{path}: ")
    assert "step 4 takes its place" in note
    assert saved_steps(folder_of(workdir, "latest")) == [4]
    assert (workdir / "checkpoints" / "aside" / "latest-8").is_dir()


@every_damage
@pytest.mark.parametrize("kind", [k for k in KINDS if not k.startswith("optimizer")])
def test_no_other_best_checkpoint_is_evaluated_unasked(workdir, kind, damage):
    path = damage_newest(folder_of(workdir, "best"), kind, damage)

    with pytest.raises(InputError, match=re.escape(f"{path}: ")) as error:
        load_pretrained(workdir, "best")

    assert re.search(
        r"; delete \S*/best/8 to look into the best one before it, of step 4$", str(error.value)
    )


def test_what_the_refusal_advises_works(workdir):
    damage_newest(folder_of(workdir, "best"), PARAMETERS, DAMAGES["flip"])
    shutil.rmtree(folder_of(workdir, "best") / "8")
    assert load_pretrained(workdir, "best").step == 4


def test_the_latest_whole_checkpoint_is_evaluated_with_a_warning(workdir, capsys):
    path = damage_newest(folder_of(workdir, "latest"), PARAMETERS, DAMAGES["flip"])

    assert load_pretrained(workdir, "latest").step == 4

    assert capsys.readouterr().err == (
        f"warning: {path}: altered (its checksum differs); step 4 takes its place\n"
    )


@pytest.mark.parametrize("seed", range(3))
def test_no_byte_of_any_file_can_change(workdir, seed):
    random = np.random.default_rng(seed)
    newest = folder_of(workdir, "latest") / "8"
    for path in newest.rglob("*"):
        if path.is_file() and path.stat().st_size:
            kept = path.read_bytes()
            changed = bytearray(kept)
            changed[random.integers(len(kept))] ^= 1 << random.integers(8)
            path.write_bytes(changed)
            assert damage_of(newest).startswith(f"{path}: altered")
            path.write_bytes(kept)
    assert damage_of(newest) == ""


def _as_file(step):
    shutil.rmtree(step)
    step.write_text("")


def _emptied(step):
    shutil.rmtree(step)
    step.mkdir()


def _of_another_step(step):
    shutil.rmtree(step / "params")
    shutil.copytree(step.parent / "4" / "params", step / "params")


@pytest.mark.parametrize("damage", [_as_file, _emptied, _of_another_step])
def test_whole_folders_that_went_wrong_are_found_too(workdir, metadata, damage):
    damage(folder_of(workdir, "latest") / "8")

    checkpoints = Checkpoints(workdir, metadata)

    assert checkpoints.found
    assert checkpoints.found.step == 4


def test_a_run_with_a_damaged_checkpoint_ends_as_if_nothing_had_happened(
    run_config, workdir, trained_run, capsys
):
    path = damage_newest(folder_of(workdir, "latest"), PARAMETERS, DAMAGES["flip"])

    train(run_config, workdir)

    said = capsys.readouterr().err
    assert f"warning: {path}: altered" in said
    assert "resuming at step 4" in said
    assert parameters(workdir) == parameters(trained_run)
    assert saved_steps(folder_of(workdir, "latest")) == [8, 4]


def test_without_a_whole_checkpoint_nothing_is_trained_and_nothing_touched(workdir, metadata):
    for step in ("4", "8"):
        (folder_of(workdir, "latest") / step / "metadata" / "metadata").unlink()

    with pytest.raises(
        InputError, match=r"/latest/8/metadata/metadata: missing; .* delete .*latest"
    ):
        Checkpoints(workdir, metadata)

    assert saved_steps(folder_of(workdir, "latest")) == [8, 4]


def test_a_damaged_best_checkpoint_gives_way_to_the_one_before_it(workdir, metadata):
    before = Checkpoints(workdir, metadata).best_perplexity
    path = damage_newest(folder_of(workdir, "best"), PARAMETERS, DAMAGES["cut"])

    checkpoints = Checkpoints(workdir, metadata)

    assert str(path) in checkpoints.notes[0]
    assert before
    assert checkpoints.best_perplexity
    assert checkpoints.best_perplexity > before
    assert load_pretrained(workdir, "best").step == 4


def test_a_lost_latest_does_not_cost_the_best(run_config, workdir, capsys):
    shutil.rmtree(folder_of(workdir, "latest"))
    shorter = copy.deepcopy(run_config)
    shorter.training.steps = 4

    train(shorter, workdir)

    assert saved_steps(folder_of(workdir, "latest")) == [4]
    assert load_pretrained(workdir, "best").step == 8
    said = capsys.readouterr().err
    assert "no checkpoint; training starts at step 0, and the best checkpoint, of step 8" in said


def test_a_lost_latest_does_not_let_another_run_in(run_config, workdir):
    shutil.rmtree(folder_of(workdir, "latest"))
    other = copy.deepcopy(run_config)
    other.model.mlp = 64

    with pytest.raises(InputError, match=r"config.model.mlp: .* was trained with 32, not 64"):
        train(other, workdir)


@every_damage
@pytest.mark.parametrize("name", ["vocabulary.json", "joint.model"])
def test_a_damaged_vocabulary_is_named(workdir, name, damage):
    damage(workdir / "vocabulary" / name)

    with pytest.raises(InputError, match=rf"/vocabulary/{name}: .*; delete .* start the command"):
        load_pretrained(workdir)


def test_a_resumed_run_writes_a_damaged_vocabulary_anew(run_config, workdir, trained_run, capsys):
    path = workdir / "vocabulary" / "joint.model"
    DAMAGES["flip"](path)

    train(run_config, workdir)

    assert (
        f"warning: {path}: altered (its checksum differs); written anew" in capsys.readouterr().err
    )
    assert path.read_bytes() == (trained_run / "vocabulary" / "joint.model").read_bytes()
    assert load_pretrained(workdir).step == 8
