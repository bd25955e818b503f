"""The manifest of a prepared directory, against which its files are verified.

    manifest.json
    vocabulary/
    <language>/train-00000.array_record ...   dev-00000.array_record ...
    <language>/plain-00000.array_record ...   the training text before code-switching, if any
    <language>/train.u64  dev.u64             hashes of the sentences (`mlm_xling.data.seen`)
    <language>/<other>/pairs-00000.array_record ...   translated pairs, if any

A record of a shard is a chunk: `length` ids, little-endian, of type `dtype`; in pairs, each half of
it is one side.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mlm_xling.data.anchors import AnchorRecord
from mlm_xling.data.pairs import PairsRecord
from mlm_xling.digests import FileRecord, as_records, first_damage, seal, unseal
from mlm_xling.errors import InputError
from mlm_xling.vocabulary import Vocabulary

FORMAT = 10
"""Version of the prepared format; raise it when the text or manifest would differ."""
_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class SplitRecord:
    """The size of a language's `train` or `dev` split."""

    sentences: int
    """Number of non-blank lines; left-out ones do not count."""
    tokens: int
    """Number of ids in chunks, including `</s>`; the rest after the last full chunk is dropped."""
    chunks: int


@dataclass(frozen=True)
class LeftToOthers:
    """What `data.disjoint_documents` dropped because other languages have the translations."""

    documents: int
    sentences: int
    """Sentences of the dropped documents plus single ones."""


@dataclass(frozen=True)
class LanguageRecord:
    """What was prepared from a language's text."""

    train: SplitRecord
    dev: SplitRecord
    unknown_rate: float
    """Fraction of the training tokens, `</s>` included, that are unknown."""
    dev_block: int
    """Number of consecutive sentences per dev block; 0 for whole documents."""
    without_column: bool
    """Whether `data.parallel` lacks a column of the language, so that nothing could be held out."""
    held_out: int
    """Sentences dropped from either split because evaluation uses them."""
    near_duplicates: int
    """Lines dropped from either split because they, or a sentence in them, differ by a word from
    one that is used."""
    left_to_others: LeftToOthers
    translated: dict[str, float]
    """For each other language, the share of training sentences whose translation is in its training
    text, according to `data.parallel`; empty without that file."""
    switched: float
    """Share of the training text's words that code-switching replaced, over all versions."""
    versions: list[int]
    """Number of chunks of each code-switched version of the training text; epochs alternate between
    versions. `train` describes the first."""
    anchors: AnchorRecord
    decontaminated: int = 0
    """Sentences dropped from either split because they are in a language of
    `data.decontaminate`."""
    contamination: dict[str, int] = field(default_factory=dict)
    """Number of training sentences that `data.contamination` replaced, by replacement: `fr`, or
    `fr~shuffled`."""
    donated: int = 0
    """Sentences dropped from either split because another language reads them instead, counted with
    repetition."""
    dev_seen: float = 0.0
    """Share of the dev sentences that also occur in the training text of a language or a pair."""


@dataclass(frozen=True)
class Manifest:
    """The description of a prepared directory."""

    fingerprint: str
    """Identifies everything that determined the content."""
    vocabulary: str
    """Fingerprint of the vocabulary."""
    vocabulary_size: int
    length: int
    dtype: str
    """Type of the ids: `<u2` or `<i4`."""
    languages: dict[str, LanguageRecord]
    files: dict[str, FileRecord]
    """Size and checksum of each file, by path relative to the directory."""
    pairs: list[PairsRecord] = field(default_factory=list)
    """The pairs of each two languages; empty without `data.pairs`."""
    format: int = FORMAT

    @property
    def sentences(self) -> dict[str, int]:
        """Number of training sentences by language."""
        return {name: record.train.sentences for name, record in self.languages.items()}

    @property
    def dev_seen(self) -> dict[str, float]:
        """Share of the dev sentences that also occur in training text, by language."""
        return {name: record.dev_seen for name, record in self.languages.items()}

    def pairs_of(self, languages: Collection[str]) -> list[PairsRecord]:
        """Lists the pairs whose two languages are both among the given ones."""
        return [record for record in self.pairs if {*record.languages} <= {*languages}]


