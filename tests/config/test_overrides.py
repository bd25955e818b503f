"""What an evaluation may change of a checkpoint's configuration."""

import re

import pytest

from mlm_xling.config import Config
from mlm_xling.config.overrides import override
from mlm_xling.config.stored import fields, is_open_to_evaluation
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


def test_new_values_are_checked(prepared_config):
    with pytest.raises(InputError, match=r"config\.evaluation\.pairs=-1"):
        override(prepared_config, {"evaluation.pairs": -1})
