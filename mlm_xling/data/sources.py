"""Where the text of a language lies, and a fingerprint of it; no TensorFlow."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from mlm_xling.config import TFDS, DataConfig
from mlm_xling.data.cache import file_fingerprint
from mlm_xling.data.text import check_text
from mlm_xling.errors import InputError
from mlm_xling.languages import text_language, underived

_TFDS_CODES = {
    "wikipedia": {"als": "sq", "egl": "eml", "fil": "tl", "gsw": "als", "nb": "no", "nrf": "nrm"},
    "wiki40b": {
        "zh": "zh-cn",
        **dict.fromkeys(("zh-hant", "zh-hk", "zh-mo", "zh-tw"), "zh-tw"),
        "fil": "tl",
        "nb": "no",
    },
    "c4": {
        **{f"{name}-latn": f"{name}-Latn" for name in ("bg", "el", "hi", "ja", "ru", "zh")},
        "he": "iw",
        "nb": "no",
        "tl": "fil",
    },
}
"""Builders' codes of languages that are not the primary subtag, by tag in lower case."""


def source_of(data: DataConfig, language: str) -> str:
    """Finds the source of a language: `text`, a TFDS builder, or the path of a text file."""
    for entry in data.sources:
        name, _, source = entry.partition(":")
        if name == underived(language):
            return source
    return data.source


def tfds_name(source: str, language: str) -> str:
    """Names the TFDS builder, configuration and version that hold a language."""
    return TFDS[source].format(language=tfds_language(source, language))


def tfds_language(source: str, language: str) -> str:
    """Names a language in a builder's code.

    Subtags are taken off the end until the builder knows the tag (the lookup of RFC 4647), so its
    text of `pt` serves `pt-BR`.
    """
    tag, codes = text_language(language).lower(), _TFDS_CODES[source]
    while tag not in codes and "-" in tag:
        tag = tag.rpartition("-")[0]
    return codes.get(tag, tag)


def text_files(data: DataConfig, language: str) -> list[Path]:
    """Finds the file of a language, `<tag>.txt`, or its shards, `<tag>-00000-of-00010.txt` and so
    on, in order; in upper or lower case.

    Raises:
      InputError: it is missing, empty or ambiguous, or a shard is.
    """
    source = source_of(data, language)
    if source != data.source:
        path = Path(source).expanduser()
        if not path.is_file():
            raise InputError(
                f"config.data.sources={language}:{source}: neither one of {', '.join(TFDS)} nor a "
                "text file"
            )
        paths = [path]
    else:
        folder = Path(data.text_dir).expanduser()
        inside = folder.iterdir() if folder.is_dir() else []
        there = [path.name for path in inside if path.is_file()]
        paths = [folder / name for name in text_names(there, text_language(language), str(folder))]
    if not any(path.stat().st_size for path in paths):
        raise InputError(f"{paths[0]}: empty; give text, or leave {language!r} out")
    return paths


def shard_count(data: DataConfig, language: str) -> int:
    """Counts what can be read apart: files; the text of a TFDS builder is read as a whole.

    Raises:
      InputError: as `text_files`.
    """
    return 1 if source_of(data, language) in TFDS else len(text_files(data, language))


def text_names(there: Collection[str], tag: str, folder: str) -> list[str]:
    """Chooses among the names of files those with the text of a tag, in order.

    Args:
      folder: where they are, for messages.

    Raises:
      InputError: a file is missing or ambiguous, or a shard is not one of those that are counted.
    """
    alike: dict[str, list[str]] = {}
    for name in sorted(there):
        alike.setdefault(name.lower(), []).append(name)
    alone = f"{tag}.txt"
    sets = _shards(there, tag, folder)
    if alone.lower() in alike or not sets:
        sets.insert(0, [alone])
    if len(sets) > 1:
        first, second = sets[0][0], sets[1][0]
        raise InputError(f"{folder}/{first} or {second} and so on? Remove one of them")
    return [_as_spelled(name, alike.get(name.lower(), []), folder) for name in sets[0]]


def _shards(there: Iterable[str], tag: str, folder: str) -> list[list[str]]:
    """For each number of shards that a name tells all that there should be, in order."""
    counts = set()
    for name in there:
        shard = re.fullmatch(rf"{re.escape(tag)}-(\d{{5}})-of-(\d{{5}})\.txt", name, re.IGNORECASE)
        if shard and int(shard[1]) >= int(shard[2]):
            raise InputError(
                f"{folder}/{name}: shards are numbered from 00000, so its number must be below "
                f"{shard[2]}; rename or remove it"
            )
        if shard:
            counts.add(int(shard[2]))
    return [
        [f"{tag}-{number:05d}-of-{count:05d}.txt" for number in range(count)]
        for count in sorted(counts)
    ]


def _as_spelled(name: str, alike: list[str], folder: str) -> str:
    """The one of the names that differ in case only, the same first."""
    if not alike:
        raise InputError(
            f"{folder}/{name}: no such file; config.data.text_dir needs one for each language"
        )
    if len(alike) > 1 and name not in alike:
        raise InputError(f"{folder}: {alike[0]} or {alike[1]}? Name one of them {name}")
    return name if name in alike else alike[0]


def check_sources(data: DataConfig, languages: Iterable[str]) -> None:
    """Finds what would stop preparation half way.

    Raises:
      InputError: a file is missing, not UTF-8 (with the line), or holds no sentence; or a TFDS
        builder has one text for two languages.
    """
    read: dict[tuple[str, str], str] = {}
    for language in languages:
        source = source_of(data, language)
        if source not in TFDS:
            check_text(text_files(data, language))
            continue
        text = text_language(language)
        other = read.setdefault((source, tfds_language(source, language)), text)
        if other != text:
            raise InputError(
                f"config.languages: {source} has one text for {other} and {text}; leave one out, "
                "or name a text file by config.data.sources"
            )


def source_fingerprint(data: DataConfig, language: str) -> str:
    """Makes a digest of the content of files, or gives the pinned TFDS name.

    Raises:
      InputError: a file is missing or empty.
    """
    source = source_of(data, language)
    if source in TFDS:
        return f"{tfds_name(source, language)} {tfds_language(source, language)}"
    return " ".join(map(file_fingerprint, text_files(data, language)))
