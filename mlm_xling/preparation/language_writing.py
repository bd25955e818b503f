"""Writing the streams of one language; with `writing.py`, the part that loads TensorFlow."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from mlm_xling.config import Config
from mlm_xling.data.dictionaries import translations
from mlm_xling.data.manifest import SENTENCES, SplitRecord
from mlm_xling.preparation.code_switching import CodeSwitcher
from mlm_xling.preparation.progress import PrepareProgress
from mlm_xling.preparation.shards import ShardWriter
from mlm_xling.vocabulary import Vocabulary
from tasks.documents import documents
from tasks.equal_size import Cut, make_measure, total_size
from tasks.holdout import Holdout
from tasks.streams import stream_task

_CHUNKS_AT_ONCE = 1024


class Written(NamedTuple):
    """What was written for a language."""

    train: SplitRecord
    """The first version of the training text."""
    dev: SplitRecord
    versions: list[int]
    """Chunks of each version of the training text."""
    counts: Int[np.ndarray, " id"]
    """How often each id occurs in the training text, all versions together."""
    held_out: int
    """Sentences dropped from either split."""


class LanguageWriter:
    """Writes the shards of one language."""

    def __init__(
        self,
        config: Config,
        language: str,
        vocabulary: Vocabulary,
        reserved: frozenset[int],
        progress: PrepareProgress,
    ):
        self._config, self._language, self._vocabulary = config, language, vocabulary
        self._reserved, self._progress = reserved, progress
        unit = config.data.equal_size
        self._measure = make_measure(unit, vocabulary, language, reserved)

    def size(self) -> int:
        """The size of the whole training text, in the unit of `data.equal_size`."""
        source = documents(self._config.data, self._language)
        return total_size(source.get_dataset("train", shuffle=False), self._measure)

    def write(self, directory: Path, cut: tuple[int, int] | None = None) -> Written:
        """Writes both splits and the hashes of the training sentences.

        Args:
          cut: the size of the training text and what is to be kept of it.
        """
        directory.mkdir()
        self._progress.begin()
        train = self._writer(directory, "train")
        first, versions, dropped = None, [], 0
        for switch in self._switches():
            before = train.chunks
            with (directory / SENTENCES).open("wb") as hashes:
                holdout = Holdout(self._reserved, hashes)
                self._write(train, "train", holdout, cut, switch)
            versions.append(train.chunks - before)
            if first is None:
                first = SplitRecord(holdout.kept, train.tokens, train.chunks)
                dropped = holdout.dropped
        assert first is not None
        train.close()
        dev, holdout = self._writer(directory, "dev"), Holdout(self._reserved)
        self._write(dev, "dev", holdout, None, None)
        dev.close()
        return Written(
            first,
            SplitRecord(holdout.kept, dev.tokens, dev.chunks),
            versions,
            train.counts,
            dropped + holdout.dropped,
        )

    def _switches(self) -> Iterable[CodeSwitcher | None]:
        """What rewrites each version of the training text."""
        config = self._config
        settings, seed = config.data.code_switching, config.training.seed
        if not settings.probability:
            return [None]
        words = translations(config.data, config.languages, self._language)
        return [
            CodeSwitcher(settings, self._language, words, seed, version)
            for version in range(settings.versions)
        ]

    def _write(
        self,
        writer: ShardWriter,
        split: str,
        holdout: Holdout,
        cut: tuple[int, int] | None,
        switch: CodeSwitcher | None,
    ) -> None:
        seed = self._config.training.seed
        task = stream_task(
            self._config.data,
            self._language,
            self._vocabulary,
            seed,
            holdout,
            cut and Cut(self._measure, *cut, seed=f"{seed} {self._language}"),
            switch,
        )
        lengths = {"targets": self._config.training.length}
        # Chunks have their length already; trimming them one by one would double the time.
        chunks = task.get_dataset(lengths, split, shuffle=False, trim_output_features=False)
        for example in chunks.batch(_CHUNKS_AT_ONCE).as_numpy_iterator():
            writer.write(example["targets"])
            self._progress.tokens(self._language, writer.tokens)

    def _writer(self, directory: Path, split: str) -> ShardWriter:
        return ShardWriter(directory / split, self._vocabulary.size)
