"""Per-item contributions to results, stored beside `results.jsonl` for statistics over items.

A result is one number; whether two results differ, or how much they depend on the test items, can
only be computed from the items. There is one sealed file per evaluator, model and configuration.
`results.jsonl` determines what was measured: outcomes of results not in it are ignored.
"""

import base64
import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from mlm_xling.results import Result
from mlm_xling.sealed_results import read_sealed, write_sealed

FOLDER = "outcomes"
Counts = Float64[np.ndarray, "part item"]
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Outcome:
    """A result by item: its value is the mean over parts of sum(numerator) / sum(denominator).

    Accuracy is hits over ones, LAS attached over words, F1 twice the hits over the spans of both
    sides. Parts are what a result averages, such as the best settings of a grid.
    """

    result: Result
    items: tuple[str, ...]
    """Unique digests of the test items; equal digests are the same item in any run."""
    numerator: Counts
    denominator: Counts
    clusters: tuple[str, ...] = ()
    """Digests of what items depend on, such as a dictionary's component: those with the same one
    are resampled together. Empty if each item is independent of the others."""

    @property
    def value(self) -> float:
        """The value of the result, computed from its items."""
        return share(self.numerator, self.denominator)


def share(numerator: Counts, denominator: Counts) -> float:
    """Returns the mean over parts of the ratio of sums; 0 if there is nothing to count."""
    below = denominator.sum(axis=-1)
    return float(np.mean(numerator.sum(axis=-1) / np.where(below == 0, 1, below)))


def item_digests(items: Iterable[str]) -> tuple[str, ...]:
    """Returns 48-bit digests of items; repeated items get different digests."""
    seen: Counter[str] = Counter()
    names = []
    for item in items:
        seen[item] += 1
        names.append(f"{seen[item]} {item}")
    return cluster_digests(names)


def cluster_digests(clusters: Iterable[str]) -> tuple[str, ...]:
    """Returns 48-bit digests of clusters, equal ones for the same cluster."""
    return tuple(hashlib.blake2b(name.encode(), digest_size=6).hexdigest() for name in clusters)


def write_outcomes(folder: Path, outcomes: Sequence[Outcome]) -> None:
    """Writes the outcomes of an evaluator into `outcomes/` of a results folder.

    They replace those of the same evaluator, model and configuration.

    Raises:
      InputError: they cannot be written.
    """
    write_sealed(folder / FOLDER, outcomes, _packed)


def read_outcomes(folder: Path, results: Sequence[Result]) -> dict[tuple, Outcome]:
    """Reads the outcomes of results, by `identity`; not all results have any.

    Raises:
      InputError: a file has been altered.
    """
    wanted = {result.identity: result for result in results}
    found = {}
    for values in read_sealed(folder / FOLDER, results):
        lists = {digest: tuple(_each(packed)) for digest, packed in values["items"].items()}
        for record in values["outcomes"]:
            result = wanted.get(tuple(record["identity"]))
            if result is not None and abs(result.value - record["value"]) < _ROUNDING:
                own, clusters = lists[record["items"]], lists.get(record.get("clusters"), ())
                counts = [
                    _unpacked(record[side], len(own)) for side in ("numerator", "denominator")
                ]
                found[result.identity] = Outcome(result, own, *counts, clusters=clusters)
    return found


def _packed(outcomes: Sequence[Outcome]) -> Mapping[str, Any]:
    """Stores each list of items or clusters once, as most outcomes share theirs."""
    lists = {
        _digest(names): names
        for outcome in outcomes
        for names in (outcome.items, *([outcome.clusters] if outcome.clusters else []))
    }
    return {
        "items": {digest: "".join(names) for digest, names in lists.items()},
        "outcomes": [
            {
                "identity": outcome.result.identity,
                "value": outcome.value,
                "items": _digest(outcome.items),
                **({"clusters": _digest(outcome.clusters)} if outcome.clusters else {}),
                "numerator": _packed_counts(outcome.numerator),
                "denominator": _packed_counts(outcome.denominator),
            }
            for outcome in outcomes
        ],
    }


def _digest(items: Sequence[str]) -> str:
    return hashlib.blake2b("".join(items).encode(), digest_size=8).hexdigest()


_DIGITS = 12


def _each(packed: str) -> Iterable[str]:
    return (packed[i : i + _DIGITS] for i in range(0, len(packed), _DIGITS))


def _packed_counts(counts: Counts) -> list[str]:
    """Compresses counts into one string per part, in two bytes an item or, if it needs them, four.

    Their number is not stored, as that of the items is known.
    """
    whole = counts.astype("<u2" if counts.max(initial=0) < 1 << 16 else "<u4")
    assert (whole == counts).all(), "an item counts whole numbers"
    return [base64.b64encode(zlib.compress(part.tobytes())).decode() for part in whole]


def _unpacked(parts: Sequence[str], items: int) -> Counts:
    packed = [zlib.decompress(base64.b64decode(part)) for part in parts]
    rows = [np.frombuffer(row, f"<u{len(row) // items if items else 2}") for row in packed]
    return np.array(rows, np.float64)
