"""Remote text: copies a URL in `data.text_dir` to a local folder before anything reads it.

URLs are those of fsspec (`gs://bucket/text`); the supported kinds depend on what is installed with
it (`gcsfs`, `s3fs`).
"""

import contextlib
import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import fsspec
from fsspec import AbstractFileSystem

from mlm_xling.config import Config
from mlm_xling.data.cache import cache_directory, digest
from mlm_xling.data.inventory import is_as_recorded, write_inventory
from mlm_xling.data.sources import source_of, text_names
from mlm_xling.directories import whole_directory
from mlm_xling.errors import InputError
from mlm_xling.languages import text_language


def with_fetched_text(config: Config) -> Config:
    """Replaces a URL by a local folder of copies, updated if the remote text has changed.

    Other configurations are returned unchanged.

    Raises:
      InputError: nothing can be read there, a language has no file, or no space is left.
    """
    url = config.data.text_dir
    if not is_elsewhere(config):
        return config
    with _told_of(url):
        system, folder = fsspec.url_to_fs(url)
        inside = system.ls(folder, detail=True)
    files = [each["name"] for each in inside if each["type"] != "directory"]
    wanted = _wanted(config, {Path(file).name: file for file in files})
    with _told_of(url):
        versions = {name: _version(system, path) for name, path in wanted.items()}
    copies = cache_directory(config) / "texts" / digest({"url": url, "files": versions})
    with whole_directory(copies, is_as_recorded) as partial:
        if partial is not None:
            for name, path in wanted.items():
                with _told_of(url):
                    system.get_file(path, str(partial / name))
            write_inventory(partial)
    return dataclasses.replace(config, data=dataclasses.replace(config.data, text_dir=str(copies)))


@contextlib.contextmanager
def named_by_url(config: Config, local: Config) -> Iterator[None]:
    """Rewrites errors about copies to name the URL; `local` is from `with_fetched_text`."""
    try:
        yield
    except InputError as error:
        if not is_elsewhere(config):
            raise
        url = config.data.text_dir.rstrip("/")
        raise InputError(str(error).replace(local.data.text_dir, url)) from None


def is_elsewhere(config: Config) -> bool:
    """Returns whether `data.text_dir` is a URL."""
    url = re.match(r"\w[\w+.-]*://", config.data.text_dir)
    return config.data.source == "text" and url is not None


def _wanted(config: Config, files: Mapping[str, str]) -> dict[str, str]:
    """Returns the files of the languages, by name."""
    tags = {
        text_language(language)
        for language in config.languages
        if source_of(config.data, language) == config.data.source
    }
    return {
        name: files[name]
        for tag in sorted(tags)
        for name in text_names(files, tag, config.data.text_dir.rstrip("/"))
    }


def _version(system: AbstractFileSystem, path: str) -> list[Any]:
    """Returns a version key of a file; fsspec's own key takes HTTP files for immutable."""
    told = system.info(path)
    return [system.ukey(path), *(told.get(name) for name in ("ETag", "Last-Modified", "size"))]


@contextlib.contextmanager
def _told_of(url: str) -> Iterator[None]:
    """Converts errors in reading from the URL to `InputError`."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"config.data.text_dir={url}: nothing is there") from None
    except Exception as error:  # Each kind of URL has its own library, with its own errors.
        what = str(error) or type(error).__name__
        raise InputError(f"config.data.text_dir={url}: {what}") from None
