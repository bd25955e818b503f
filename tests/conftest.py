"""Fixtures shared by all tests."""

import gc
import os

# What is first imported by a module of ours, under the hook that checks its shapes, is compiled in
# every process again: libraries come before.
import beartype  # noqa: F401
import grain  # noqa: F401
import hypothesis
import jax
import orbax.checkpoint  # noqa: F401
import pytest
import scipy.stats  # noqa: F401
import sklearn.feature_extraction.text
import sklearn.model_selection  # noqa: F401

from tests.data_fixtures import ROOT, prepared, prepared_config, saved_run, shared_dir, text_dir

# Meshes are tested on fake devices; this has to come before the first use of a device.
jax.config.update("jax_num_cpu_devices", 8)
# Compilation is most of what tests take: it is done without LLVM's optimisations, without MLIR for
# fusions, in one piece, and without the longest pass, a tenth of the time. What one process has
# compiled, all others and later runs load.
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
COMPILED = (
    "--xla_cpu_use_fusion_emitters=false",
    "--xla_cpu_parallel_codegen_split_count=1",
    "--xla_disable_hlo_passes=algsimp",
)
os.environ["XLA_FLAGS"] = " ".join((os.environ.get("XLA_FLAGS", ""), *COMPILED))
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(ROOT / ".pytest_cache" / "compiled"))
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
jax.config.update("jax_disable_most_optimizations", True)
jax.config.update("jax_compilation_cache_dir", os.environ["JAX_COMPILATION_CACHE_DIR"])
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
# The first example compiles; how long that takes says nothing.
hypothesis.settings.register_profile("compiling", deadline=None, derandomize=True)
hypothesis.settings.load_profile("compiling")
# Modules stay: looking for garbage among them takes a quarter of their import.
gc.disable()

__all__ = ["prepared", "prepared_config", "saved_run", "shared_dir", "text_dir"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins files of few and long tests first, for `--no-loadscope-reorder`.

    Begun last, one would keep a process busy while others are idle.
    """
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Everything is imported, and traced programs are many objects and no garbage."""
    gc.freeze()
    gc.set_threshold(50_000)
    gc.enable()
