"""Writing chunks of ids as ArrayRecord files."""

import uuid
from pathlib import Path

import numpy as np
from array_record.python.array_record_module import ArrayRecordWriter
from jaxtyping import Int

_SHARD_BYTES = 256 << 20
_OPTIONS = "group_size:1,uncompressed"
"""One record a group for random access; compressing so short records gains nothing."""

UNFINISHED = "unfinished"
"""The folder, beside what is written, of files that are not whole yet."""


def ids_dtype(vocabulary_size: int) -> str:
    """Picks the smaller of `<u2` and `<i4` that holds every id."""
    return "<u2" if vocabulary_size <= 1 << 16 else "<i4"


def chunks_in_shard(length: int, vocabulary_size: int) -> int:
    """How many chunks of `length` ids every shard has but the last."""
    return max(1, _SHARD_BYTES // (length * np.dtype(ids_dtype(vocabulary_size)).itemsize))


def shard_file(prefix: Path, number: int) -> Path:
    """Names a shard."""
    return prefix.with_name(f"{prefix.name}-{number:05d}.array_record")


def aside_of(path: Path) -> Path:
    """Names a file to write first, of this writer alone and under none of the names that count."""
    folder = path.parent / UNFINISHED
    folder.mkdir(exist_ok=True)
    return folder / uuid.uuid4().hex


def write_shard(path: Path, chunks: Int[np.ndarray, "chunk length"], vocabulary_size: int) -> None:
    """Writes a shard that is there whole or not at all, whoever else writes the same one."""
    aside = aside_of(path)
    writer = ArrayRecordWriter(str(aside), _OPTIONS)
    for chunk in chunks.astype(ids_dtype(vocabulary_size)):
        writer.write(chunk.tobytes())
    writer.close()
    aside.rename(path)


class ShardWriter:
    """Writes chunks to `<prefix>-00000.array_record` and so on; counts what passes."""

    def __init__(self, prefix: Path, vocabulary_size: int):
        """Opens nothing yet: a split without chunks has no file."""
        self._prefix = prefix
        self._dtype = ids_dtype(vocabulary_size)
        self._writer: ArrayRecordWriter | None = None
        self._room = 0
        """Chunks that the shard still takes."""
        self._shards = 0
        self.chunks = 0
        self.tokens = 0
        self.counts = np.zeros(vocabulary_size, np.int64)
        """How often each id has passed."""

    def write(self, chunks: Int[np.ndarray, "chunk length"]) -> None:
        """Appends chunks."""
        for chunk in chunks.astype(self._dtype):
            if not self._room:
                self._next_shard(chunk.size)
            self._writer.write(chunk.tobytes())  # pyright: ignore[reportOptionalMemberAccess]
            self._room -= 1
        self.chunks += len(chunks)
        self.tokens += chunks.size
        self.counts += np.bincount(chunks.ravel(), minlength=len(self.counts))

    def close(self) -> None:
        """Finishes the last shard; without this, it cannot be read."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _next_shard(self, length: int) -> None:
        self.close()
        self._writer = ArrayRecordWriter(str(shard_file(self._prefix, self._shards)), _OPTIONS)
        self._room = chunks_in_shard(length, len(self.counts))
        self._shards += 1
