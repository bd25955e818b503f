"""Where the text of a language lies, and a fingerprint of it; no TensorFlow."""

from collections.abc import Iterable
from pathlib import Path

from mlm_xling.config import TFDS, DataConfig
from mlm_xling.data.cache import file_fingerprint
from mlm_xling.data.text import check_text
from mlm_xling.errors import InputError

_WIKI40B_NAMES = {"zh": "zh-cn"}


def text_language(language: str) -> str:
    """The language whose text is meant: `en` of `en2`, which is English once more."""
    return language.rstrip("0123456789")


def source_of(data: DataConfig, language: str) -> str:
    """`text`, a TFDS builder, or the path of a text file."""
    for entry in data.sources:
        name, _, source = entry.partition(":")
        if name == language:
            return source
    return data.source


def tfds_name(source: str, language: str) -> str:
    """The TFDS builder, configuration and version that hold a language."""
    language = text_language(language)
    if source == "wiki40b":
        language = _WIKI40B_NAMES.get(language, language)
    return TFDS[source].format(language=language)


def text_file(data: DataConfig, language: str) -> Path:
    """The file of a language.

    Raises:
      InputError: it is missing or empty.
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
        path = Path(data.text_dir).expanduser() / f"{text_language(language)}.txt"
    if not path.is_file():
        raise InputError(f"{path}: no such file; config.data.text_dir needs one for each language")
    if not path.stat().st_size:
        raise InputError(f"{path}: empty; give text, or leave {language!r} out")
    return path


def check_sources(data: DataConfig, languages: Iterable[str]) -> None:
    """Finds what would stop preparation half way.

    Raises:
      InputError: a file is missing, not UTF-8 (with the line), or holds no sentence.
    """
    for language in languages:
        if source_of(data, language) not in TFDS:
            check_text(text_file(data, language))


def source_fingerprint(data: DataConfig, language: str) -> str:
    """A digest of the file's content, or the pinned TFDS name.

    Raises:
      InputError: the file is missing or empty.
    """
    source = source_of(data, language)
    if source in TFDS:
        return f"{tfds_name(source, language)} {text_language(language)}"
    return file_fingerprint(text_file(data, language))
