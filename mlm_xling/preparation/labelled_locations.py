"""Locations of labelled data that would silently be those of another language."""

from collections.abc import Sequence

from mlm_xling.data.location import Location
from mlm_xling.errors import InputError
from mlm_xling.languages import primary_subtag, text_language
from tasks.formats.nli_tsv import names_languages


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
