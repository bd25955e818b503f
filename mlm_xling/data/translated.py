"""How much of a text has its translation in another language's text, by the parallel file."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from mlm_xling.data.parallel import ParallelText, sentences_of
from mlm_xling.data.seen import in_training, training_hashes
from mlm_xling.data.text import sentence_hash

Sides = Mapping[int, list[int]]
"""Rows of a parallel file that contain each of a language's sentences, by sentence hash."""


def sides(text: ParallelText, language: str) -> Sides:
    """Hashes the sentences of a language in a parallel file, including paraphrases."""
    rows: dict[int, list[int]] = defaultdict(list)
    for row, sentence in sentences_of(language, text):
        rows[sentence_hash(sentence)].append(row)
    return rows


def translated_shares(
    text: ParallelText, directory: Path, languages: Collection[str]
) -> dict[str, dict[str, float]]:
    """Returns the share of each language's training sentences that another's text translates.

    Args:
      directory: the prepared streams of the languages, see `mlm_xling.data.manifest`.

    Returns:
      The share by language, then by other language, for the translations that `text` contains.
    """
    known = {language: sides(text, language) for language in languages}
    rows = {language: _rows_present(known[language], directory, language) for language in known}
    return {
        language: {
            other: _share(known[language], rows[other], directory / language)
            for other in languages
            if other != language
        }
        for language in languages
    }


def _rows_present(known: Sides, directory: Path, language: str) -> set[int]:
    wanted = np.fromiter(known, np.uint64, len(known))
    present = wanted[in_training(wanted, directory, [language])]
    return {row for value in present.tolist() for row in known[value]}


def _share(known: Sides, rows: set[int], directory: Path) -> float:
    translated = [value for value, places in known.items() if not rows.isdisjoint(places)]
    wanted = np.array(translated, np.uint64)
    found = total = 0
    for hashes in training_hashes(directory):
        found += int(np.isin(hashes, wanted).sum())
        total += len(hashes)
    return found / max(total, 1)
