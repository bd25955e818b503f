"""Where the text of a language lies, and a fingerprint of it; no TensorFlow."""

from collections.abc import Iterable
from pathlib import Path

from mlm_xling.config import TFDS, DataConfig
from mlm_xling.data.cache import file_fingerprint
from mlm_xling.data.text import check_text
from mlm_xling.errors import InputError
from mlm_xling.languages import find_file, text_language, underived

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


def text_file(data: DataConfig, language: str) -> Path:
    """Finds the file of a language, `<tag>.txt` in upper or lower case.

    Raises:
      InputError: it is missing, empty or ambiguous.
    """
    source = source_of(data, language)
    if source != data.source:
        path = Path(source).expanduser()
        if not path.is_file():
            raise InputError(
                f"config.data.sources={language}:{source}: neither one of {', '.join(TFDS)} nor a "
                "text file"
            )
    else:
        path = find_file(Path(data.text_dir).expanduser(), f"{text_language(language)}.txt")
    if not path.is_file():
        raise InputError(f"{path}: no such file; config.data.text_dir needs one for each language")
    if not path.stat().st_size:
        raise InputError(f"{path}: empty; give text, or leave {language!r} out")
    return path


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
            check_text(text_file(data, language))
            continue
        text = text_language(language)
        other = read.setdefault((source, tfds_language(source, language)), text)
        if other != text:
            raise InputError(
                f"config.languages: {source} has one text for {other} and {text}; leave one out, "
                "or name a text file by config.data.sources"
            )


def source_fingerprint(data: DataConfig, language: str) -> str:
    """Makes a digest of the file's content, or gives the pinned TFDS name.

    Raises:
      InputError: the file is missing or empty.
    """
    source = source_of(data, language)
    if source in TFDS:
        return f"{tfds_name(source, language)} {tfds_language(source, language)}"
    return file_fingerprint(text_file(data, language))