@dataclass(frozen=True)
class Prepared:
    """A prepared directory and its manifest."""

    directory: Path
    manifest: Manifest

    def shards(self, language: str, split: str) -> list[Path]:
        """Lists the ArrayRecord files of a split (`train`, `dev` or `plain`), in order."""
        prefix = f"{language}/{split}-"
        return [self.directory / name for name in self.manifest.files if name.startswith(prefix)]

    def vocabulary(self) -> Vocabulary:
        """Loads the vocabulary that the ids belong to."""
        return Vocabulary.load(self.directory / "vocabulary")


def is_prepared(directory: Path) -> bool:
    """Returns whether preparation of a directory is complete."""
    return (directory / _MANIFEST).is_file()


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Writes `manifest.json`, sealed."""
    (directory / _MANIFEST).write_text(seal(asdict(manifest)))


def read_manifest(directory: Path) -> Manifest:
    """Reads the manifest, without verifying other files.

    Raises:
      InputError: it is missing, damaged, or from another version of this library.
    """
    text = read_description(directory, _MANIFEST)
    try:
        if _is_of_another_version(json.loads(text)):
            raise damaged(directory, _MANIFEST, "prepared by another version of mlm_xling")
        return _parse(unseal(text))
    except (ValueError, KeyError, TypeError):
        raise damaged(directory, _MANIFEST, "not a manifest, or an altered one") from None


def open_prepared(directory: Path) -> Prepared:
    """Reads the manifest and verifies every file against it.

    Raises:
      InputError: a file is missing, truncated or altered.
    """
    manifest = read_manifest(directory)
    verify_files(directory, manifest.files)
    return Prepared(directory, manifest)


def verify_files(directory: Path, files: Mapping[str, FileRecord]) -> None:
    """Compares files with the records made when they were written.

    Raises:
      InputError: a file is missing, truncated or altered.
    """
    if found := first_damage(directory, files):
        raise damaged(directory, *found)


def read_description(directory: Path, name: str) -> str:
    """Reads a JSON file that describes a directory.

    Raises:
      InputError: it is missing or cannot be read.
    """
    try:
        return (directory / name).read_text()
    except FileNotFoundError:
        raise damaged(directory, name, "no such file") from None
    except UnicodeDecodeError:
        raise damaged(directory, name, "altered (it is not UTF-8)") from None
    except OSError as error:
        raise damaged(directory, name, str(error.strerror).lower()) from None


def language_rates(sentences: Mapping[str, int], exponent: float) -> dict[str, float]:
    """Returns the probability of each language, proportional to (sentences)^exponent.

    Source: docs/method.md section 3, where the exponent is 0.7.
    """
    weights = {language: count**exponent for language, count in sentences.items()}
    total = sum(weights.values())
    return {language: weight / total for language, weight in weights.items()}


def _is_of_another_version(values: object) -> bool:
    return isinstance(values, dict) and "files" in values and values.get("format") != FORMAT


def _parse(values: dict) -> Manifest:
    languages = {
        name: LanguageRecord(
            **{
                **record,
                "train": SplitRecord(**record["train"]),
                "dev": SplitRecord(**record["dev"]),
                "left_to_others": LeftToOthers(**record["left_to_others"]),
                "anchors": AnchorRecord(**record["anchors"]),
            }
        )
        for name, record in values["languages"].items()
    }
    pairs = [
        PairsRecord(**{**record, "languages": tuple(record["languages"])})
        for record in values.get("pairs", [])
    ]
    files = as_records(values["files"])
    return Manifest(**{**values, "languages": languages, "pairs": pairs, "files": files})


def damaged(directory: Path, name: str, what: str) -> InputError:
    """Returns the error for a file of a prepared directory that has changed."""
    return InputError(f"{directory / name}: {what}; delete {directory} to have it prepared again")
