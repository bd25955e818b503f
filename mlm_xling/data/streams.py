"""Training batches, read from prepared shards with Grain.

All order is a function of (seed, step). A language's chunks are reshuffled each epoch, so every
chunk is seen once per epoch; if code-switching produced several versions of the text, epochs
alternate between them. Groups are dealt to languages in exact proportion to the rates, then
shuffled within a window: close to the paper's independent draws (each step's share of a language
varies), but over a thousand groups the shares are exact, and the index of any group's batch within
its language is known without counting. So any host can read any step directly, for any of its
groups.

With `data.pairs` some steps read sentence pairs instead: steps are dealt to pairs in exact
proportion, and pairs evenly to each two languages, in the same way.
"""

import hashlib
import itertools
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import grain
import numpy as np
from grain.experimental import WindowShuffleMapDataset
from jaxtyping import Int, Int32

from mlm_xling.config import Config
from mlm_xling.data.manifest import Prepared, language_rates
from mlm_xling.data.pairs import PairsRecord
from mlm_xling.data.shard_records import ShardRecords

_WINDOW = 1000
"""Number of groups."""
_WEIGHT_UNITS = 10**9


_Drawn = tuple[Int32[np.ndarray, "group batch length"], Int32[np.ndarray, " group"]]
"""A group, or the two groups of a batch of pairs, and their languages."""


class Batch(NamedTuple):
    """Input of one step: NumPy arrays on a host, JAX arrays once placed on devices.

    A batch of pairs has twice as many groups of half the length: groups 2i and 2i + 1 hold the two
    sides of the same pairs, row by row.
    """

    input_ids: Int32[Any, "group batch length"]
    language: Int32[Any, " group"]
    """Index into `config.languages`."""


