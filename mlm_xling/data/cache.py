"""Where prepared things lie, named by what made them."""

import hashlib
import json
from pathlib import Path

from mlm_xling.config import Config
from mlm_xling.directories import remove_remnants
from mlm_xling.paths import require_characters


def cache_directory(config: Config) -> Path:
    """Gives `config.data.cache_dir` as an absolute path.

    Raises:
      InputError: the locale lacks characters of it; libraries could not open files there.
    """
    path = Path(config.data.cache_dir).expanduser().resolve()
    require_characters(str(path), "config.data.cache_dir")
    return path


def clear_cache(config: Config) -> None:
    """Removes what killed preparations left unfinished."""
    for folder in cache_directory(config).glob("*/"):
        remove_remnants(folder)


def digest(inputs: object) -> str:
    """Makes sixteen hex digits that name a directory by what made it."""
    text = json.dumps(inputs, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_fingerprint(path: Path) -> str:
    """Makes a digest of a file's content, however large it is."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:32]
