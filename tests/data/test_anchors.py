"""Anchor points, counted by hand."""

import numpy as np

from mlm_xling.data.anchors import AnchorRecord, count_anchors
from mlm_xling.vocabulary import END, SPECIALS


def counts(**tokens: int) -> np.ndarray:
    count = np.zeros(SPECIALS + 5, np.int64)
    count[END] = 100
    for name, number in tokens.items():
        count[SPECIALS + int(name[1:])] = number
    return count


def test_shared_types_and_running_tokens_without_specials() -> None:
    records = count_anchors({"en": counts(w0=6, w1=2, w2=2), "fr": counts(w2=1, w3=3)})
    assert records == {"en": AnchorRecord(3, 1, 0.2), "fr": AnchorRecord(2, 1, 0.25)}


def test_one_other_language_makes_an_anchor() -> None:
    records = count_anchors({"a": counts(w0=1), "b": counts(w0=1, w1=1), "c": counts(w1=2)})
    assert [record.shared_types for record in records.values()] == [1, 2, 1]


def test_a_language_alone_has_none() -> None:
    assert count_anchors({"en": counts(w0=1)}) == {"en": AnchorRecord(1, 0, 0.0)}
