"""Sentence pairs for training (`data.pairs`): selection of rows, and their shards."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from jaxtyping import Int32

from mlm_xling.config import Config
from mlm_xling.data.evaluated import Evaluated, evaluated
from mlm_xling.data.pairs import PairsRecord
from mlm_xling.data.parallel import ParallelText, column_of
from mlm_xling.data.seen import hashes_file
from mlm_xling.data.text import sentence_hash
from mlm_xling.errors import InputError
from mlm_xling.preparation.shards import ShardWriter
from mlm_xling.vocabulary import END, PAD, Vocabulary
from mlm_xling.word_order import reordered


@dataclass(frozen=True)
class Pairs:
    """Parallel sentences of two languages, row by row."""

    languages: tuple[str, str]
    rows: list[list[str]]
    held_out: int
    """Number of rows skipped, see `PairsRecord`."""


def choose_pairs(config: Config, text: ParallelText | None) -> list[Pairs]:
    """Selects `data.pairs` rows, in the order of `evaluation_rows`, for each two languages.

    Rows that evaluation measures or fits on come first and are skipped, and so are any other rows
    with a side that would be left out of the text.

    Args:
      text: `configured_parallel(config)`.

    Raises:
      InputError: two languages have too few such rows, or no two have a column.
    """
    if not config.data.pairs or text is None:
        return []
    named = [name for name in sorted(config.languages) if column_of(name, text.header)]
    if len(named) < 2:
        raise InputError(
            f"config.data.pairs={config.data.pairs}: {text.name} has no columns of two of "
            f"config.languages={','.join(config.languages)}; there are {', '.join(text.header)}"
        )
    used = evaluated(config, text)
    return [_choose(config, text, languages, used) for languages in combinations(named, 2)]


def _choose(
    config: Config, text: ParallelText, languages: tuple[str, str], used: Mapping[str, Evaluated]
) -> Pairs:
    wanted, first = config.data.pairs, config.evaluation.pairs + config.evaluation.fit_pairs
    places = [text.header.index(str(column_of(name, text.header))) for name in languages]
    rows: list[list[str]] = []
    held_out = 0
    for row in text.chosen[first:]:
        pair = [row[place] for place in places]
        if any(line in used[name] for name, line in zip(languages, pair, strict=True)):
            held_out += 1
        else:
            rows.append(pair)
        if len(rows) == wanted:
            return Pairs(languages, rows, held_out)
    raise InputError(
        f"config.data.pairs={wanted}: {text.name} has {len(rows):,} pairs of "
        f"{' and '.join(languages)} to train on; evaluation uses the others, or what differs from "
        "them by a word; ask for fewer, or give more"
    )


def write_pairs(
    config: Config, chosen: list[Pairs], vocabulary: Vocabulary, directory: Path
) -> list[PairsRecord]:
    """Writes the shards of pairs, whose sentences then count as seen in training.

    Args:
      directory: the prepared streams of the languages, see `mlm_xling.data.manifest`.
    """
    return [_write(pairs, vocabulary, config.training.length // 2, directory) for pairs in chosen]


def _write(pairs: Pairs, vocabulary: Vocabulary, room: int, directory: Path) -> PairsRecord:
    sides = dict(zip(pairs.languages, map(list, zip(*pairs.rows, strict=True)), strict=True))
    ids = [_encoded(lines, vocabulary, name) for name, lines in sides.items()]
    lengths = [len(sentence) for side in ids for sentence in side]
    record = PairsRecord(
        pairs.languages,
        pairs=len(pairs.rows),
        tokens=sum(min(length, room) for length in lengths),
        cut=sum(length > room for length in lengths),
        held_out=pairs.held_out,
    )
    (directory / record.folder).mkdir()
    writer = ShardWriter(directory / record.folder / "pairs", vocabulary.size)
    writer.write(np.concatenate([_filled(side, room) for side in ids], axis=1))
    writer.close()
    for name, lines in sides.items():
        with (directory / name / hashes_file("train")).open("ab") as hashes:
            hashes.write(np.array(list(map(sentence_hash, lines)), "<u8").tobytes())
    return record


def _encoded(lines: list[str], vocabulary: Vocabulary, language: str) -> list[list[int]]:
    """Returns each sentence as ids between `</s>`."""
    read = [reordered(line, language) for line in lines]
    return [[END, *ids, END] for ids in vocabulary.encode(read, language)]


def _filled(side: list[list[int]], room: int) -> Int32[np.ndarray, "pair token"]:
    """Pads sentences; truncates those that are too long, keeping the final `</s>`."""
    filled = np.full((len(side), room), PAD, np.int32)
    for row, ids in zip(filled, side, strict=True):
        row[: len(ids)] = ids if len(ids) <= room else [*ids[: room - 1], END]
    return filled
