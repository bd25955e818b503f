"""Bilingual dictionaries: files of word pairs, divided by source word."""

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from mlm_xling.config import LexiconConfig
from mlm_xling.data.dictionaries import FILE_NAMES, file_of_pair
from mlm_xling.data.text import decoded
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import language_of, target_names
from mlm_xling.languages import named_pair, text_language

Translations = dict[str, tuple[str, ...]]
"""Source word -> all its translations."""


@dataclass(frozen=True)
class Dictionary:
    """Two disjoint sets of source words; every translation of a word is right."""

    train: Translations
    test: Translations


def translations(inputs: Inputs) -> dict[str, Dictionary]:
    """Reads the dictionary of the source language and each target that has one, by target.

    Raises:
      InputError: no dictionary is named or none fits the languages, or a file is damaged.
    """
    source, config = inputs.source, inputs.source.config
    first, place = config.languages[0], config.data.dictionary or config.data.text_dir
    if not place:
        raise InputError("config.data.dictionary: the lexicon needs word translations")
    targets = [name for name in target_names(source, inputs.target) if language_of(name) != first]
    if not targets:
        raise InputError(
            f"config.data.dictionary: the models know no second language beside {first!r}; "
            "name another model by --target_workdir"
        )
    files = _files(Path(place).expanduser(), first, targets)
    return {
        name: divide(read_dictionary(path), config.evaluation.lexicon)
        for name, path in files.items()
    }


def read_dictionary(path: Path) -> Translations:
    """Reads `word word` (MUSE) or `word<TAB>word[<TAB>weight[<TAB>lemma]]`, in lower case.

    Blank lines are passed over, and so are entries of several words: nothing has a vector for
    them. Words are compared without regard to case.

    Raises:
      InputError: no such file, not UTF-8, a line that is not a pair, or no pair of single words.
    """
    found: dict[str, dict[str, None]] = {}
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                pair = _pair(decoded(line, path, number), f"{path}:{number}")
                if pair:
                    found.setdefault(pair[0], {})[pair[1]] = None
    except OSError as error:
        raise InputError(f"config.data.dictionary={path}: {error.strerror}") from None
    if not found:
        raise InputError(f"{path}: no pair of single words in it")
    return {word: tuple(others) for word, others in found.items()}


def divide(pairs: Translations, config: LexiconConfig) -> Dictionary:
    """Divides the source words at random (by a hash, so always the same).

    There are `train_words` and `test_words`, or, if the dictionary has fewer, all of its words in
    that ratio. The most frequent words, which a file names first, are preferred.
    """
    asked = config.train_words + config.test_words
    words = list(pairs)[:asked]
    test_words = round(len(words) * config.test_words / asked)
    order = sorted(words, key=lambda word: blake2b(word.encode()).digest())
    test, train = order[:test_words], order[test_words:]
    return Dictionary(
        train={word: pairs[word] for word in train},
        test={word: pairs[word] for word in test},
    )


def _files(place: Path, source: str, targets: list[str]) -> dict[str, Path]:
    """A folder has a file for each target; a single file is for the pair in its name."""
    if not place.is_dir():
        return dict.fromkeys(_served(place, source, targets), place)
    found = {name: file_of_pair(place, source, language_of(name)) for name in targets}
    files = {name: path for name, path in found.items() if path}
    if not files:
        pairs = [(text_language(source), _text_of(name)) for name in targets]
        wanted = ", ".join(FILE_NAMES[0].format(*pair) for pair in pairs)
        raise InputError(f"config.data.dictionary={place}: has none of {wanted}")
    return files


def _served(file: Path, source: str, targets: list[str]) -> list[str]:
    """The targets that a single file is for: that in its name, or the only one."""
    source = text_language(source)
    languages = source, *map(_text_of, targets)
    named = named_pair(file.name, languages)
    for language in named or ():
        if language not in languages:
            raise InputError(
                f"config.data.dictionary={file}: the models know no {language!r}, only "
                f"{', '.join(dict.fromkeys(languages))}"
            )
    served = [name for name in targets if named in (None, (source, _text_of(name)))]
    if not served or (named is None and len(served) > 1):
        raise InputError(
            f"config.data.dictionary={file}: give a file {source}-<language>.txt, "
            "or a folder of such"
        )
    return served


def _text_of(name: str) -> str:
    return text_language(language_of(name))


def _pair(line: str, where: str) -> tuple[str, str] | None:
    if not line.strip():
        return None
    # A third cell is the translation's weight, which code-switching uses, a fourth the lemma.
    cells = line.split("\t")[:2] if line.count("\t") in (1, 2, 3) else line.split()
    words = [cell.strip().casefold() for cell in cells]
    if len(words) != 2 or not all(words):
        raise InputError(f"{where}: not two words with a tab or a space between them")
    if any(len(word.split()) > 1 for word in words):
        return None
    return words[0], words[1]
