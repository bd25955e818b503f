"""Killed at any moment, a run that is started again ends as if nothing had happened."""

import random
import re
import signal
import time
from pathlib import Path

import jax
import numpy as np
import pytest
from flax import nnx

from mlm_xling.config import Config
from mlm_xling.errors import InputError
from mlm_xling.training.checkpointing import load_pretrained
from mlm_xling.training.loop import train
from tests.data_fixtures import prepare_here
from tests.forked import Program
from tests.waits import wait_until

pytestmark = pytest.mark.slow
STEPS = 100


class Run:
    """`run_pretrain.py` as a user starts it, on the small made-up text and sentence pairs."""

    def __init__(self, workdir: Path, config: Config):
        self.workdir = workdir
        overrides = {
            "data.text_dir": config.data.text_dir,
            "data.cache_dir": config.data.cache_dir,
            "data.dev_fraction": 0.1,
            "data.parallel": config.data.parallel,
            "data.pairs": 8,
            "evaluation.pairs": 12,
            "evaluation.fit_pairs": 8,
            "vocabulary.size": 200,
            "model.layers": 1,
            "model.heads": 2,
            "model.width": 16,
            "model.mlp": 32,
            "model.private": "layer_1",
            "model.dropout": 0.1,
            "training.length": 16,
            "training.short_steps": STEPS // 2,
            "training.short_length": 8,
            "training.batch_size": 4,
            "training.groups": 3,
            "training.steps": STEPS,
            "training.checkpoint_every": 10,
            "training.evaluate_every": 25,
            "optimizer.warmup_steps": 10,
        }
        self.overrides = {name: str(value) for name, value in overrides.items()}

    def start(self, **changes: str) -> Program:
        overrides = {**self.overrides, **{k.replace("__", "."): v for k, v in changes.items()}}
        flags = ["--config=configs/text.py"]
        flags += [f"--config.{name}={value}" for name, value in overrides.items()]
        return Program("run_pretrain.py", f"--workdir={self.workdir}", *flags)

    def finish(self, **changes: str) -> tuple[int, str]:
        ended = self.start(**changes).end()
        return ended.returncode, ended.stderr

    @property
    def saves(self) -> Path:
        return self.workdir / "checkpoints" / "latest"

    def saved_steps(self) -> list[int]:
        return sorted(int(path.name) for path in self.saves.glob("*") if path.name.isdigit())

    def unfinished_steps(self) -> list[int]:
        """Steps whose save has begun and not ended: Orbax renames the directory at the end."""
        begun = self.saves.glob("*.orbax-checkpoint-tmp*")
        return [int(path.name.partition(".")[0]) for path in begun]

    def result(self) -> dict[str, bytes]:
        """All parameters of the last checkpoint, byte for byte."""
        pretrained = load_pretrained(self.workdir, "latest")
        assert pretrained.step == STEPS
        leaves = jax.tree_util.tree_leaves_with_path(nnx.state(pretrained.encoder))
        return {jax.tree_util.keystr(path): np.asarray(leaf).tobytes() for path, leaf in leaves}


@pytest.fixture(scope="module")
def new_run(tmp_path_factory, prepared_config, prepared):
    def make(name: str) -> Run:
        return Run(tmp_path_factory.mktemp(name), prepared_config)

    return make


@pytest.fixture(scope="module")
def uninterrupted(new_run) -> Run:
    run = new_run("uninterrupted")
    status, stderr = run.finish()
    assert status == 0, stderr
    return run


def number_after(words: str, text: str) -> int:
    found = re.search(words + r" (\d+)", text)
    assert found, text
    return int(found[1])


def test_a_run_killed_at_random_steps_ends_with_the_same_parameters(new_run, uninterrupted):
    run, chance = new_run("killed"), random.Random(0)
    for kills in range(3):
        process = run.start()
        target = 10 + 30 * kills
        wait_until(
            lambda: run.saved_steps()[-1:] >= [target],  # noqa: B023
            f"step {target} is saved",
            process,
        )
        time.sleep(chance.uniform(0, 0.1))
        process.kill()
        assert process.end().returncode == -signal.SIGKILL, "ended before it was killed"

    status, stderr = run.finish()

    assert status == 0, stderr
    assert number_after("resuming at step", stderr) >= target
    assert run.result() == uninterrupted.result()


