"""Text elsewhere: a URL as `data.text_dir` becomes a local folder before anything reads it.

URLs are those of fsspec (`gs://bucket/text`); which kinds there are depends on what is installed
beside it (`gcsfs`, `s3fs`).
"""

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fsspec

from mlm_xling.config import Config
from mlm_xling.data.cache import cache_directory, digest
from mlm_xling.data.inventory import is_as_recorded, write_inventory
from mlm_xling.data.sources import is_text_of, source_of
from mlm_xling.directories import whole_directory
from mlm_xling.errors import InputError
from mlm_xling.languages import text_language


def with_fetched_text(config: Config) -> Config:
    """Puts a folder of copies in place of a URL; makes them if they are missing, or the text there
    is another by now.

    Any other configuration is returned as it is.

    Raises:
      InputError: nothing can be read there, a language has no file, or no space is left.
    """
    url = config.data.text_dir
    if config.data.source != "text" or not re.match(r"\w[\w+.-]*://", url):
        return config
    try:
        system, folder = fsspec.url_to_fs(url)
        found = {Path(each).name: each for each in system.ls(folder, detail=False)}
        wanted = _wanted(config, found)
        versions = {name: system.ukey(path) for name, path in wanted.items()}
        copies = cache_directory(config) / "texts" / digest({"url": url, "files": versions})
        with whole_directory(copies, is_as_recorded) as partial:
            if partial is not None:
                for name, path in wanted.items():
                    system.get_file(path, str(partial / name))
                write_inventory(partial)
    except (OSError, ImportError, ValueError) as error:
        raise InputError(f"config.data.text_dir={url}: {error or type(error).__name__}") from None
    return dataclasses.replace(config, data=dataclasses.replace(config.data, text_dir=str(copies)))


def _wanted(config: Config, found: Mapping[str, Any]) -> dict[str, Any]:
    """The files of the languages, by name."""
    wanted = {}
    for language in config.languages:
        if source_of(config.data, language) != config.data.source:
            continue
        tag = text_language(language)
        files = {name: path for name, path in found.items() if is_text_of(name, tag)}
        if not files:
            raise InputError(f"{config.data.text_dir}: there is no {tag}.txt, nor a shard of it")
        wanted |= files
    return wanted
