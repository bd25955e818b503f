"""Tables of URIEL's distances between languages, for `config.evaluation.distances`.

    pip install -r requirements-uriel.txt
    python -m tasks.uriel --languages=en,fr,ru,zh,de --output=distances

writes `genetic.tsv`, `geographic.tsv`, `syntactic.tsv`, `inventory.tsv`, `phonological.tsv` and
`featural.tsv`. Languages of which URIEL+ knows nothing of a kind are named and left out of its
table. Its data is licensed CC BY-SA 4.0: who passes the tables on must say so.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import langcodes
import numpy as np
from jaxtyping import Float64
from langcodes.data_dicts import NORMALIZED_MACROLANGUAGES
from langcodes.tag_parser import LanguageTagError

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


def main(arguments: Sequence[str]) -> None:
    """Writes a table for each kind of distance."""
    parser = argparse.ArgumentParser(description="Writes tables of URIEL's distances.")
    parser.add_argument("--languages", required=True)
    parser.add_argument("--output", type=Path, required=True)
    asked = parser.parse_args(arguments)
    languages = asked.languages.split(",")
    if odd := [language for language in languages if not is_language(language)]:
        parser.error(f"--languages: {odd[0]!r} is not a language")
    try:
        codes = {language: code(language) for language in languages}
    except LanguageTagError as error:  # One of the lab's, say.
        parser.error(f"--languages: {error}")
    try:
        asked.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--output={asked.output}: {error.strerror}")
    try:
        from urielplus.urielplus import URIELPlus  # pyright: ignore[reportMissingImports]
    except ImportError:
        parser.error("urielplus is not installed: `pip install -r requirements-uriel.txt`")
    uriel = URIELPlus()
    known = {language: name for language, name in codes.items() if name in uriel.langs[0]}
    if unknown := [language for language in codes if language not in known]:
        print(f"URIEL+ does not know {', '.join(unknown)}", file=sys.stderr)
    for kind in KINDS:
        of_code = uriel.get_vector(kind, list(dict.fromkeys(known.values())))
        vectors = {language: np.array(of_code[name], float) for language, name in known.items()}
        text, left_out = table(vectors)
        (asked.output / f"{kind}.tsv").write_text(text)
        if left_out:
            print(f"{kind}: nothing known of {', '.join(left_out)}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
