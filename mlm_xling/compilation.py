"""Compiled programs, kept between processes."""

import contextlib
import hashlib
import os
from pathlib import Path

import jax

from mlm_xling.directories import write_whole

_DIGEST_BYTES = 16


class VerifiedCache:
    """A folder of compiled programs, as JAX asks one for them.

    Its own does not notice damage, and never replaces a file that is there. Here a file ends in its
    digest and is written whole; a damaged one counts as missing.
    """

    def __init__(self, path: str):
        self._path = Path(path)  # JAX names it in its log.
        self._path.mkdir(parents=True, exist_ok=True)

    def get(self, key: str) -> bytes | None:
        """Reads a compiled program; None if it is missing or damaged."""
        try:
            content = self._file(key).read_bytes()
        except FileNotFoundError:
            return None
        program, digest = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
        return program if program and digest == _digest(program) else None

    def put(self, key: str, value: bytes) -> None:
        """Writes a compiled program, over a damaged one too."""
        write_whole(self._file(key), value + _digest(value))

    def _file(self, key: str) -> Path:
        return self._path / f"{key}-cache"


def keep_compiled(cache_dir: str) -> None:
    """Has JAX keep what it compiles in `<cache_dir>/compiled`, for runs of the same shapes.

    A resumed run, a second seed or an evaluation then starts in seconds; loaded programs are the
    same bits. A directory that the user set (JAX_COMPILATION_CACHE_DIR) stays.
    """
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        directory = Path(cache_dir).expanduser() / "compiled"
        jax.config.update("jax_compilation_cache_dir", str(directory))
        _use_verified_cache()
    # Small models are many small programs: by default only those of over a second are kept.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)


def _use_verified_cache() -> None:
    """Has JAX ask `VerifiedCache`; a JAX that has lost this private place keeps to its own."""
    with contextlib.suppress(ImportError):
        from jax._src import compilation_cache

        if hasattr(compilation_cache, "get_file_cache"):
            compilation_cache.get_file_cache = lambda path: (VerifiedCache(path), path)


def _digest(program: bytes) -> bytes:
    return hashlib.blake2b(program, digest_size=_DIGEST_BYTES).digest()
