"""Changes of a checkpoint's configuration on the command line of an evaluation."""

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
    """Returns a validated copy of a checkpoint's configuration with some fields replaced.

    Args:
      values: dotted field name -> new value.

    Raises:
      InputError: a field is fixed by training, or a value is invalid.
    """
    config = copy.deepcopy(stored)
    for name, value in values.items():
        set_field(config, name, value)
        if not (is_open_to_imported if stored.origin else is_open_to_evaluation)(name):
            open_fields = OPEN_TO_EVALUATION
            if stored.origin:
                open_fields += f", {', '.join(OF_IMPORTED)}"
            raise InputError(
                f"config.{name}: settled by training; an evaluation may change {open_fields}"
            )
    return resolve(config)