class Streams:
    """The batches of a run; `groups` selects the rows of the group axis that this host needs.

    In steps that read pairs, each row stands for two groups.
    """

    def __init__(self, prepared: Prepared, config: Config, groups: slice = slice(None)):
        """Opens the shards of `config.languages`; every host reads only its own groups."""
        self._prepared = prepared
        self._groups_in_step = config.training.groups
        self._rows = range(config.training.groups)[groups]
        self._short_steps = config.training.short_steps
        self._short_length = config.training.short_length
        self._languages = config.languages
        read = config.trained_languages
        sentences = prepared.manifest.sentences
        self.rates: Mapping[str, float] = language_rates(
            {name: sentences[name] for name in config.languages if name in read},
            config.data.sampling_exponent,
        )
        size, seed = config.training.batch_size, config.training.seed
        self._groups = self._deal(size, seed)
        self._pairs = self._deal_pairs(config, size, seed) if config.data.pairs else None
        pair_share = config.training.pair_share
        self._kinds = Shares([pair_share, 1 - pair_share])

    def reads_pairs(self, step: int) -> bool:
        """Returns whether a step reads pairs."""
        return self._kind(step)[0]

    def batch_at(self, step: int) -> Batch:
        """Reads the batch of a step, counted from 0, in constant time."""
        of_pairs, number = self._kind(step)
        first = number * self._groups_in_step
        dealt = self._pairs if of_pairs else self._groups
        drawn = [_drawn(dealt, first + row) for row in self._rows]
        ids = np.concatenate([ids for ids, _ in drawn])
        if step < self._short_steps:
            ids = ids.reshape(len(ids), -1, self._short_length)
        return Batch(ids, np.concatenate([languages for _, languages in drawn]))

    def batches_from(self, step: int, ahead: int = 16) -> Iterator[Batch]:
        """Yields the batches from `step` on, with threads that read `ahead`."""
        threads = min(ahead, os.cpu_count() or 1)
        options = grain.ReadOptions(num_threads=threads, prefetch_buffer_size=ahead)
        steps = grain.MapDataset.range(step, sys.maxsize // self._groups_in_step)
        return iter(steps.map(self.batch_at).to_iter_dataset(options))

    def dev_chunks(self, language: str, limit: int) -> Int32[np.ndarray, "chunk length"]:
        """Reads the first dev chunks of a language, at most `limit`."""
        manifest = self._prepared.manifest
        chunks = min(limit, manifest.languages[language].dev.chunks)
        if not chunks:
            return np.zeros((0, manifest.length), np.int32)
        return self._read(self._source(language, "dev"), np.arange(chunks))

    def _kind(self, step: int) -> tuple[bool, int]:
        """Returns whether a step reads pairs, and its index among the steps of its kind."""
        later = step - self._short_steps
        if self._pairs is None or later < 0:
            return False, step
        kind, number = self._kinds[later]
        return (True, number) if kind == 0 else (False, self._short_steps + number)

    def _deal(self, batch_size: int, seed: int) -> grain.MapDataset:
        languages = [
            self._language(name, index, batch_size, _derived_seed(seed, name))
            for index, name in enumerate(self._languages)
            if name in self.rates
        ]
        shares = Shares(list(self.rates.values()))
        dealt = grain.MapDataset.select_from_datasets(languages, shares)
        return WindowShuffleMapDataset(
            dealt, window_size=_WINDOW, seed=_derived_seed(seed, "windows")
        )

    def _language(self, name: str, index: int, batch_size: int, seed: int) -> grain.MapDataset:
        """Returns endless batches of one language, each with the language's index."""
        source = self._source(name, "train")
        versions = self._prepared.manifest.languages[name].versions
        ends = itertools.accumulate(versions)
        # With the same seed, epochs of different versions would have the same order.
        seeds = [seed, *(_derived_seed(seed, str(later)) for later in range(1, len(versions)))]
        epochs = [
            grain.MapDataset.range(end - chunks, end).shuffle(seed=seed)
            for end, chunks, seed in zip(ends, versions, seeds, strict=True)
        ]
        order = grain.MapDataset.concatenate(epochs).repeat().batch(batch_size)
        languages = np.array([index], np.int32)
        # Grain only orders numbers; its bookkeeping per record would cost more than reading it.
        return order.map(lambda chunks: (self._read(source, chunks)[None], languages))

    def _deal_pairs(self, config: Config, batch_size: int, seed: int) -> grain.MapDataset:
        """Returns endless batches of pairs, dealt evenly to each two languages."""
        read = [
            self._pairs_of(record, config.training.pair_control, batch_size, seed)
            for record in self._prepared.manifest.pairs_of(self.rates)
        ]
        return grain.MapDataset.select_from_datasets(read, Shares([1 / len(read)] * len(read)))

    def _pairs_of(
        self, record: PairsRecord, control: str, batch_size: int, seed: int
    ) -> grain.MapDataset:
        """Returns endless batches of the pairs of two languages, `[2, batch, length / 2]`."""
        source = self._source(record.folder, "pairs")
        languages = np.array([self._languages.index(name) for name in record.languages], np.int32)
        seed = _derived_seed(seed, record.folder)
        partners = np.arange(record.pairs)
        if control == "shuffled":
            # A cycle in random order: no sentence is its own partner.
            circle = np.random.default_rng(seed).permutation(partners)
            partners[circle] = np.roll(circle, 1)

        def read(pairs: Int[np.ndarray, " batch"]) -> _Drawn:
            (ours, _), (_, theirs) = (
                np.split(self._read(source, numbers), 2, axis=1)
                for numbers in (pairs, partners[pairs])
            )
            return np.stack([ours, theirs]), languages

        order = grain.MapDataset.range(record.pairs).shuffle(seed=seed).repeat().batch(batch_size)
        return order.map(read)

    def _read(
        self, source: ShardRecords, chunks: Int[np.ndarray, " chunk"]
    ) -> Int32[np.ndarray, "chunk length"]:
        records = b"".join(source.read(chunks))
        manifest = self._prepared.manifest
        return np.frombuffer(records, manifest.dtype).reshape(-1, manifest.length).astype(np.int32)

    def _source(self, language: str, split: str) -> ShardRecords:
        return ShardRecords(self._prepared.shards(language, split))


def _drawn(dealt: grain.MapDataset | None, index: int) -> _Drawn:
    drawn = dealt[index] if dealt is not None else None
    assert drawn is not None, "no element is ever filtered out"
    return drawn


class Shares(grain.transforms.DatasetSelectionMap):
    """Deals an endless sequence to datasets so that every prefix has the given shares.

    Of the first k elements, the first dataset gets floor or ceiling of k times its share; of the
    rest, the second gets its share in the same way, and so on.
    """

    def __init__(self, shares: Sequence[float]):
        """Takes positive shares that sum to 1."""
        # Integers, so that the billionth element is dealt as exactly as the first.
        self._weights = [max(1, round(share * _WEIGHT_UNITS)) for share in shares]

    def __len__(self) -> int:
        return sys.maxsize

    def __getitem__(self, index: int) -> tuple[int, int]:
        """Returns the dataset that gets element `index`, and the index within that dataset."""
        before, after = index, index + 1
        remaining = sum(self._weights)
        for dataset, weight in enumerate(self._weights):
            left_before = before * (remaining - weight) // remaining
            left_after = after * (remaining - weight) // remaining
            if after - left_after > before - left_before:
                return dataset, before - left_before
            before, after, remaining = left_before, left_after, remaining - weight
        raise AssertionError("the last dataset takes whatever is left")


def _derived_seed(seed: int, purpose: str) -> int:
    """Hashes a seed: Grain increments seeds, so neighbours would give shifted epochs."""
    digest = hashlib.blake2b(f"{seed} {purpose}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little") // 2  # leaves room for increments within 32 bits
