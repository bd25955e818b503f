"""Random access to the records of ArrayRecord shards."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from array_record.python.array_record_module import ArrayRecordReader
from jaxtyping import Int


class ShardRecords:
    """The records of shards, numbered throughout; each is read in constant time, from any thread.

    A reader is asked for ranges of one record. Asked for a list of them, as `ArrayRecordDataSource`
    does, it copies its index of the whole shard: 50 ms where there are two million records.
    """

    def __init__(self, shards: Sequence[Path]):
        """Opens the shards."""
        # Records are a few hundred bytes: threads within a read cost more than they gain.
        self._readers = [ArrayRecordReader(str(shard), "max_parallelism:0") for shard in shards]
        counts = [reader.num_records() for reader in self._readers]
        self._starts = np.cumsum([0, *counts])

    def __len__(self) -> int:
        """Returns the number of records."""
        return int(self._starts[-1])

    def read(self, numbers: Int[np.ndarray, " record"]) -> list[bytes]:
        """Returns records by their numbers.

        Raises:
          IndexError: there is no such record.
        """
        if np.any(numbers < 0) or np.any(numbers >= len(self)):
            raise IndexError(f"record numbers must be from 0 to {len(self) - 1}")
        shards = np.searchsorted(self._starts, numbers, side="right") - 1
        places = (numbers - self._starts[shards]).tolist()
        return [
            self._readers[shard].read(place, place + 1)[0]
            for shard, place in zip(shards.tolist(), places, strict=True)
        ]
