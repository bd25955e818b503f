"""Where prepared things lie."""

import os

from mlm_xling.config import Config
from mlm_xling.data.cache import cache_directory


def test_a_folder_is_made_absolute() -> None:
    config = Config()
    config.data.cache_dir = "données"
    assert str(cache_directory(config)) == os.path.abspath("données")
