"""The work of preparation; it loads TensorFlow, so only the preparing process imports it."""

import random
from collections.abc import Iterable, Mapping
from pathlib import Path

from mlm_xling.config import Config
from mlm_xling.data.directories import whole_directory
from mlm_xling.data.manifest import (
    SENTENCES,
    LanguageRecord,
    Manifest,
    SplitRecord,
    file_record,
    write_manifest,
)
from mlm_xling.data.prepare import reserved
from mlm_xling.data.progress import PrepareProgress
from mlm_xling.data.shards import ShardWriter, ids_dtype
from mlm_xling.errors import InputError
from mlm_xling.vocabulary import Vocabulary, train_vocabulary
from tasks.holdout import Holdout
from tasks.streams import stream_task, training_sentences

_CHUNKS_AT_ONCE = 1024


def write_streams(config: Config, directory: Path, vocabulary_directory: Path) -> None:
    """Writes the prepared directory of a configuration, unless it is there.

    Raises:
      InputError: see `mlm_xling.data.prepare.prepare`.
    """
    with whole_directory(directory) as partial:
        if partial is None:
            return
        hashes = reserved(config)
        with PrepareProgress() as progress:
            progress.say(f"preparing {', '.join(config.languages)}")
            vocabulary = prepare_vocabulary(config, vocabulary_directory)
            (partial / "vocabulary").mkdir()
            vocabulary.write(partial / "vocabulary")
            languages = {}
            for name in config.languages:
                writer = _LanguageWriter(config, name, vocabulary, hashes[name], progress)
                languages[name] = writer.write(partial / name)
        write_manifest(partial, _manifest(config, directory.name, vocabulary, languages, partial))


def _manifest(
    config: Config,
    fingerprint: str,
    vocabulary: Vocabulary,
    languages: dict[str, LanguageRecord],
    directory: Path,
) -> Manifest:
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    return Manifest(
        fingerprint=fingerprint,
        vocabulary=vocabulary.fingerprint,
        vocabulary_size=vocabulary.size,
        length=config.training.length,
        dtype=ids_dtype(vocabulary.size),
        languages=languages,
        files={str(path.relative_to(directory)): file_record(path) for path in paths},
    )


class _LanguageWriter:
    """Writes the shards of one language."""

    def __init__(
        self,
        config: Config,
        language: str,
        vocabulary: Vocabulary,
        reserved: frozenset[int],
        progress: PrepareProgress,
    ):
        self._config = config
        self._language = language
        self._vocabulary = vocabulary
        self._reserved = reserved
        self._progress = progress

    def write(self, directory: Path) -> LanguageRecord:
        """Writes both splits and the hashes of the training sentences."""
        directory.mkdir()
        self._progress.begin()
        with (directory / SENTENCES).open("wb") as hashes:
            holdout = Holdout(self._reserved, hashes)
            train, unknown = self._write_split("train", holdout, directory)
        dev_holdout = Holdout(self._reserved)
        dev, _ = self._write_split("dev", dev_holdout, directory)
        unknown_rate = unknown / max(train.tokens, 1)
        return LanguageRecord(train, dev, unknown_rate, holdout.dropped + dev_holdout.dropped)

    def _write_split(
        self, split: str, holdout: Holdout, directory: Path
    ) -> tuple[SplitRecord, int]:
        seed = self._config.training.seed
        task = stream_task(self._config.data, self._language, self._vocabulary, seed, holdout)
        lengths = {"targets": self._config.training.length}
        # Chunks have their length already; trimming them one by one would double the time.
        chunks = task.get_dataset(lengths, split, shuffle=False, trim_output_features=False)
        writer = ShardWriter(directory / split, ids_dtype(self._vocabulary.size))
        for example in chunks.batch(_CHUNKS_AT_ONCE).as_numpy_iterator():
            writer.write(example["targets"])
            self._progress.tokens(self._language, writer.tokens)
        writer.close()
        return SplitRecord(holdout.kept, writer.tokens, writer.chunks), writer.unknown


def prepare_vocabulary(config: Config, directory: Path) -> Vocabulary:
    """The vocabulary in `directory`; trained, on the text that training will see, if need be.

    Raises:
      InputError: the vocabulary does not fit the text, or a language has no sentence.
    """
    with whole_directory(directory) as partial:
        if partial is not None:
            hashes = reserved(config)
            sentences = {
                name: training_sentences(config.data, name, Holdout(hashes[name]))
                for name in config.languages
            }
            lines = config.vocabulary.training_lines
            samples = equal_samples(sentences, lines, config.training.seed)
            train_vocabulary(samples, config.vocabulary).write(partial)
    return Vocabulary.load(directory)


def equal_samples(
    sentences: Mapping[str, Iterable[str]], most: int, seed: int
) -> dict[str, list[str]]:
    """Draws equally many sentences of each language: `most`, or as many as the smallest has.

    Memory holds at most `most` sentences a language, however many there are.

    Raises:
      InputError: a language has no sentence.
    """
    samples = {
        name: _reservoir(lines, most, random.Random(f"{seed} {name}"))
        for name, lines in sentences.items()
    }
    fewest = min(samples, key=lambda name: len(samples[name]))
    if not samples[fewest]:
        raise InputError(f"the text of {fewest!r} leaves no sentence to train on")
    return {name: sample[: len(samples[fewest])] for name, sample in samples.items()}


def _reservoir(lines: Iterable[str], size: int, rng: random.Random) -> list[str]:
    """A uniform sample in random order (algorithm R)."""
    sample: list[str] = []
    for count, line in enumerate(lines, 1):
        if len(sample) < size:
            sample.append(line)
        elif (place := int(rng.random() * count)) < size:
            sample[place] = line
    rng.shuffle(sample)
    return sample
