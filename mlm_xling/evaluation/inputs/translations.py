"""Bilingual dictionaries of single words."""

from dataclasses import replace
from pathlib import Path

from mlm_xling.data.dictionaries import FILE_NAMES, file_of_pair, read_entries
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.division import Dictionary, Entries, Translations, divide
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import language_of, target_names
from mlm_xling.languages import named_pair, text_language

ASKED, ASKED_SINGLE = "lexicon.{}-{}.tsv", "lexicon_single.{}-{}.tsv"
"""Dictionaries of the words an evaluation looked up, and of those also looked up in embeddings of
single subwords: file names in its folder."""
GIVEN_WORDS = (
    "lexicon: pretraining was given translations (config.data.code_switching), maybe those of "
    "words that are looked up: do not compare with models that were given none"
)
MIN_COVERAGE = 0.5
"""Share of the requested words below which a dictionary causes a warning."""


def translations(inputs: Inputs) -> dict[str, Dictionary]:
    """Reads the dictionary of the source language with each target that has one, by target.

    Raises:
      InputError: no dictionary is specified, none suits the languages, or a file is damaged.
    """
    source, config = inputs.source, inputs.source.config
    first, place = config.languages[0], config.data.dictionary or config.data.text_dir
    if not place:
        raise InputError("config.data.dictionary: the lexicon needs word translations")
    targets = [name for name in target_names(source, inputs.target) if language_of(name) != first]
    if not targets:
        raise InputError(
            f"config.data.dictionary: the models know no second language beside {first!r}; "
            "name another model (--target_workdir, target=)"
        )
    if source.config.data.code_switching.probability:
        inputs.warn(GIVEN_WORDS)
    files = _files(Path(place).expanduser(), first, targets)
    for name in targets:
        if name not in files and _text_of(name) != text_language(first):
            inputs.warn(f"lexicon: no dictionary {first}-{name} in {place}; nothing is measured")
    return {name: _divided(inputs, name, path) for name, path in files.items()}


def _divided(inputs: Inputs, target: str, path: Path) -> Dictionary:
    config = inputs.source.config.evaluation.lexicon
    dictionary = divide(read_single_words(path), config)
    pair = inputs.source.config.languages[0], target
    test, single = (
        _asked_everywhere(dictionary.test, config.only, name.format(*pair))
        for name in (ASKED, ASKED_SINGLE)
    )
    dictionary = replace(dictionary, test=test, single=single)
    fitted, looked_up = len(dictionary.train), len(dictionary.test)
    inputs.say(f"{path.name}: {fitted:,} words fit the map, {looked_up:,} are looked up")
    requested = config.test_words / config.train_words * fitted
    if not config.only and looked_up < MIN_COVERAGE * requested:
        inputs.warn(
            f"{path.name}: only {looked_up:,} words are looked up, since all others are connected "
            "by shared translations or stems"
        )
    return dictionary


def read_single_words(path: Path) -> Entries:
    """Reads the single words of a dictionary, case-folded, as words are compared without case.

    Entries of several words are skipped, since nothing has a vector for them.

    Raises:
      InputError: as `mlm_xling.data.dictionaries.read_entries`, or there are no single words.
    """
    pairs: dict[str, dict[str, None]] = {}
    lemmas: dict[str, dict[str, None]] = {}
    for entry in read_entries(path):
        word, other = entry.source.casefold(), entry.target.casefold()
        if len(word.split()) > 1 or len(other.split()) > 1:
            continue
        pairs.setdefault(word, {})[other] = None
        if entry.lemma:
            lemmas.setdefault(word, {})[entry.lemma.casefold()] = None
    if not pairs:
        raise InputError(f"{path}: no pair of single words in it")
    return Entries(_tuples(pairs), _tuples(lemmas))


def _asked_everywhere(test: Translations, folders: tuple[str, ...], name: str) -> Translations:
    """Keeps the words, with the translations, that were looked up in all folders."""
    for folder in folders:
        path = Path(folder).expanduser() / name
        if not path.is_file():
            raise InputError(
                f"config.evaluation.lexicon.only={folder}: no {name}; "
                "run run_eval.py --evaluators=lexicon there first"
            )
        asked = read_single_words(path).pairs if path.stat().st_size else {}
        test = {
            word: kept
            for word, others in test.items()
            if (kept := tuple(other for other in others if other in asked.get(word, ())))
        }
    return test


def _files(place: Path, source: str, targets: list[str]) -> dict[str, Path]:
    """Returns each target's file; a single file is for the pair in its name."""
    if not place.is_dir():
        return dict.fromkeys(_served(place, source, targets), place)
    found = {name: file_of_pair(place, source, language_of(name)) for name in targets}
    files = {name: path for name, path in found.items() if path}
    if not files:
        pairs = [(text_language(source), _text_of(name)) for name in targets]
        wanted = ", ".join(FILE_NAMES[0].format(*pair) for pair in pairs)
        raise InputError(
            f"config.data.dictionary: no dictionary in {place}, which would be {wanted} (or .txt)"
        )
    return files


def _served(file: Path, source: str, targets: list[str]) -> list[str]:
    """Returns the targets of a single file: the one in its name, or the only one."""
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


def _tuples(found: dict[str, dict[str, None]]) -> dict[str, tuple[str, ...]]:
    return {word: tuple(others) for word, others in found.items()}
