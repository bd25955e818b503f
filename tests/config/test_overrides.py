"""What an evaluation may change of a checkpoint's configuration."""

import pytest

from mlm_xling.config.overrides import override
from mlm_xling.errors import InputError


def test_data_and_sizes_of_the_evaluation_may_change(prepared_config):
    changed = override(prepared_config, {"data.parallel": "x.tsv", "evaluation.pairs": 5})

    assert (changed.data.parallel, changed.evaluation.pairs) == ("x.tsv", 5)
    assert prepared_config.evaluation.pairs != 5


def test_what_training_has_settled_may_not(prepared_config):
    with pytest.raises(InputError, match=r"config\.model\.layers: settled by training"):
        override(prepared_config, {"model.layers": 3})


def test_new_values_are_checked(prepared_config):
    with pytest.raises(InputError, match=r"config\.evaluation\.pairs=-1"):
        override(prepared_config, {"evaluation.pairs": -1})
