"""What a person can look at: words, sentences and their neighbours, kept beside `results.jsonl`.

Evaluators that measure how near translations are keep some of them, at the layer that reports
choose. Of each evaluator, model and configuration there is one file in `examples/`, sealed.
`results.jsonl` alone says what was measured: examples of other results than those there are not
read.
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
    """Cosine similarity to what was looked up."""
    right: bool


@dataclass(frozen=True)
class Lookup:
    """A word or sentence of the source language, and what was found for it."""

    text: str
    answers: tuple[Candidate, ...]
    """Translations of the text."""
    found: tuple[Candidate, ...]
    """The nearest of the target language, nearest first."""


@dataclass(frozen=True)
class Plane:
    """Translation pairs in two dimensions: point i of both sides is of pair i."""

    mapped: bool
    """Whether the source was mapped first; without, it lies where the encoder puts it."""
    source: tuple[Point, ...]
    target: tuple[Point, ...]
    share: float
    """The part of the pairs' variance that two dimensions hold."""


@dataclass(frozen=True)
class Examples:
    """What was looked at when a result was measured."""

    result: Result
    chosen: tuple[Lookup, ...] = ()
    """Chosen by a rule that does not know what was found."""
    mistakes: tuple[Lookup, ...] = ()
    """Lookups that failed and whose nearest is wrong, the nearest of these first."""
    pairs: tuple[tuple[str, str], ...] = ()
    planes: tuple[Plane, ...] = ()
    """All of the same `pairs`."""


def write_examples(folder: Path, examples: Sequence[Examples]) -> None:
    """Writes the examples of an evaluator into `examples/` of a folder of results.

    They replace those of the same evaluator, model and configuration.

    Raises:
      InputError: they cannot be written.
    """
    write_sealed(folder / FOLDER, examples, _packed)


def read_examples(folder: Path, results: Sequence[Result]) -> list[Examples]:
    """Reads the examples of results, in the order of these; not all results have any.

    Raises:
      InputError: a file is altered.
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
