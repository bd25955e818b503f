"""A prepared directory is what its manifest says, or it is refused."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.data.manifest import Prepared, language_rates, open_prepared
from mlm_xling.errors import InputError


@pytest.fixture
def copy(prepared: Prepared, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared.directory, tmp_path / "copy"))


def test_reads_what_was_written(prepared: Prepared, copy: Path) -> None:
    assert open_prepared(copy).manifest == prepared.manifest


@pytest.mark.parametrize("name", ["en/train-00000.array_record", "vocabulary/joint.model"])
def test_an_altered_file_is_refused(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(InputError, match=rf"{name}: altered .*; delete .*copy"):
        open_prepared(copy)


def test_a_truncated_shard_is_refused(copy: Path) -> None:
    shard = copy / "fr" / "dev-00000.array_record"
    shard.write_bytes(shard.read_bytes()[:-10])
    with pytest.raises(InputError, match=r"fr/dev-00000.array_record: \d+ bytes instead of \d+"):
        open_prepared(copy)


def test_a_missing_shard_is_refused(copy: Path) -> None:
    (copy / "fr" / "dev-00000.array_record").unlink()
    with pytest.raises(InputError, match=r"fr/dev-00000.array_record: missing"):
        open_prepared(copy)


@pytest.mark.parametrize("content", ["", "{}", '{"fingerprint": "x"}'])
def test_a_damaged_manifest_is_refused(copy: Path, content: str) -> None:
    (copy / "manifest.json").write_text(content)
    with pytest.raises(InputError, match=r"manifest.json: not a manifest"):
        open_prepared(copy)


def test_text_that_another_version_prepared_is_refused(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(manifest | {"format": 3}))
    with pytest.raises(InputError, match=r"manifest.json: prepared by another version of mlm_xl"):
        open_prepared(copy)


def test_counts_agree_with_each_other(prepared: Prepared) -> None:
    for record in prepared.manifest.languages.values():
        for split in (record.train, record.dev):
            assert split.tokens == split.chunks * prepared.manifest.length
        assert 0 <= record.unknown_rate < 0.01


@given(counts=st.dictionaries(st.text(), st.integers(1, 10**9), min_size=1))
def test_rates_are_probabilities_in_the_order_of_size(counts: dict[str, int]) -> None:
    rates = language_rates(counts, 0.7)
    assert sum(rates.values()) == pytest.approx(1)
    assert sorted(counts, key=lambda k: (counts[k], k)) == sorted(
        rates, key=lambda k: (rates[k], k)
    )


def test_rates_follow_the_exponent() -> None:
    rates = language_rates({"en": 1024, "fr": 1}, 0.7)
    assert rates["en"] / rates["fr"] == pytest.approx(128)
