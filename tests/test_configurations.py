"""A folder has results of one encoder, or of one pair, under any settings of evaluation."""

import dataclasses

import pytest

import mlm_xling
from mlm_xling.config import Config
from mlm_xling.config.overrides import override
from mlm_xling.config.stored import fingerprint, history
from mlm_xling.configurations import require_same_encoders, write_configuration
from mlm_xling.errors import InputError
from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.subject import FrozenEncoder
from mlm_xling.paths import RECORD

IMPORTED = Config(languages=("en", "fr"), origin="hf:small 12ab")


def trained(seed: int = 0, languages: tuple[str, ...] = ("en", "fr"), **changes) -> Config:
    config = Config(languages=languages)
    config.data.text_dir = "text"
    config.training = dataclasses.replace(config.training, seed=seed, **changes)
    return config


def add(folder, *measured: Config, to_those_of: tuple[Config, ...]):
    """Asks for a second evaluation in a folder."""
    name = fingerprint(*to_those_of)
    write_configuration(folder, name, to_those_of)
    require_same_encoders(folder, [name], measured)


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (
            [IMPORTED],
            [dataclasses.replace(IMPORTED, origin="hf:other 34cd")],
            "has results of hf:small 12ab; choose another folder for hf:other 34cd",
        ),
        (
            [IMPORTED],
            [trained()],
            "has results of hf:small 12ab; choose another folder for a run of en,fr",
        ),
        (
            [trained(seed=0)],
            [trained(seed=1)],
            "has results of a run of en,fr with training.seed=0; choose another folder for a run "
            "of en,fr with training.seed=1",
        ),
        (
            [trained(steps=100)],
            [trained(steps=200)],
            "has results of a run of en,fr with training.steps=100; choose",
        ),
        (
            [trained(languages=("en",)), trained(languages=("fr",))],
            [trained(languages=("en",))],
            "has results of a run of en and a run of fr; choose another folder for a run of en",
        ),
        (
            [trained(languages=("en",)), trained(seed=1, languages=("fr",))],
            [trained(languages=("en",)), trained(seed=2, languages=("fr",))],
            "a run of en and a run of fr with training.seed=1; choose",
        ),
    ],
)
def test_another_encoder_or_pair_is_refused_by_name(tmp_path, first, second, told):
    with pytest.raises(InputError, match=f"^output={tmp_path}: .*{told}"):
        add(tmp_path, *second, to_those_of=tuple(first))


@pytest.mark.parametrize(
    ("config", "changes"),
    [
        (trained(), {"evaluation.pairs": 20, "data.parallel": "x.tsv", "data.cache_dir": "there"}),
        (IMPORTED, {"languages": ("en", "ru"), "training.length": 16, "data.text_dir": "text"}),
    ],
)
def test_other_settings_of_evaluation_are_allowed(tmp_path, config, changes):
    changed = override(config, changes)

    add(tmp_path, changed, to_those_of=(config,))
    add(tmp_path, config, to_those_of=(config, changed))


def test_checkpoints_before_and_after_a_run_was_resumed_are_of_one_run(tmp_path):
    begun, once, twice = (trained(steps=steps, log_every=steps) for steps in (100, 200, 300))
    once.training.history = history(begun, once, step=100)
    twice.training.history = history(once, twice, step=200)

    add(tmp_path, twice, to_those_of=(begun,))
    add(tmp_path, begun, to_those_of=(twice,))
    add(tmp_path, once, to_those_of=(twice,))


def count_layers(subject):
    return [subject.result("mine", "layers", ("en", "fr"), None, 2.0, n=1, seen=None)]


MINE = Evaluator("mine", count_layers, {"layers": Metric("Layers")})


def test_an_evaluation_asks_this_of_its_folder_but_not_of_that_of_a_study(saved_run, tmp_path):
    encoder = mlm_xling.load(saved_run)
    config = encoder.pretrained.config
    training = dataclasses.replace(config.training, seed=7)
    changed = dataclasses.replace(config, training=training)
    other = FrozenEncoder(encoder.pretrained._replace(config=changed))
    mlm_xling.evaluate(encoder, [MINE], output=tmp_path)

    for source, target in ((other, None), (encoder, other)):
        with pytest.raises(InputError, match="has results of a run of en,fr"):
            mlm_xling.evaluate(source, [MINE], target=target, output=tmp_path)

    mlm_xling.evaluate(encoder, [MINE], output=tmp_path)
    (tmp_path / RECORD).touch()
    mlm_xling.evaluate(other, [MINE], output=tmp_path)
