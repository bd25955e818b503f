import subprocess
import sys

from tests.data_fixtures import ROOT

PROGRAM = """
import os, sys
os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)
import jax
from mlm_xling.compilation import keep_compiled
keep_compiled(sys.argv[1])
hits = []
jax.monitoring.register_event_listener(lambda event, **_: hits.append("cache_hit" in event))
jax.jit(lambda x: x * 3 + 1)(2.0)
print(sum(hits))
"""


def test_a_second_process_finds_what_the_first_compiled(tmp_path):
    hits = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM, tmp_path], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ).stdout
        for _ in range(2)
    ]
    assert int(hits[0]) == 0
    assert int(hits[1]) > 0