def killed_during_a_save(run: Run) -> bool:
    """Whether the kill fell inside a save; a slow killer may find it ended."""
    process = run.start()
    wait_until(
        lambda: len(run.saved_steps()) > 1 and run.unfinished_steps(), "a save has begun", process
    )
    process.kill()
    return process.end().returncode == -signal.SIGKILL and bool(run.unfinished_steps())


def test_a_run_killed_during_a_save_keeps_the_save_before(new_run, uninterrupted):
    run = new_run("killed_while_saving")
    assert any(killed_during_a_save(run) for _ in range(5))
    (lost,), kept = run.unfinished_steps(), run.saved_steps()
    assert lost > kept[-1]

    status, stderr = run.finish()

    assert status == 0, stderr
    assert number_after("resuming at step", stderr) == kept[-1]
    assert run.result() == uninterrupted.result()


def stop_by(run: Run, number: int, **changes: str) -> tuple[int, str]:
    """Sends a signal after the next save; gives the exit status and what was said."""
    saved, process = run.saved_steps(), run.start(**changes)
    wait_until(lambda: run.saved_steps()[-1:] > saved[-1:], "a step is saved", process)
    process.send_signal(number)
    ended = process.end()
    return ended.returncode, ended.stderr


def test_signals_save_and_are_told_as_shells_expect(new_run, uninterrupted):
    run = new_run("stopped")

    for number, expected in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        status, stderr = stop_by(run, number)
        assert status == expected, stderr
        assert run.saved_steps()[-1] == number_after("stopped and saved at step", stderr)

    assert run.finish()[0] == 0
    assert run.result() == uninterrupted.result()


def test_a_run_that_is_asked_for_no_more_steps_than_it_has_done_is_measured(new_run):
    run = new_run("cut_short")
    long = {"training__steps": "100000", "training__evaluate_every": "100000"}
    long["training__short_steps"] = "0"
    status, stderr = stop_by(run, signal.SIGTERM, **long)
    assert status == 143, stderr
    reached = run.saved_steps()[-1]

    status, _ = run.finish(**long | {"training__steps": str(reached)})

    assert status == 0
    assert load_pretrained(run.workdir, "best").step == reached


@pytest.mark.parametrize(
    ("section", "changes", "message"),
    [
        ("model", {"width": 32}, "config.model.width: .* was trained with 16, not 32"),
        (None, {"languages": ("fr", "en")}, "config.languages: .* was trained with"),
        ("vocabulary", {"size": 150}, "config.vocabulary.size: .* was trained with 200, not 150"),
    ],
)
def test_another_configuration_is_refused_by_the_name_of_the_field(
    uninterrupted, section, changes, message
):
    config = load_pretrained(uninterrupted.workdir, "latest").config
    vars(getattr(config, section) if section else config).update(changes)
    config.training.groups = 8  # The fake devices of this process; it is named after these fields.
    prepare_here(config)

    with pytest.raises(InputError, match=message):
        train(config, uninterrupted.workdir)


def test_a_refusal_is_one_line_with_status_two(uninterrupted):
    status, stderr = uninterrupted.finish(model__width="32")

    assert status == 2
    assert re.fullmatch("error: config.model.width: .*\n", stderr)


def test_starting_a_finished_run_again_changes_nothing(uninterrupted):
    before = uninterrupted.result()

    status, stderr = uninterrupted.finish()

    assert status == 0, stderr
    assert uninterrupted.result() == before


def test_a_diverging_run_names_the_step_and_keeps_the_last_good_checkpoint(new_run):
    run = new_run("diverging")

    status, stderr = run.finish(
        optimizer__learning_rate="100",
        optimizer__weight_decay="100",
        optimizer__warmup_steps="2",
        training__checkpoint_every="1",
    )

    assert status == 1
    step = number_after("error: step", stderr)
    assert "Traceback" not in stderr
    assert run.saved_steps()[-1] == step - 1
    parameters = nnx.state(load_pretrained(run.workdir, "latest").encoder)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(parameters))
