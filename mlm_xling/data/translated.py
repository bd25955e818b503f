"""How much of a text has its translation in the text of another language, by the parallel file."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from mlm_xling.data.parallel import ParallelText, sentences_of
from mlm_xling.data.seen import in_training, training_hashes
from mlm_xling.data.text import sentence_hash

Sides = Mapping[int, list[int]]
"""The rows of a parallel file in which each of a language's sentences stands, by its hash."""


def sides(text: ParallelText, language: str) -> Sides:
    """Hashes the sentences of a language in a parallel file, its paraphrases among them."""
    rows: dict[int, list[int]] = defaultdict(list)
    for row, sentence in sentences_of(language, text):
        rows[sentence_hash(sentence)].append(row)
    return rows


def translated_shares(
    text: ParallelText, directory: Path, languages: Collection[str]
) -> dict[str, dict[str, float]]:
    """Measures the share of each language's training sentences that another one's translate.

    Args:
      directory: where the streams of the languages are, see `mlm_xling.data.manifest`.

    Returns:
      By language, and then by each other language: the share, as far as `text` knows translations.
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
