"""Texts whose lines are counted: those of files, or of a configuration."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from mlm_xling.config import TFDS, Config, DataConfig
from mlm_xling.data.sources import source_of, text_files, tfds_name
from mlm_xling.data.text import read_lines
from mlm_xling.errors import InputError
from mlm_xling.languages import is_language, text_language
from tasks.quiet import load_tensorflow


class Source(NamedTuple):
    """Lines of a language."""

    language: str
    name: str
    """File or data set, in which `lines` are numbered."""
    lines: Iterable[tuple[int, str]]


def sources_of_files(paths: Sequence[Path], language: str | None) -> list[Source]:
    """Lists files; without a language, their names say which they are in.

    Raises:
      InputError: there is none, one is listed twice, or a name is not a language.
    """
    if not paths:
        raise InputError("name files of text, such as text/en.txt, or a --config, or an --audit")
    places = [path.resolve() for path in paths]
    for path, place in zip(paths, places, strict=True):
        if places.count(place) > 1:
            raise InputError(f"{path}: is listed twice; its lines would count twice")
    if language and not is_language(language):
        raise InputError(f"--language={language}: no language code (BCP 47) like en or pt-BR")
    return [Source(language or _language_of(path), str(path), read_lines(path)) for path in paths]


def sources_of_config(config: Config, language: str | None) -> list[Source]:
    """Lists what a run would read as text, all of it; languages of one text count once.

    Args:
      language: the only one to list.

    Raises:
      InputError: the configuration has no such language, a file is missing, or the text is the
        lab's.
    """
    if language and language not in config.languages:
        raise InputError(
            f"--language={language}: not one of config.languages={','.join(config.languages)}"
        )
    if config.data.source == "lab":
        raise InputError(
            "config.data.source=lab: its languages are made up, and no identifier knows them"
        )
    texts: dict[tuple[str, str], str] = {}
    for name in [language] if language else config.languages:
        texts.setdefault((source_of(config.data, name), text_language(name)), name)
    return [one for name in texts.values() for one in _sources(config.data, name)]


def _sources(data: DataConfig, language: str) -> Iterator[Source]:
    source = source_of(data, language)
    if source not in TFDS:
        for path in text_files(data, language):
            yield Source(language, str(path), read_lines(path))
        return
    load_tensorflow()  # It takes seconds, and text files do without.
    from tasks.streams import all_sentences

    yield Source(language, tfds_name(source, language), enumerate(all_sentences(data, language), 1))


def _language_of(path: Path) -> str:
    if not is_language(path.stem):
        raise InputError(f"{path}: its name is not a language; give --language")
    return path.stem
