"""Fixtures shared by all tests."""

import hypothesis
import jax

from tests.data_fixtures import prepared, prepared_config, text_dir

# Meshes are tested on fake devices; this has to come before the first use of a device.
jax.config.update("jax_num_cpu_devices", 8)
# The first example compiles; how long that takes says nothing.
hypothesis.settings.register_profile("compiling", deadline=None, derandomize=True)
hypothesis.settings.load_profile("compiling")

__all__ = ["prepared", "prepared_config", "text_dir"]
