"""What an evaluation may change of a checkpoint's configuration."""

import re
from pathlib import Path

import numpy as np
import pytest

from mlm_xling.config import Config
from mlm_xling.config.overrides import override
from mlm_xling.config.stored import fields, from_json, is_open_to_evaluation, to_json
from mlm_xling.errors import InputError


def test_data_and_sizes_of_the_evaluation_may_change(prepared_config):
    changed = override(prepared_config, {"data.parallel": "x.tsv", "evaluation.pairs": 5})

    assert (changed.data.parallel, changed.evaluation.pairs) == ("x.tsv", 5)
    assert prepared_config.evaluation.pairs != 5


def test_what_training_has_settled_may_not(prepared_config):
    with pytest.raises(InputError, match=r"config\.model\.layers: settled by training"):
        override(prepared_config, {"model.layers": 3})


def test_the_refusal_names_all_that_may_change():
    with pytest.raises(InputError) as refusal:
        override(Config(), {"model.layers": 3})

    named = re.findall(r"[a-z]+\.[a-z_.]+", str(refusal.value).partition("may change ")[2])
    sections, *closed = ("config.evaluation", "evaluation.during_pretraining",
                         "evaluation.dev_chunks")  # fmt: skip
    opened = [name for name, _ in fields(Config()) if is_open_to_evaluation(name)]
    assert set(named) - {sections, *closed} == {n for n in opened if not n.startswith("evaluation")}
    assert {n for n, _ in fields(Config()) if n.startswith("evaluation")} - set(opened) == {*closed}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("evaluation.pair", 50, "no such field"),
        ("model.layer", 3, "no such field"),
        ("evaluation.finetunning.quick", True, "no such field"),
        ("evaluation.finetuning", None, "no such field"),
        ("evaluation.pairs", "100", "not of type int"),
        ("evaluation.pairs", 50.5, "not of type int"),
        ("evaluation.pairs", True, "not of type int"),
        ("evaluation.finetuning.quick", "false", "not of type bool"),
        ("evaluation.finetuning.targets", "ab", "not of type tuple"),
        ("evaluation.ner.learning_rates", 0.1, "not of type tuple"),
    ],
)
def test_what_is_no_field_or_of_another_type_is_refused_by_name(prepared_config, name, value, said):
    with pytest.raises(InputError, match=rf"config\.{name}.*: {said}"):
        override(prepared_config, {name: value})


def test_numbers_of_numpy_and_paths_become_what_a_file_can_hold(prepared_config):
    changed = override(
        prepared_config,
        {"evaluation.pairs": np.int64(5), "data.parallel": Path("x.tsv")},
    )

    assert from_json(to_json(changed)) == changed
    assert (changed.evaluation.pairs, changed.data.parallel) == (5, "x.tsv")


def test_new_values_are_checked(prepared_config):
    with pytest.raises(InputError, match=r"config\.evaluation\.pairs=-1"):
        override(prepared_config, {"evaluation.pairs": -1})
