"""Where prepared things lie."""

import os

import pytest

from mlm_xling.config import Config
from mlm_xling.data.cache import cache_directory
from mlm_xling.errors import InputError


def test_a_folder_that_the_locale_cannot_write_is_refused() -> None:
    config = Config()
    config.data.cache_dir = "/tmp/donn\udcc3\udca9es"  # As Python reads it in the locale C.
    with pytest.raises(InputError, match=r"cache_dir=/tmp/donn\?\?es: this locale .*PYTHONUTF8=1"):
        cache_directory(config)


def test_any_other_folder_is_made_absolute() -> None:
    config = Config()
    config.data.cache_dir = "données"
    assert str(cache_directory(config)) == os.path.abspath("données")
