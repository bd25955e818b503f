import subprocess
import sys

import jax
import pytest
from jax._src import compilation_cache

from mlm_xling.compilation import VerifiedCache, keep_compiled
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
    hits = [compile_in(tmp_path) for _ in range(2)]
    assert hits[0] == 0
    assert hits[1] > 0


def compile_in(cache) -> int:
    """Counts what a new process finds compiled."""
    command = [sys.executable, "-c", PROGRAM, cache]
    return int(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout)


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flip(content: bytes) -> bytes:
    return content[:100] + bytes([content[100] ^ 1]) + content[101:]


@pytest.mark.parametrize("damage", [cut, flip, lambda content: b""])
def test_damage_is_mended_by_the_next_start(tmp_path, damage):
    cache = VerifiedCache(str(tmp_path))
    cache.put("program", bytes(range(256)))
    (file,) = tmp_path.iterdir()

    file.write_bytes(damage(file.read_bytes()))

    assert cache.get("program") is None
    cache.put("program", b"compiled again")
    assert cache.get("program") == b"compiled again"
    assert list(tmp_path.iterdir()) == [file]


def test_a_process_replaces_what_is_damaged(tmp_path):
    compile_in(tmp_path)
    files = list((tmp_path / "compiled").iterdir())
    for file in files:
        file.write_bytes(cut(file.read_bytes()))

    assert compile_in(tmp_path) == 0
    assert compile_in(tmp_path) > 0


def test_a_jax_without_the_private_place_keeps_to_its_own_cache(tmp_path, monkeypatch):
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR")
    monkeypatch.delattr(compilation_cache, "get_file_cache")
    set_to = {}
    monkeypatch.setattr(jax.config, "update", set_to.__setitem__)

    keep_compiled(str(tmp_path))

    assert set_to["jax_compilation_cache_dir"] == str(tmp_path / "compiled")
    assert not hasattr(compilation_cache, "get_file_cache")
