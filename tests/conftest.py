"""Fixtures shared by all tests."""

import os
import tempfile

import hypothesis
import jax

from tests.data_fixtures import prepared, prepared_config, saved_run, text_dir

# Meshes are tested on fake devices; this has to come before the first use of a device.
jax.config.update("jax_num_cpu_devices", 8)
# Compilation is most of what tests take: it is done without LLVM's optimisations, a third of the
# time, and workers and the programs that they start share it.
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
jax.config.update("jax_disable_most_optimizations", True)
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    _compiled = tempfile.TemporaryDirectory(prefix="mlm_xling-compiled-")
    os.environ["JAX_COMPILATION_CACHE_DIR"] = _compiled.name
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
jax.config.update("jax_compilation_cache_dir", os.environ["JAX_COMPILATION_CACHE_DIR"])
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
# The first example compiles; how long that takes says nothing.
hypothesis.settings.register_profile("compiling", deadline=None, derandomize=True)
hypothesis.settings.load_profile("compiling")

__all__ = ["prepared", "prepared_config", "saved_run", "text_dir"]
