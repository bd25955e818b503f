"""Persistent cache of compiled programs."""

import contextlib
import hashlib
import os
from pathlib import Path

import jax

from mlm_xling.directories import write_whole

_DIGEST_BYTES = 16


class VerifiedCache:
    """A folder of compiled programs with the interface that JAX expects.

    JAX's own cache does not detect damage, and never replaces an existing file. Here a file ends
    with its digest and is written atomically; a damaged one counts as missing.
    """

    def __init__(self, path: str):
        self._path = Path(path)  # JAX logs this attribute.
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
        """Writes a compiled program, replacing a damaged one."""
        write_whole(self._file(key), value + _digest(value))

    def _file(self, key: str) -> Path:
        return self._path / f"{key}-cache"


def keep_compiled(cache_dir: str) -> None:
    """Makes JAX cache compiled programs in `<cache_dir>/compiled`, for runs with the same shapes.

    A resumed run, a second seed or an evaluation then starts in seconds; loaded programs are the
    same bits. A directory that the user set (JAX_COMPILATION_CACHE_DIR) stays.
    """
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        directory = Path(cache_dir).expanduser() / "compiled"
        jax.config.update("jax_compilation_cache_dir", str(directory))
        _use_verified_cache()
    # Small models have many small programs; by default only those of over a second are cached.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)


def _use_verified_cache() -> None:
    """Makes JAX use `VerifiedCache`, or its own cache if this private hook is gone."""
    with contextlib.suppress(ImportError):
        from jax._src import compilation_cache

        if hasattr(compilation_cache, "get_file_cache"):
            compilation_cache.get_file_cache = lambda path: (VerifiedCache(path), path)


def _digest(program: bytes) -> bytes:
    return hashlib.blake2b(program, digest_size=_DIGEST_BYTES).digest()
