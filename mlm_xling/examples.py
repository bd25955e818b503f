"""Examples for readers: words, sentences and their neighbours, stored beside `results.jsonl`.

Evaluators of translations' proximity store some of them, at the layer that reports choose. There is
one sealed file in `examples/` per evaluator, model and configuration. `results.jsonl` determines
what was measured: examples of results not in it are ignored.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlm_xling.results import Result
from mlm_xling.sealed_results import read_sealed, write_sealed

FOLDER = "examples"
Point = tuple[float, float]


@dataclass(frozen=True)
class Candidate:
    """A word or sentence of the target language."""

    text: str
    cosine: float
    """Cosine similarity to the query."""
    right: bool


@dataclass(frozen=True)
class Lookup:
    """A word or sentence of the source language, and what was found for it."""

    text: str
    answers: tuple[Candidate, ...]
    """Translations of the query."""
    found: tuple[Candidate, ...]
    """The nearest neighbours in the target language, nearest first."""


@dataclass(frozen=True)
class Plane:
    """Translation pairs in two dimensions: point i of both sides belongs to pair i."""

    mapped: bool
    """Whether the source was mapped first, instead of in the encoder's space."""
    source: tuple[Point, ...]
    target: tuple[Point, ...]
    share: float
    """Fraction of the pairs' variance explained by the two dimensions."""


@dataclass(frozen=True)
class Examples:
    """Examples of what was looked up when a result was measured."""

    result: Result
    chosen: tuple[Lookup, ...] = ()
    """Selected by a rule that does not depend on what was found."""
    mistakes: tuple[Lookup, ...] = ()
    """Failed look-ups whose nearest neighbour is wrong, the nearest first."""
    pairs: tuple[tuple[str, str], ...] = ()
    planes: tuple[Plane, ...] = ()
    """Planes of the same `pairs`."""


def write_examples(folder: Path, examples: Sequence[Examples]) -> None:
    """Writes the examples of an evaluator into `examples/` of a results folder.

    They replace those of the same evaluator, model and configuration.

    Raises:
      InputError: they cannot be written.
    """
    write_sealed(folder / FOLDER, examples, _packed)


def read_examples(folder: Path, results: Sequence[Result]) -> list[Examples]:
    """Reads the examples of results, in the same order; not all results have any.

    Raises:
      InputError: a file has been altered.
    """
    found: dict[Result, Examples] = {}
    for values in read_sealed(folder / FOLDER, results):
        for one in map(_examples, values["examples"]):
            found[one.result] = one
    return [found[result] for result in results if result in found]


def _packed(examples: Sequence[Examples]) -> Mapping[str, Any]:
    return {"examples": [dataclasses.asdict(one) for one in examples]}


def _examples(record: Mapping[str, Any]) -> Examples:
    return Examples(
        result=Result(**record["result"]),
        chosen=_lookups(record["chosen"]),
        mistakes=_lookups(record["mistakes"]),
        pairs=tuple((source, target) for source, target in record["pairs"]),
        planes=tuple(
            Plane(one["mapped"], _points(one["source"]), _points(one["target"]), one["share"])
            for one in record["planes"]
        ),
    )


def _lookups(records: Iterable[Mapping[str, Any]]) -> tuple[Lookup, ...]:
    return tuple(
        Lookup(one["text"], _candidates(one["answers"]), _candidates(one["found"]))
        for one in records
    )


def _candidates(records: Iterable[Mapping[str, Any]]) -> tuple[Candidate, ...]:
    return tuple(Candidate(**record) for record in records)


def _points(rows: Iterable[Sequence[float]]) -> tuple[Point, ...]:
    return tuple((x, y) for x, y in rows)
