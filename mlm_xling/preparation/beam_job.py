"""The work of Beam's workers for a language, one method per step; Beam is in `beam_pipeline`.

Steps are functions of their inputs, so a runner may repeat any of them. What they are grouped by
are plain tuples: for other keys Beam has no coder of its own, and warns.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mlm_xling.config import Config
from mlm_xling.data.left_out import LeftOut
from mlm_xling.preparation.code_switching import CodeSwitcher
from mlm_xling.preparation.layout import Batch, Layout, Shard, Stream, Stretch
from mlm_xling.preparation.shards import aside_of, chunks_in_shard, shard_file, write_shard
from mlm_xling.vocabulary import END, Vocabulary
from tasks.quiet import load_tensorflow
from tasks.sentences import REASONS, Encode, Examine, lines_of

_UNITS = {"documents": 32, "lines": 512}
"""Number of units in a batch, by the kind of unit that `data.shuffle` moves."""
_HASHES = "hashes-"
_HASHED = 1_000
"""Number of batches whose hashes are in one file."""
KEPT = {"train": "kept in train", "dev": "kept in dev"}
WORDS, SWITCHED = "words", "switched"


Part = tuple[str, int]
"""A part of the documents of a split that one worker reads: the split, and the part's number."""


class Encoded(NamedTuple):
    """The result of encoding a batch."""

    batch: Batch
    ids: np.ndarray
    hashes: np.ndarray
    """Hashes of the batch's sentences that are kept."""
    counts: dict[str, int]
    """Counts of sentences by outcome, and of words by whether they were replaced."""


@dataclass(frozen=True)
class LanguageJob:
    """The work for a language."""

    config: Config
    language: str
    vocabulary: Vocabulary
    left_out: LeftOut
    switches: list[CodeSwitcher]
    directory: Path
    """Folder for shards, writable by every worker."""

    def parts(self) -> list[Part]:
        """Lists the parts to read, each by one worker."""
        load_tensorflow()
        from tasks.documents import file_count

        count = file_count(self.config.data, self.language)
        return [(split, number) for split in ("train", "dev") for number in range(count)]

    def read(self, part: Part) -> Iterator[tuple[tuple[Part, int], bytes]]:
        """Yields the numbered documents of a part, or its lines if these are shuffled."""
        load_tensorflow()
        from tasks.documents import documents

        split, number = part
        source = documents(self.config.data, self.language, self.left_out, number)
        texts = source.get_dataset(split, shuffle=False).as_numpy_iterator()
        units = (example["text"] for example in texts)
        if self.config.data.shuffle == "lines":
            units = (line for text in units for line in lines_of(text))
        yield from (((part, place), unit) for place, unit in enumerate(units))

    def numbered(
        self, unit: tuple[tuple[Part, int], bytes], sizes: Mapping[Part, int]
    ) -> tuple[tuple[str, int], bytes]:
        """Numbers a unit within its whole split."""
        ((split, part), number), text = unit
        before = sum(sizes.get((split, other), 0) for other in range(part))
        return (split, before + number), text

    def order(self, split: str, sizes: Mapping[Part, int]) -> Iterator[tuple[tuple[str, int], int]]:
        """Yields the index of each unit in the stream, shuffled like in the local preparation."""
        load_tensorflow()
        from tasks.streams import stream_order

        data = self.config.data
        count = sum(size for (name, _), size in sizes.items() if name == split)
        for place, number in enumerate(stream_order(count, data, data.seed)):
            yield (split, number), place

    def batch(
        self, joined: tuple[tuple[str, int], Mapping[str, list]]
    ) -> tuple[tuple[str, int], tuple[int, bytes]]:
        """Assigns a unit to the batch of its index."""
        (split, _), found = joined
        (text,), (place,) = found["text"], found["place"]
        return (split, place // _UNITS[self.config.data.shuffle]), (place, text)

    def encode(
        self, batch: tuple[tuple[str, int], Iterable[tuple[int, bytes]]]
    ) -> Iterator[Encoded]:
        """Encodes a batch for every stream of a split."""
        (split, number), units = batch
        lines = np.array([line for _, unit in sorted(units) for line in lines_of(unit)], object)
        reasons, hashes = Examine(self.left_out)(lines)
        kept, hashes = lines[reasons == 0], hashes[reasons == 0]
        counts = Counter({KEPT[split]: len(kept)})
        counts.update(str(REASONS[reason]) for reason in reasons[reasons > 0])
        for stream, switch in self.streams(split):
            ids, (words, switched) = Encode(self.vocabulary, self.language, switch)(kept)
            if number == 0:
                ids = np.concatenate([np.array([END], np.int32), ids])
            counts[WORDS] += int(words)
            counts[SWITCHED] += int(switched)
            yield Encoded(Batch(stream, number), ids, hashes, dict(counts))
            counts.clear()

    def streams(self, split: str) -> list[tuple[Stream, CodeSwitcher | None]]:
        """Lists the streams that are made from a split."""
        if split == "dev" or not self.switches:
            return [(Stream(split, 0), None)]
        versions = [(Stream("train", i), switch) for i, switch in enumerate(self.switches)]
        return [*versions, (Stream("plain", 0), None)]

    def layout(self, lengths: Mapping[Batch, int]) -> Layout:
        """Lays out all streams."""
        length = self.config.training.length
        return Layout(lengths, length, chunks_in_shard(length, self.vocabulary.size))

    def write_shard(self, shard: tuple[Shard, Iterable[Stretch]]) -> tuple[str, np.ndarray]:
        """Writes a shard, and counts its ids."""
        (prefix, number), stretches = shard
        ids = np.concatenate([stretch.ids for stretch in sorted(stretches, key=_place)])
        chunks = ids.reshape(-1, self.config.training.length)
        size = self.vocabulary.size
        write_shard(shard_file(self.directory / prefix, number), chunks, size)
        return prefix, np.bincount(ids, minlength=size)

    def write_hashes(self, hashed: tuple[Shard, Iterable[tuple[int, np.ndarray]]]) -> Shard:
        """Writes some of the hashes of sentences, see `hashes_files`."""
        (prefix, number), batches = hashed
        ordered = [hashes for _, hashes in sorted(batches, key=_place)]
        path = self.directory / f"{_HASHES}{prefix}-{number:06d}"
        aside = aside_of(path)
        aside.write_bytes(np.concatenate(ordered).astype("<u8").tobytes())
        aside.rename(path)
        return prefix, number

    def hashes(self, encoded: Encoded) -> Iterator[tuple[Shard, tuple[int, np.ndarray]]]:
        """Assigns the hashes of a split's sentences to files, once for all versions."""
        (prefix, version), number = encoded.batch
        if prefix in KEPT and version == 0:
            yield (prefix, number // _HASHED), (number, encoded.hashes)


def hashes_files(directory: Path, split: str) -> list[Path]:
    """Lists the files that `LanguageJob.write_hashes` has written for a split, in order."""
    return sorted(directory.glob(f"{_HASHES}{split}-*"))


def _place(stretch: tuple[int, np.ndarray]) -> int:
    return stretch[0]
