"""Models of which only the configuration matters."""

import copy
from typing import Any

from mlm_xling.model.pretrained import Pretrained

NO_ENCODER: Any = None


def model(config, data_dir, **changes) -> Pretrained:
    """A model with other languages, or other fields of `config.data`."""
    config = copy.deepcopy(config)
    config.languages = changes.pop("languages", config.languages)
    for name, value in changes.items():
        setattr(config.data, name, value)
    return Pretrained(config, NO_ENCODER, NO_ENCODER, 3, data_dir)
