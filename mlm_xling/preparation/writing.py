"""The work of preparation; loads TensorFlow, so only the preparing process imports it."""

import random
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from mlm_xling.bpe import is_long
from mlm_xling.config import Config
from mlm_xling.data.anchors import count_anchors
from mlm_xling.data.left_out import LeftOut, Reason
from mlm_xling.data.manifest import (
    LanguageRecord,
    LeftToOthers,
    Manifest,
    is_prepared,
    write_manifest,
)
from mlm_xling.data.pairs import PairsRecord
from mlm_xling.data.parallel import (
    ParallelText,
    configured_parallel,
    nothing_held_out,
    without_column,
)
from mlm_xling.data.seen import dev_seen
from mlm_xling.data.translated import translated_shares
from mlm_xling.digests import folder_records
from mlm_xling.directories import whole_directory
from mlm_xling.errors import InputError
from mlm_xling.open_progress import OpenProgress
from mlm_xling.preparation.contaminating import draw_donated, without_donated
from mlm_xling.preparation.language_writing import LanguageWriter, Written
from mlm_xling.preparation.leaving_out import leave_out
from mlm_xling.preparation.pairs import choose_pairs, write_pairs
from mlm_xling.preparation.shards import ids_dtype
from mlm_xling.vocabulary import UNKNOWN, Vocabulary, is_vocabulary, train_vocabulary
from tasks.holdout import Holdout
from tasks.streams import training_sentences


def write_streams(
    config: Config,
    directory: Path,
    vocabulary_directory: Path,
    make_writer: Callable[..., LanguageWriter] = LanguageWriter,
) -> None:
    """Writes the prepared directory of a configuration, unless it exists.

    Args:
      make_writer: creates the writer of a language; takes the arguments of `LanguageWriter`.

    Raises:
      InputError: see `mlm_xling.preparation.prepare.prepare`.
    """
    with whole_directory(directory, is_prepared) as partial:
        if partial is None:
            return
        with OpenProgress("vocabulary") as progress:
            progress.say(f"preparing {', '.join(config.languages)}")
            parallel = configured_parallel(config)
            unnamed = without_column(config.languages, parallel)
            for name in unnamed:
                progress.say(f"warning: {nothing_held_out(name)}")
            if config.data.decontaminate:
                progress.say(f"looking for lines in {', '.join(config.data.decontaminate)}")
            left_out = leave_out(config, parallel)
            pairs = choose_pairs(config, parallel)
            vocabulary = prepare_vocabulary(config, vocabulary_directory, left_out)
            # After the vocabulary, which is the same for every dose.
            donated = draw_donated(config, left_out)
            left_out = without_donated(config, left_out, donated)
            (partial / "vocabulary").mkdir()
            vocabulary.write(partial / "vocabulary")
            writers = {
                name: make_writer(config, name, vocabulary, left_out[name], progress, donated)
                for name in config.languages
            }
            cuts = _cuts(writers) if config.data.equal_size else {}
            written = {
                name: writer.write(partial / name, cuts.get(name))
                for name, writer in writers.items()
            }
        shares = _translated(config, parallel, partial)
        # After the shares, which are of text alone.
        made = write_pairs(config, pairs, vocabulary, partial)
        seen = dev_seen(partial, config.languages)
        languages = _records(written, left_out, shares, seen, unnamed)
        manifest = _manifest(config, directory.name, vocabulary, languages, made, partial)
        write_manifest(partial, manifest)


def _manifest(
    config: Config,
    fingerprint: str,
    vocabulary: Vocabulary,
    languages: dict[str, LanguageRecord],
    pairs: list[PairsRecord],
    directory: Path,
) -> Manifest:
    return Manifest(
        fingerprint=fingerprint,
        vocabulary=vocabulary.fingerprint,
        vocabulary_size=vocabulary.size,
        length=config.training.length,
        dtype=ids_dtype(vocabulary.size),
        languages=languages,
        files=folder_records(directory),
        pairs=pairs,
    )


def _translated(
    config: Config, parallel: ParallelText | None, directory: Path
) -> dict[str, dict[str, float]]:
    if parallel is None:
        return {name: {} for name in config.languages}
    return translated_shares(parallel, directory, config.languages)


def _records(
    written: Mapping[str, Written],
    left_out: Mapping[str, LeftOut],
    translated: Mapping[str, dict[str, float]],
    seen: Mapping[str, float],
    unnamed: Collection[str],
) -> dict[str, LanguageRecord]:
    anchors = count_anchors({name: language.counts for name, language in written.items()})
    return {
        name: LanguageRecord(
            train=language.train,
            dev=language.dev,
            unknown_rate=float(language.counts[UNKNOWN] / max(language.counts.sum(), 1)),
            dev_block=left_out[name].block,
            without_column=name in unnamed,
            held_out=language.dropped[Reason.RESERVED],
            near_duplicates=language.dropped[Reason.NEAR],
            left_to_others=LeftToOthers(
                len(left_out[name].documents),
                left_out[name].document_sentences + language.dropped[Reason.ELSEWHERE],
            ),
            translated=translated[name],
            switched=language.switched,
            versions=language.versions,
            anchors=anchors[name],
            decontaminated=language.dropped[Reason.FOREIGN],
            contamination=language.contamination,
            donated=language.dropped[Reason.DONATED],
            dev_seen=seen[name],
        )
        for name, language in written.items()
    }


def _cuts(writers: Mapping[str, LanguageWriter]) -> dict[str, tuple[int, int]]:
    """Returns each language's text size, and the size to which all are truncated."""
    sizes = {name: writer.size() for name, writer in writers.items()}
    return {name: (size, min(sizes.values())) for name, size in sizes.items()}


def prepare_vocabulary(
    config: Config, directory: Path, left_out: Mapping[str, LeftOut]
) -> Vocabulary:
    """Loads the vocabulary in `directory`, training it on training text if necessary.

    Raises:
      InputError: the vocabulary does not fit the text, or a language has no sentence.
    """
    with whole_directory(directory, is_vocabulary) as partial:
        if partial is not None:
            sentences = {
                name: training_sentences(config.data, name, Holdout(left_out[name]))
                for name in config.languages
            }
            most = config.vocabulary.training_lines
            samples = equal_samples(sentences, most, config.data.seed)
            for name, sample in samples.items():
                if long := sum(map(is_long, sample)):
                    lines = "line" if long == 1 else "lines"
                    print(
                        f"{name}: {long:,} very long {lines} cut for the vocabulary",
                        file=sys.stderr,
                    )
            train_vocabulary(samples, config.vocabulary).write(partial)
    return Vocabulary.load(directory)


def equal_samples(
    sentences: Mapping[str, Iterable[str]], most: int, seed: int
) -> dict[str, list[str]]:
    """Draws equally many sentences per language: `most`, or as many as the smallest has.

    At most `most` sentences per language are in memory.

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
    """Returns a uniform sample in random order (algorithm R)."""
    sample: list[str] = []
    for count, line in enumerate(lines, 1):
        if len(sample) < size:
            sample.append(line)
        elif (place := int(rng.random() * count)) < size:
            sample[place] = line
    rng.shuffle(sample)
    return sample
