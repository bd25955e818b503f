"""What the command line of an evaluation may change in the configuration of a checkpoint."""

import copy
from collections.abc import Mapping
from typing import Any

from mlm_xling.config.checks import resolve
from mlm_xling.config.fields import Config
from mlm_xling.config.stored import (
    OF_IMPORTED,
    OPEN_TO_EVALUATION,
    is_open_to_evaluation,
    is_open_to_imported,
    set_field,
)
from mlm_xling.errors import InputError


def override(stored: Config, values: Mapping[str, Any]) -> Config:
    """Makes a checked copy of a checkpoint's configuration with some fields replaced.

    Args:
      values: dotted name of a field -> its new value.

    Raises:
      InputError: a field that training has settled, or a value that is wrong.
    """
    config = copy.deepcopy(stored)
    for name, value in values.items():
        if not (is_open_to_imported if stored.origin else is_open_to_evaluation)(name):
            open_fields = OPEN_TO_EVALUATION
            if stored.origin:
                open_fields += f", {', '.join(OF_IMPORTED)}"
            raise InputError(
                f"config.{name}: settled by training; an evaluation may change {open_fields}"
            )
        set_field(config, name, value)
    return resolve(config)
