"""Compiled programs, kept between processes."""

import os
from pathlib import Path

import jax


def keep_compiled(cache_dir: str) -> None:
    """Has JAX keep what it compiles in `<cache_dir>/compiled`, for runs of the same shapes.

    A resumed run, a second seed or an evaluation then starts in seconds; loaded programs are the
    same bits. A directory that the user set (JAX_COMPILATION_CACHE_DIR) stays.
    """
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        directory = Path(cache_dir).expanduser() / "compiled"
        jax.config.update("jax_compilation_cache_dir", str(directory))
    # Small models are many small programs: by default only those of over a second are kept.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
