"""Layout of a language's ids in shards, a function of batch lengths only."""

import itertools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Int


class Stream(NamedTuple):
    """A text that is divided into chunks."""

    prefix: str
    """Prefix of its shards' names: `train`, `plain` or `dev`."""
    version: int
    """Streams with the same prefix follow each other, each starting with a new chunk."""


class Batch(NamedTuple):
    """A stretch of a stream."""

    stream: Stream
    number: int
    """Index of the batch in its stream, from 0 without gaps."""


Shard = tuple[str, int]
"""A file of chunks: the prefix of its name, and its number."""


class Stretch(NamedTuple):
    """Ids, and their start position in a shard."""

    place: int
    ids: Int[np.ndarray, " token"]


class Layout:
    """Positions of batches in the shards of a language."""

    def __init__(self, lengths: Mapping[Batch, int], length: int, chunks_in_shard: int):
        """Takes the number of ids in each batch, and the chunk length."""
        self._shard = chunks_in_shard * length
        self.chunks: dict[Stream, int] = {}
        """Number of chunks of each stream; ids after its last full chunk are dropped."""
        self._begins: dict[Batch, int] = {}
        self._ends: dict[Stream, int] = {}
        prefixes: dict[str, int] = {}
        for stream, batches in itertools.groupby(sorted(lengths), lambda batch: batch.stream):
            begin = place = prefixes.get(stream.prefix, 0)
            for batch in batches:
                self._begins[batch] = place
                place += lengths[batch]
            self.chunks[stream] = (place - begin) // length
            self._ends[stream] = begin + self.chunks[stream] * length
            prefixes[stream.prefix] = self._ends[stream]

    def place(
        self, batch: Batch, ids: Int[np.ndarray, " token"]
    ) -> Iterator[tuple[Shard, Stretch]]:
        """Assigns the ids of a batch to shards."""
        begin, end = self._begins[batch], self._ends[batch.stream]
        ids = ids[: max(0, end - begin)]
        while len(ids):
            number, place = divmod(begin, self._shard)
            here = ids[: self._shard - place]
            yield (batch.stream.prefix, number), Stretch(place, here)
            ids, begin = ids[len(here) :], begin + len(here)
