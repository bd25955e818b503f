"""Locations of labelled data: full names of the defaults, and those that are silently wrong."""

from collections.abc import Sequence

from mlm_xling.config import Config, TasksConfig
from mlm_xling.data.location import TFDS, Location
from mlm_xling.errors import InputError
from mlm_xling.languages import primary_subtag, text_language
from mlm_xling.preparation.lab import LABELLED
from tasks.formats.nli_tsv import names_languages

LAB = "lab:"
_SPLITS = ("train", "dev", "test")
_VERSIONS = {
    "multi_nli": "1.1.0",
    "xnli": "1.1.0",
    "wikiann": "1.0.0",
    "conll2003": "1.0.0",
    "universal_dependencies": "1.0.1",
}


def with_version(place: str) -> str:
    """Returns a location in TFDS with the version that is used of its builder, if one is pinned."""
    name = place.removeprefix(TFDS)
    version = _VERSIONS.get(name.partition("/")[0])
    return f"{place}:{version}" if version and ":" not in name else place


def require_own_data(kind: str, places: Sequence[Location], given: str) -> None:
    """Rejects data that would be the test data of several languages.

    Languages of the same text (`en2`, `en:shift`) share theirs. Data of pairs may itself tell the
    languages of its lines: XNLI of TFDS, and files with such a column.

    Args:
      kind: the kind of data, of `tasks.labelled.KINDS`.
      given: the location as the user wrote it, for messages.

    Raises:
      InputError: it would be.
    """
    of_place: dict[str, list[Location]] = {}
    for place in places:
        if place.split == "test":
            of_place.setdefault(place.place, []).append(place)
    for first, *others in of_place.values():
        texts = {_text(place) for place in (first, *others)}
        if len(texts) > 1 and not (kind == "pairs" and _tells_languages(first)):
            column = " or give it a column `language`," if kind == "pairs" else ""
            languages = ", ".join(place.language for place in (first, *others))
            raise InputError(
                f"{first.field}={given}: the same data for {languages}; write {{language}} in its "
                f"name,{column} or name one language by config.evaluation.finetuning.targets"
            )


def _text(place: Location) -> str:
    name = primary_subtag if place.path is None else text_language
    return name(place.language).lower()


def _tells_languages(place: Location) -> bool:
    return place.path is None or names_languages(place.path)


def require_all_given(config: Config, task: str, kind: str) -> None:
    """Rejects a task with files of the user for some splits and the default for another.

    Settings would be selected, or figures measured, on data of another kind than the user's. A
    default that is wanted is written out in full.

    Args:
      task: the section of `config.evaluation` with the locations.
      kind: the kind of data, of `tasks.labelled.KINDS`.

    Raises:
      InputError: it is one.
    """
    places = vars(getattr(config.evaluation, task))
    own = [split for split in _SPLITS if not places[split].startswith((TFDS, LAB))]
    for split in _SPLITS if own else ():
        place = places[split]
        if place in (LAB, getattr(getattr(TasksConfig(), task), split)):
            full = f"{LAB}{LABELLED[kind]}" if place == LAB else with_version(place)
            field = f"config.evaluation.{task}"
            raise InputError(
                f"{field}.{split}: not given, while {field}.{own[0]} is a file; give one, or the "
                f"default, {full.replace('{split}', split)}"
            )
