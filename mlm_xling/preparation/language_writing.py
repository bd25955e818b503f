"""Writes the streams of one language; like `writing.py`, loads TensorFlow."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from mlm_xling.config import Config
from mlm_xling.data.dictionaries import translations
from mlm_xling.data.left_out import LeftOut, Reason
from mlm_xling.data.manifest import SplitRecord
from mlm_xling.data.seen import hashes_file
from mlm_xling.open_progress import OpenProgress
from mlm_xling.preparation.code_switching import CodeSwitcher
from mlm_xling.preparation.contaminating import Dose, contamination_of
from mlm_xling.preparation.shards import ShardWriter
from mlm_xling.vocabulary import Vocabulary
from tasks.documents import documents
from tasks.equal_size import Cut, make_measure, total_size
from tasks.holdout import Holdout
from tasks.sentences import Encode
from tasks.streams import stream_task
from tasks.tokenise import Tokenise

_CHUNKS_AT_ONCE = 1024


class Written(NamedTuple):
    """What was written for a language."""

    train: SplitRecord
    """The first version of the training text."""
    dev: SplitRecord
    versions: list[int]
    """Number of chunks of each version of the training text."""
    counts: Int[np.ndarray, " id"]
    """Count of each id in the training text, over all versions."""
    dropped: Mapping[Reason, int]
    """Number of sentences dropped from either split, by reason; excludes whole documents."""
    switched: float
    """Share of words that were replaced, over all versions."""
    contamination: dict[str, int]
    """Number of replaced training sentences, by replacement."""


class LanguageWriter:
    """Writes the shards of one language."""

    def __init__(
        self,
        config: Config,
        language: str,
        vocabulary: Vocabulary,
        left_out: LeftOut,
        progress: OpenProgress,
        donated: Sequence[str] = (),
    ):
        """Takes what to write, and the sentences that `data.contamination` inserts."""
        self._donated = donated
        self._config, self._language, self._vocabulary = config, language, vocabulary
        self._left_out, self._progress = left_out, progress
        unit = config.data.equal_size
        self._measure = make_measure(unit, vocabulary, language, left_out)

    def size(self) -> int:
        """Returns the size of the whole training text, in the unit of `data.equal_size`."""
        source = documents(self._config.data, self._language, self._left_out)
        return total_size(source.get_dataset("train", shuffle=False), self._measure)

    def write(self, directory: Path, cut: tuple[int, int] | None = None) -> Written:
        """Writes both splits and the hashes of their sentences.

        Args:
          cut: the size of the training text, and the size to truncate it to.
        """
        directory.mkdir()
        self._progress.begin()
        switches = self._switches()
        train, versions, dose = self._writer(directory, "train"), [], self._dose()
        tokenisers = [self._tokeniser(switch) for switch in switches or [None]]
        for tokenise in tokenisers:
            with (directory / hashes_file("train")).open("wb") as hashes:
                holdout = Holdout(self._left_out, hashes, dose)
                versions.append(self._write(train, "train", holdout, tokenise, cut))
                # Sentences that another language reads count as seen, even with shuffled words.
                hashes.write(np.array(sorted(self._left_out.donated), "<u8").tobytes())
        train.close()
        if switches:
            self._write_unswitched(directory, cut)
        dev = self._writer(directory, "dev")
        with (directory / hashes_file("dev")).open("wb") as hashes:
            dev_holdout = Holdout(self._left_out, hashes)
            self._write(dev, "dev", dev_holdout, self._tokeniser())
        dev.close()
        return Written(
            SplitRecord(holdout.kept, versions[0] * self._config.training.length, versions[0]),
            SplitRecord(dev_holdout.kept, dev.tokens, dev.chunks),
            versions,
            train.counts,
            {reason: holdout.dropped(reason) + dev_holdout.dropped(reason) for reason in Reason},
            _share_switched(tokenisers),
            {dose.contamination.label: dose.replaced} if dose else {},
        )

    def _dose(self) -> Dose | None:
        """Returns the `Dose` that inserts lines of another language, if any."""
        found = contamination_of(self._config)
        if found is None or found.recipient != self._language:
            return None
        return Dose(found, self._donated, self._config.data.seed)

    def _write_unswitched(self, directory: Path, cut: tuple[int, int] | None) -> None:
        """Writes the unswitched text, for evaluators of words; nothing is trained on it."""
        plain = self._writer(directory, "plain")
        self._write(plain, "train", Holdout(self._left_out), self._tokeniser(), cut)
        plain.close()

    def _switches(self) -> list[CodeSwitcher]:
        """Returns what rewrites each version of the training text; empty without code-switching."""
        config = self._config
        settings, seed = config.data.code_switching, config.data.seed
        if not settings.probability:
            return []
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
        tokenise: Tokenise,
        cut: tuple[int, int] | None = None,
    ) -> int:
        """Appends a version of a split; returns its number of chunks."""
        before = writer.chunks
        seed = self._config.data.seed
        task = stream_task(
            self._config.data,
            tokenise,
            seed,
            holdout,
            cut and Cut(self._measure, *cut, seed=f"{seed} {self._language}"),
        )
        lengths = {"targets": self._config.training.length}
        # Chunks already have their length; trimming each would double the time.
        chunks = task.get_dataset(lengths, split, shuffle=False, trim_output_features=False)
        with closing(holdout), closing(tokenise):
            for example in chunks.batch(_CHUNKS_AT_ONCE).as_numpy_iterator():
                writer.write(example["targets"])
                self._progress.done(self._language, writer.tokens, "tokens")
        return writer.chunks - before

    def _tokeniser(self, switch: CodeSwitcher | None = None) -> Tokenise:
        return Tokenise(Encode(self._vocabulary, self._language, switch))

    def _writer(self, directory: Path, split: str) -> ShardWriter:
        return ShardWriter(directory / split, self._vocabulary.size)


def _share_switched(tokenisers: Sequence[Tokenise]) -> float:
    words = sum(tokenise.words for tokenise in tokenisers)
    return sum(tokenise.switched for tokenise in tokenisers) / max(words, 1)
