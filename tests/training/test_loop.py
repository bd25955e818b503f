"""A run in this process: what it writes, what it selects, what it says."""

import copy
import json
import re
import shutil
from types import SimpleNamespace

import jax
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mlm_xling.config import MeshConfig
from mlm_xling.data import manifest
from mlm_xling.data.manifest import Manifest
from mlm_xling.errors import InputError
from mlm_xling.evaluation.evaluators import probe_maker
from mlm_xling.reports.page import write_report
from mlm_xling.results import FILE_NAME, read_results
from mlm_xling.training import loop, reporting
from mlm_xling.training.checkpointing import load_pretrained
from mlm_xling.training.loop import selection_language, train
from mlm_xling.training.reporting import Reporter
from tests.data_fixtures import trained_in_seconds


@pytest.fixture(scope="module")
def config(prepared_config, prepared):
    changed = trained_in_seconds(prepared_config, steps=24, evaluate_every=4)
    changed.training.log_every = 2
    return changed


@pytest.fixture(scope="module")
def workdir(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    train(config, folder)
    return folder


@pytest.fixture(scope="module")
def curves(workdir):
    events = EventAccumulator(str(workdir / "tensorboard"))
    events.Reload()
    return {tag: {e.step: e.value for e in events.Scalars(tag)} for tag in events.Tags()["scalars"]}


def test_curves_hold_losses_norms_rates_and_dev_perplexities(curves):
    assert set(curves["loss"]) == set(range(2, 25, 2))
    assert {"gradient_norm", "learning_rate", "tokens_per_second", "loss/en", "loss/fr"} <= set(
        curves
    )
    assert (
        set(curves["dev_perplexity/en"])
        == set(curves["dev_perplexity/fr"])
        == {4, 8, 12, 16, 20, 24}
    )
    assert all(np.isfinite(list(values.values())).all() for values in curves.values())


def test_dev_perplexities_are_results_that_can_be_reported(workdir, curves):
    """Also where nothing is probed."""
    measured = [r for r in read_results(workdir / FILE_NAME) if r.metric == "dev_perplexity"]

    assert {r.step: pytest.approx(r.value) for r in measured if r.source == "fr"} == curves[
        "dev_perplexity/fr"
    ]
    assert "| fr |" in write_report(workdir).with_name("report.md").read_text()


def test_the_first_step_of_each_length_is_not_counted_as_time_of_training(
    config, tmp_path, monkeypatch
):
    noted = []
    monkeypatch.setattr(Reporter, "compiles", lambda self: noted.append("compiles"))
    monkeypatch.setattr(Reporter, "trained", lambda self, step, metrics: noted.append(step))
    config = copy.deepcopy(config)
    config.training.steps, config.training.short_steps = 4, 2
    config.training.short_length = config.training.length // 2

    train(config, tmp_path)

    assert noted == ["compiles", 1, "compiles", 2, 3, 4]


def test_a_pause_is_no_time_of_training(config, monkeypatch):
    now = iter([0.0, 1.0, 100.0, 101.0])
    monkeypatch.setattr(reporting.time, "monotonic", lambda: next(now))
    clock = reporting._Clock(config)

    clock.tick(1)
    clock.tick(2)
    clock.pause()
    clock.tick(3)
    clock.tick(4)

    training = config.training
    assert clock.tokens_per_second() == training.groups * training.batch_size * training.length
    assert clock.share(1.0) == 0.5


def test_training_lowers_the_dev_perplexity(curves):
    english = curves["dev_perplexity/en"]

    assert english[24] < english[4]


def test_the_best_checkpoint_is_that_of_the_lowest_english_dev_perplexity(workdir, curves):
    english = curves["dev_perplexity/en"]

    assert load_pretrained(workdir, "best").step == min(english, key=english.__getitem__)


def test_a_checkpoint_holds_configuration_vocabulary_and_encoder(workdir, config, prepared):
    latest = load_pretrained(workdir, "latest")

    assert latest.step == 24
    assert latest.config == config
    assert latest.vocabulary.fingerprint == prepared.manifest.vocabulary
    assert latest.data_dir == prepared.directory
    ids = np.full((1, 1, 4), 20, np.int32)
    states = latest.module(jax.numpy.asarray(ids), jax.numpy.asarray(ids) > 0, jax.numpy.array([0]))
    assert len(states) == 2


def test_it_prints_what_a_reader_needs(config, tmp_path, capsys):
    config = copy.deepcopy(config)
    config.training.steps = 4
    config.training.history = ("what a user gives is passed over",)

    train(config, tmp_path)

    assert load_pretrained(tmp_path).config.training.history == ()
    shown = capsys.readouterr().err
    for expected in (
        "width=16",
        "parameters",
        "rate 0.",
        "epochs",
        "dev perplexity",
        "done: 4 steps",
    ):
        assert expected in shown
    ids = load_pretrained(tmp_path).vocabulary.size
    assert re.search(rf"dev perplexity  en [\d.,]+ over {ids:,} ids", shown)
    assert shown.count(f"over {ids:,} ids") == len(config.languages)


def test_evaluators_run_during_pretraining_and_append_results(
    config, text_dir, tmp_path, monkeypatch
):
    monkeypatch.setattr(Manifest, "dev_seen", {"en": 0.25, "fr": 0.0})
    config = copy.deepcopy(config)
    config.data.parallel = str(text_dir / "parallel.tsv")
    config.training.steps = config.training.evaluate_every = 2

    train(config, tmp_path, probe_maker(["cka", "retrieval"]))

    lines = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert {line["evaluator"] for line in lines} == {"cka", "retrieval", "perplexity"}
    assert {line["step"] for line in lines if line["model"] not in ("lexical", "spelling")} == {2}
    seen = {(line["evaluator"], line["source"]): line["seen"] for line in lines}
    assert {place: share for place, share in seen.items() if share} == {("perplexity", "en"): 0.25}


def test_ids_that_devices_cannot_share_are_refused_before_text_is_prepared(config, tmp_path):
    config = copy.deepcopy(config)
    config.mesh, config.training.groups = MeshConfig(tensor=2), 4
    config.vocabulary.size = 201
    config.data.cache_dir = str(tmp_path / "cache")

    with pytest.raises(
        InputError, match=r"config\.mesh\.tensor: 2 devices do not divide .* of 201"
    ):
        train(config, tmp_path / "run")

    assert not (tmp_path / "cache").exists()


def test_groups_that_devices_cannot_share_are_refused_before_text_is_prepared(config, tmp_path):
    config = copy.deepcopy(config)
    config.mesh, config.training.groups = MeshConfig(), 3
    config.data.cache_dir = str(tmp_path / "cache")

    with pytest.raises(InputError, match=r"groups=3: not divisible by the 8 devices"):
        train(config, tmp_path / "run")

    assert not (tmp_path / "cache").exists()


def test_what_measures_is_looked_up_before_training():
    with pytest.raises(InputError, match=r"'bleu'; known are cka, similarity"):
        probe_maker(["bleu"])
    with pytest.raises(InputError, match=r"'parsing'; known are cka, similarity"):
        probe_maker(["parsing"])


def test_text_is_verified_once_by_the_first_host_for_all(config, prepared, monkeypatch):
    verified = []
    verify = manifest.verify_files
    monkeypatch.setattr(
        manifest, "verify_files", lambda folder, files: (verified.append(1), verify(folder, files))
    )

    assert loop._prepare_once(config) == prepared
    assert len(verified) == 1

    monkeypatch.setattr(loop, "first_host_first", lambda what, work: None)  # as on another host
    assert loop._prepare_once(config) == prepared
    assert len(verified) == 1


def test_without_dev_text_the_best_checkpoint_is_the_latest(config, text_dir, tmp_path, capsys):
    config = copy.deepcopy(config)
    config.data.dev_fraction = 0.0
    config.training.steps, config.training.evaluate_every = 4, 2

    train(config, tmp_path)

    assert load_pretrained(tmp_path, "best").step == load_pretrained(tmp_path, "latest").step == 4
    assert "no dev text: the best checkpoint is the latest" in capsys.readouterr().err


def test_without_room_for_a_checkpoint_the_one_before_is_kept(
    config, workdir, tmp_path, monkeypatch
):
    folder = shutil.copytree(workdir, tmp_path / "run")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1_000))

    longer = copy.deepcopy(config)
    longer.training.steps += 1
    with pytest.raises(InputError, match=r"no space left for a checkpoint of [\d,]+ bytes, 1,000"):
        train(longer, folder)

    assert load_pretrained(folder, "latest").step == 24


def test_a_workdir_without_a_checkpoint_is_named(tmp_path):
    with pytest.raises(InputError, match="no best checkpoint"):
        load_pretrained(tmp_path)


def test_an_exchanged_vocabulary_is_refused(config, workdir, tmp_path):
    import shutil

    copied = tmp_path / "run"
    shutil.copytree(workdir, copied)
    model = copied / "vocabulary" / "joint.model"
    model.write_bytes(model.read_bytes()[:-1] + b"?")

    with pytest.raises(InputError, match="vocabulary"):
        load_pretrained(copied)


@pytest.mark.parametrize(
    ("languages", "selected"),
    [(("fr", "en"), "en"), (("fr", "en-GB"), "en-GB"), (("ru", "zh"), "ru")],
)
def test_english_selects_or_else_the_first_language(config, languages, selected):
    changed = copy.deepcopy(config)
    changed.languages = languages

    assert selection_language(changed) == selected


def test_a_language_that_is_not_trained_on_picks_no_checkpoint(config):
    changed = copy.deepcopy(config)
    changed.languages, changed.training.languages = ("en", "fr", "de"), ("fr", "de")

    assert selection_language(changed) == "fr"
