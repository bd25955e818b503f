"""What the command line of an evaluation may change in the configuration of a checkpoint."""

import copy
from typing import Any

from mlm_xling.config import Config
from mlm_xling.errors import InputError
from mlm_xling.validation import resolve

OPEN = ("data.parallel", "evaluation.pairs", "evaluation.fit_pairs")
"""Fields that do not belong to the training of the encoder."""


def override(stored: Config, values: dict[str, Any]) -> Config:
    """A checked copy of a checkpoint's configuration with some fields replaced.

    Args:
      values: dotted name of a field -> its new value.

    Raises:
      InputError: a field that training has settled, or a value that is wrong.
    """
    config = copy.deepcopy(stored)
    for name, value in values.items():
        if name not in OPEN:
            raise InputError(
                f"config.{name}: settled by training; an evaluation may change {', '.join(OPEN)}"
            )
        section, field = name.split(".")
        setattr(getattr(config, section), field, value)
    return resolve(config)
