"""What the command line of an evaluation may change in the configuration of a checkpoint."""

import copy
from functools import reduce
from typing import Any

from mlm_xling.config import Config
from mlm_xling.config.checks import resolve
from mlm_xling.config.stored import FINETUNING, PROBING
from mlm_xling.errors import InputError

OPEN = (*PROBING, "data.cache_dir", *FINETUNING)
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
                f"config.{name}: settled by training; an evaluation may change "
                f"{', '.join(PROBING)}, and those of evaluation.finetuning, nli, ner, parsing"
            )
        *sections, field = name.split(".")
        setattr(reduce(getattr, sections, config), field, value)
    return resolve(config)
