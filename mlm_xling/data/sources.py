"""Sources of each language's text, and their fingerprints; needs no TensorFlow."""

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
"""Builders' codes of languages that differ from the primary subtag, by lower-case tag."""


def source_of(data: DataConfig, language: str) -> str:
    """Returns the source of a language: `text`, a TFDS builder, or the path of a text file."""
    for entry in data.sources:
        name, _, source = entry.partition(":")
        if name == underived(language):
            return source
    return data.source


def tfds_name(source: str, language: str) -> str:
    """Returns the TFDS builder, configuration and version that contain a language."""
    return TFDS[source].format(language=tfds_language(source, language))


def tfds_language(source: str, language: str) -> str:
    """Returns a builder's code for a language.

    Subtags are removed from the end until the builder knows the tag (the lookup of RFC 4647), so
    `pt-BR` uses its text of `pt`.
    """
    tag, codes = text_language(language).lower(), _TFDS_CODES[source]
    while tag not in codes and "-" in tag:
        tag = tag.rpartition("-")[0]
    return codes.get(tag, tag)


def text_files(data: DataConfig, language: str) -> list[Path]:
    """Returns the file of a language, `<tag>.txt`, or its shards in order.

    Shards are named `<tag>-00000-of-00010.txt` and so on; case is ignored.

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


def text_names(there: Collection[str], tag: str, folder: str) -> list[str]:
    """Returns those of the file names that hold the text of a tag, in order.

    Args:
      folder: where the files are, for messages.

    Raises:
      InputError: a file is missing or ambiguous, or a shard's number is out of range.
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
    """Returns, for each number of shards found in a name, the names of all its shards in order."""
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
    """Returns the only one of names that differ in case, or the exact match."""
    if not alike:
        raise InputError(
            f"{folder}/{name}: no such file; config.data.text_dir needs one for each language"
        )
    if len(alike) > 1 and name not in alike:
        raise InputError(f"{folder}: {alike[0]} or {alike[1]}? Name one of them {name}")
    return name if name in alike else alike[0]


def check_sources(data: DataConfig, languages: Iterable[str]) -> None:
    """Checks for problems that would stop preparation halfway.

    Raises:
      InputError: a file is missing, not UTF-8 (with the line), or has no sentence; or a TFDS
        builder has a single text for two languages.
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
    """Returns a digest of the content of files, or the pinned TFDS name.

    Raises:
      InputError: a file is missing or empty.
    """
    source = source_of(data, language)
    if source in TFDS:  # The last words are the order in which it is read.
        return f"{tfds_name(source, language)} {tfds_language(source, language)} file by file"
    return " ".join(map(file_fingerprint, text_files(data, language)))
