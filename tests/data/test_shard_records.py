"""Records of shards, by their numbers."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from array_record.python.array_record_module import ArrayRecordWriter

from mlm_xling.data.shard_records import ShardRecords

MADE = [f"record {number}".encode() * (1 + number % 3) for number in range(230)]


@pytest.fixture
def records(tmp_path: Path) -> ShardRecords:
    """Records in shards of 100, 0, 1 and 129 of them."""
    left = iter(MADE)
    shards = []
    for number, count in enumerate((100, 0, 1, 129)):
        shards.append(tmp_path / f"{number}.array_record")
        writer = ArrayRecordWriter(str(shards[-1]), "group_size:1,uncompressed")
        for _ in range(count):
            writer.write(next(left))
        writer.close()
    return ShardRecords(shards)


def test_records_are_numbered_over_all_shards(records: ShardRecords) -> None:
    order = np.random.default_rng(0).permutation(230)

    assert len(records) == 230
    assert records.read(np.arange(230)) == MADE
    assert records.read(order) == [MADE[number] for number in order]


def test_the_same_records_can_be_read_together_and_twice(records: ShardRecords) -> None:
    assert records.read(np.array([101, 7, 101, 100])) == [MADE[i] for i in (101, 7, 101, 100)]
    assert records.read(np.array([], np.int64)) == []


def test_threads_do_not_get_in_each_others_way(records: ShardRecords) -> None:
    asked = [np.random.default_rng(seed).integers(230, size=50) for seed in range(200)]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(records.read, asked))

    assert found == [[MADE[number] for number in numbers] for numbers in asked]


@pytest.mark.parametrize("number", [-1, 230])
def test_a_number_without_a_record_is_refused(records: ShardRecords, number: int) -> None:
    with pytest.raises(IndexError, match="from 0 to 229"):
        records.read(np.array([0, number]))
