"""Anchor points: the ids that the texts of several languages have in common."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from mlm_xling.vocabulary import SPECIALS


@dataclass(frozen=True)
class AnchorRecord:
    """What a language's training text shares with the others; specials do not count."""

    types: int
    """Different ids in the text."""
    shared_types: int
    """Different ids that the text of another language has, too."""
    shared_tokens: float
    """Fraction of the running tokens with such an id."""


def count_anchors(counts: Mapping[str, Int[np.ndarray, " id"]]) -> dict[str, AnchorRecord]:
    """Compares how often each id of the vocabulary occurs in the text of each language."""
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
