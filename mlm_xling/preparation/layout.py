"""Where the ids of a language go: a function of how many a batch has, not of who made them."""

import itertools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Int


class Stream(NamedTuple):
    """A text that is cut into chunks."""

    prefix: str
    """The beginning of its shards' names: `train`, `plain` or `dev`."""
    version: int
    """Streams with the same prefix follow each other, each beginning with a chunk of its own."""


class Batch(NamedTuple):
    """A stretch of a stream."""

    stream: Stream
    number: int
    """The batch's place in the order of its stream, from 0 without a gap."""


class Shard(NamedTuple):
    """A file of chunks."""

    prefix: str
    number: int


class Stretch(NamedTuple):
    """Ids, and where in a shard they begin."""

    place: int
    ids: Int[np.ndarray, " token"]


class Layout:
    """The places of batches in the shards of a language."""

    def __init__(self, lengths: Mapping[Batch, int], length: int, chunks_in_shard: int):
        """Takes how many ids each batch has, and the length of chunks."""
        self._shard = chunks_in_shard * length
        self.chunks: dict[Stream, int] = {}
        """Number of chunks of each stream; the ids after its last whole chunk are dropped."""
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
        """Deals the ids of a batch to shards."""
        begin, end = self._begins[batch], self._ends[batch.stream]
        ids = ids[: max(0, end - begin)]
        while len(ids):
            number, place = divmod(begin, self._shard)
            here = ids[: self._shard - place]
            yield Shard(batch.stream.prefix, number), Stretch(place, here)
            ids, begin = ids[len(here) :], begin + len(here)
