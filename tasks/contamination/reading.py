"""Reading texts line by line into counts and samples, in memory that does not grow with them."""

from collections.abc import Iterator, Sequence
from itertools import islice

from mlm_xling.open_progress import OpenProgress
from mlm_xling.vocabulary import Vocabulary
from tasks.contamination.audit import Audited
from tasks.contamination.counts import Counts, words_in
from tasks.contamination.identifier import Identifier, second_opinion
from tasks.contamination.lines import Kind, examine
from tasks.contamination.record import Record
from tasks.contamination.sample import Row, Sample, Stratum, to_audit
from tasks.contamination.sources import Source

_AT_ONCE = 1000
"""Lines that a vocabulary encodes in one go, and between reports of progress."""


def read_texts(
    sources: Sequence[Source],
    identify: Identifier,
    vocabulary: Vocabulary | None,
    audited: int,
    progress: OpenProgress,
) -> tuple[Record, list[Row]]:
    """Counts and samples lines, and asks the second identifier about the sample.

    Args:
      sources: those of one language are one text.
      vocabulary: counts subwords.
      audited: lines of each stratum to audit.
      progress: shows how many lines of a source were read.

    Returns:
      What was found, and the rows to audit.

    Raises:
      InputError: a file is missing or not UTF-8, or the identifier knows no such language.
    """
    texts: dict[str, Counts] = {}
    for language, name, _ in sources:
        own = identify.require(language, name)
        empty = Counts(language, own, [], vocabulary is not None)
        texts.setdefault(language, empty).files.append(name)
    sample = Sample()
    for source in sources:
        _read(source, texts[source.language], sample, identify, vocabulary, progress)
    strata = sample.strata()
    rows = to_audit(strata, {name: text.own for name, text in texts.items()}, audited)
    sampled = [row.cells() for row in rows]
    return Record(list(texts.values()), _agreed(strata), sampled), rows


def _read(
    source: Source,
    counts: Counts,
    sample: Sample,
    identify: Identifier,
    vocabulary: Vocabulary | None,
    progress: OpenProgress,
) -> None:
    progress.begin()
    for numbered in _batches((number, line.strip()) for number, line in source.lines):
        lines = [line for _, line in numbered]
        encoded = vocabulary.encode(lines, counts.language) if vocabulary else [None] * len(lines)
        for (number, line), ids in zip(numbered, encoded, strict=True):
            if not line:
                continue
            kind, asked = examine(line)
            found = identify(asked) if kind is Kind.TEXT else None
            words = words_in(line, found.language if found else counts.language)
            counts.add(kind, (1, words) if ids is None else (1, words, len(ids)), found)
            if vocabulary and ids:
                counts.unknown += list(ids).count(vocabulary.special.unknown)
            if found:
                sample.add(counts.language, found, source.name, number, line, asked)
        progress.done(source.name, numbered[-1][0], "lines")


def _batches(lines: Iterator[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    while batch := list(islice(lines, _AT_ONCE)):
        yield batch


def _agreed(strata: dict[Stratum, list[Row]]) -> Audited:
    return {
        stratum: (sum(second_opinion(row.asked) == stratum.flagged for row in rows), len(rows))
        for stratum, rows in strata.items()
    }
