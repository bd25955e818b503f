"""Cache directories, named by a digest of what determined their content."""

import functools
import hashlib
import json
from pathlib import Path

from mlm_xling.config import Config
from mlm_xling.directories import remove_remnants
from mlm_xling.paths import require_characters


def cache_directory(config: Config) -> Path:
    """Returns `config.data.cache_dir` as an absolute path.

    Raises:
      InputError: the locale cannot encode the path, so libraries could not open files there.
    """
    path = Path(config.data.cache_dir).expanduser().resolve()
    require_characters(str(path), "config.data.cache_dir")
    return path


def clear_cache(config: Config) -> None:
    """Removes unfinished output of killed preparations."""
    for folder in cache_directory(config).glob("*/"):
        remove_remnants(folder)


def digest(inputs: object) -> str:
    """Returns sixteen hex digits that identify the inputs a directory was made from."""
    text = json.dumps(inputs, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_fingerprint(path: Path) -> str:
    """Returns a digest of a file's content, in bounded memory, and once unless it changes."""
    state = path.stat()
    return _content_digest(path, state.st_ino, state.st_size, state.st_mtime_ns)


@functools.cache
def _content_digest(path: Path, *state: int) -> str:
    del state
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:32]
