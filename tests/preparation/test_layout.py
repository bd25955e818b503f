"""The layout of batches: the chunks of a stream in a row, however the stream was cut to pieces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.preparation.layout import Batch, Layout, Shard, Stream

TRAIN, SECOND, DEV = Stream("train", 0), Stream("train", 1), Stream("dev", 0)
LENGTH = 4


def laid_out(ids: dict[Batch, np.ndarray], chunks_in_shard: int) -> dict[Shard, list[int]]:
    """The shards, of stretches that come in any order."""
    layout = Layout({batch: len(of) for batch, of in ids.items()}, LENGTH, chunks_in_shard)
    stretches: dict[Shard, list] = {}
    for batch in reversed(ids):
        for shard, stretch in layout.place(batch, ids[batch]):
            stretches.setdefault(shard, []).append((stretch.place, stretch.ids.tolist()))
    found = {}
    for shard, parts in stretches.items():
        found[shard] = []
        for place, part in sorted(parts):
            assert place == len(found[shard]), "no gap, and nothing twice"
            found[shard] += part
    return found


@given(
    lengths=st.lists(st.integers(0, 23), max_size=8),
    second=st.lists(st.integers(0, 23), max_size=8),
    chunks_in_shard=st.integers(1, 5),
)
def test_shards_in_a_row_are_the_whole_chunks_of_every_version(
    lengths: list[int], second: list[int], chunks_in_shard: int
) -> None:
    ids, expected, start = {}, [], 0
    for stream, sizes in ((TRAIN, lengths), (SECOND, second)):
        stream_ids = []
        for number, size in enumerate(sizes):
            ids[Batch(stream, number)] = np.arange(start, start + size)
            stream_ids += range(start, start + size)
            start += size
        expected += stream_ids[: len(stream_ids) // LENGTH * LENGTH]

    found = laid_out(ids, chunks_in_shard)

    assert [i for shard in sorted(found) for i in found[shard]] == expected
    assert [number for _, number in sorted(found)] == list(range(len(found)))
    assert all(len(found[shard]) == chunks_in_shard * LENGTH for shard in sorted(found)[:-1])


def test_splits_have_shards_of_their_own() -> None:
    ids = {Batch(TRAIN, 0): np.arange(5), Batch(DEV, 0): np.arange(9)}
    found = laid_out(ids, chunks_in_shard=1)
    assert found == {
        ("train", 0): [0, 1, 2, 3],
        ("dev", 0): [0, 1, 2, 3],
        ("dev", 1): [4, 5, 6, 7],
    }


@pytest.mark.parametrize(("length", "chunks"), [(3, 0), (4, 1), (11, 2)])
def test_the_rest_after_the_last_whole_chunk_is_dropped(length: int, chunks: int) -> None:
    assert Layout({Batch(TRAIN, 0): length}, LENGTH, 1).chunks == {TRAIN: chunks}
