"""Tables of URIEL's distances between languages, for `config.evaluation.distances`.

    pip install -r requirements-uriel.txt
    python -m tasks.uriel --languages=en,fr,ru,zh,de --output=distances

writes `genetic.tsv`, `geographic.tsv`, `syntactic.tsv`, `inventory.tsv`, `phonological.tsv` and
`featural.tsv`. Languages that URIEL+ does not know are named and left out, and from a single table
those of which it knows nothing of that kind. Its data is licensed CC BY-SA 4.0: who passes the
tables on must say so.
"""

import contextlib
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import langcodes
import numpy as np
from jaxtyping import Float64
from langcodes.data_dicts import NORMALIZED_MACROLANGUAGES
from langcodes.tag_parser import LanguageTagError

from mlm_xling.command_line import OneLineParser, tell
from mlm_xling.errors import InputError
from mlm_xling.languages import is_language, text_language

KINDS = ("genetic", "geographic", "syntactic", "inventory", "phonological", "featural")
Vector = Float64[np.ndarray, " feature"]
_SINGLE = {macro: single for single, macro in NORMALIZED_MACROLANGUAGES.items()}
"""What is meant by the name of several languages: Mandarin of `zh`, Persian of Iran of `fa`."""


def code(language: str) -> str:
    """Gives the code of ISO 639-3 that URIEL goes by: `eng` of `en`, `cmn` of `zh-Hant`."""
    tag = langcodes.Language.get(text_language(language)).language or ""
    return _SINGLE.get(tag) or langcodes.Language.get(tag).to_alpha3()


def angular_distance(x: Vector, y: Vector) -> float | None:
    """Measures the angle between two languages' features in right angles, as URIEL+ does.

    Args:
      x: -1 where a feature is unknown.

    Returns:
      None where no feature is known of both.
    """
    known = (x != -1) & (y != -1)
    if not known.any():
        return None
    x, y = (np.ones(known.sum()) if not side[known].any() else side[known] for side in (x, y))
    cosine = x @ y / (np.linalg.norm(x) * np.linalg.norm(y))
    return float(2 * np.arccos(np.clip(cosine, -1, 1)) / np.pi)


def table(vectors: Mapping[str, Vector]) -> tuple[str, list[str]]:
    """Makes the text of a table, and lists the languages that have no distance to most others.

    A language goes if some distance to the others is unknown, the one that lacks most first.
    """
    names, left_out = list(vectors), []
    while True:
        found = [[angular_distance(vectors[a], vectors[b]) for b in names] for a in names]
        lacking = [row.count(None) for row in found]
        if not any(lacking):
            break
        left_out.append(names.pop(int(np.argmax(lacking))))
    lines = ["\t".join(["", *names])]
    for number, (name, row) in enumerate(zip(names, found, strict=True)):
        cells = [0.0 if place == number else value for place, value in enumerate(row)]
        lines.append("\t".join([name, *(f"{value:.4f}" for value in cells)]))
    return "\n".join(lines) + "\n", left_out


def main(arguments: Sequence[str]) -> int:
    """Writes a table for each kind of distance; the exit status is 0, or 2 for bad input."""
    parser = OneLineParser(prog="tasks.uriel", description="Writes tables of URIEL's distances.")
    parser.add_argument("--languages", required=True, help="such as en,fr,ru")
    parser.add_argument("--output", type=Path, required=True, help="a folder")
    asked = parser.parse_args(arguments)
    try:
        _write_tables(asked.languages.split(","), asked.output)
    except InputError as error:
        return tell(str(error), 2)
    return 0


def _write_tables(languages: Sequence[str], output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--output={output}: {(error.strerror or '').lower()}") from None
    try:
        from urielplus.urielplus import URIELPlus  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise InputError(
            "urielplus is not installed: `pip install -r requirements-uriel.txt`"
        ) from None
    uriel = URIELPlus()
    known = _known(languages, uriel.langs[0])
    unknown = ", ".join(language for language in languages if language not in known)
    if len(known) < 2:
        reason = f", and URIEL+ does not know {unknown}" if unknown else ""
        raise InputError(f"--languages={','.join(languages)}: a distance takes two{reason}")
    if unknown:
        print(f"URIEL+ does not know {unknown}", file=sys.stderr)
    for kind in KINDS:
        of_code = uriel.get_vector(kind, list(dict.fromkeys(known.values())))
        vectors = {language: np.array(of_code[name], float) for language, name in known.items()}
        text, left_out = table(vectors)
        (output / f"{kind}.tsv").write_text(text)
        if left_out:
            print(f"{kind}: nothing known of {', '.join(left_out)}", file=sys.stderr)


def _known(languages: Sequence[str], codes: Collection[str]) -> dict[str, str]:
    """Returns the code of each language that has one of `codes`; those of the lab have none."""
    known = {}
    for language in filter(is_language, languages):
        with contextlib.suppress(LanguageTagError):
            if (name := code(language)) in codes:
                known[language] = name
    return known


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
