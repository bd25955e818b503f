"""Anchor points: ids that the texts of several languages have in common."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from mlm_xling.vocabulary import SPECIALS


@dataclass(frozen=True)
class AnchorRecord:
    """What a language's training text shares with the others; specials do not count."""

    types: int
    """Number of distinct ids in the text."""
    shared_types: int
    """Number of distinct ids that also occur in the text of another language."""
    shared_tokens: float
    """Fraction of the running tokens with such an id."""


def count_anchors(counts: Mapping[str, Int[np.ndarray, " id"]]) -> dict[str, AnchorRecord]:
    """Compares the counts of each vocabulary id across the languages' texts."""
    texts = {
        language: np.where(np.arange(len(n)) < SPECIALS, 0, n) for language, n in counts.items()
    }
    languages_with = sum((count > 0).astype(int) for count in texts.values())
    records = {}
    for language, count in texts.items():
        shared = (count > 0) & (languages_with > 1)
        records[language] = AnchorRecord(
            types=int((count > 0).sum()),
            shared_types=int(shared.sum()),
            shared_tokens=float(count[shared].sum() / max(count.sum(), 1)),
        )
    return records
