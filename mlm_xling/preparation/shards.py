"""Writing of id chunks as ArrayRecord files."""

import uuid
from pathlib import Path

import numpy as np
from array_record.python.array_record_module import ArrayRecordWriter
from jaxtyping import Int

_SHARD_BYTES = 256 << 20
_OPTIONS = "group_size:1,uncompressed"
"""One record per group for random access; compression of such short records gains nothing."""

UNFINISHED = "unfinished"
"""Folder, next to the output, for incomplete files."""


def ids_dtype(vocabulary_size: int) -> str:
    """Returns the smaller of `<u2` and `<i4` that holds every id."""
    return "<u2" if vocabulary_size <= 1 << 16 else "<i4"


def chunks_in_shard(length: int, vocabulary_size: int) -> int:
    """Returns the number of chunks of `length` ids in every shard but the last."""
    return max(1, _SHARD_BYTES // (length * np.dtype(ids_dtype(vocabulary_size)).itemsize))


def shard_file(prefix: Path, number: int) -> Path:
    """Returns the path of a shard."""
    return prefix.with_name(f"{prefix.name}-{number:05d}.array_record")


def aside_of(path: Path) -> Path:
    """Returns a unique temporary path for a file, not among the names that are read."""
    folder = path.parent / UNFINISHED
    folder.mkdir(exist_ok=True)
    return folder / uuid.uuid4().hex


def write_shard(path: Path, chunks: Int[np.ndarray, "chunk length"], vocabulary_size: int) -> None:
    """Writes a shard atomically, even if others write the same one."""
    aside = aside_of(path)
    writer = ArrayRecordWriter(str(aside), _OPTIONS)
    for chunk in chunks.astype(ids_dtype(vocabulary_size)):
        writer.write(chunk.tobytes())
    writer.close()
    aside.rename(path)


class ShardWriter:
    """Writes chunks to `<prefix>-00000.array_record` and so on; counts ids."""

    def __init__(self, prefix: Path, vocabulary_size: int):
        """Opens no file yet: a split without chunks has none."""
        self._prefix = prefix
        self._dtype = ids_dtype(vocabulary_size)
        self._writer: ArrayRecordWriter | None = None
        self._room = 0
        """Remaining number of chunks in the current shard."""
        self._shards = 0
        self.chunks = 0
        self.tokens = 0
        self.counts = np.zeros(vocabulary_size, np.int64)
        """Count of each id written."""

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
        """Finishes the last shard, which is unreadable otherwise."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _next_shard(self, length: int) -> None:
        self.close()
        self._writer = ArrayRecordWriter(str(shard_file(self._prefix, self._shards)), _OPTIONS)
        self._room = chunks_in_shard(length, len(self.counts))
        self._shards += 1
