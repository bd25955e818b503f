"""Parallel sentences, and the rows of them that are reserved for evaluation."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import compress
from pathlib import Path
from typing import Any

from mlm_xling.config import Config
from mlm_xling.data.text import cells_of, normal, read_lines, sentence_hash
from mlm_xling.errors import InputError, require_texts
from mlm_xling.languages import is_language, spelling, text_language, underived

Columns = dict[str, list[str]]
"""Sentences by language; row i has the same meaning in every language."""
Sentences = Mapping[str, Sequence[str]]
"""The same, as passed by users."""
HOLD_OUT = tuple(
    f"evaluation.{name}" for name in ("pairs", "fit_pairs", "contextual.pairs", "contextual.bitext")
)
"""The fields that determine which sentences are `reserved`."""
ALIGNED_FOR_ONE_TESTED = 10
"""One in so many word-aligned rows tests the map; the others fit it."""
_PARAPHRASES = "'"


@dataclass(frozen=True)
class ParallelText:
    """Parallel sentences, one language per column."""

    name: str
    """Name for messages: a path."""
    header: list[str]
    """The language of each column, or what else it holds."""
    rows: list[tuple[str, ...]]

    @cached_property
    def chosen(self) -> list[tuple[str, ...]]:
        """The rows that evaluation can use, in hash order, see `evaluation_rows`."""
        unusable = set().union(*self.unusable.values())
        usable = [row for number, row in enumerate(self.rows) if number not in unusable]
        return sorted(usable, key=lambda row: blake2b("\t".join(row).encode()).digest())

    @cached_property
    def unusable(self) -> dict[str, set[int]]:
        """Indices of the rows whose sentence is empty or that of another row, by language.

        Columns that no language names, such as domains or identifiers, are no sentences.
        """
        found = {}
        for place, name in enumerate(self.header):
            if _names_language(name.removesuffix(_PARAPHRASES)):
                counts = Counter(row[place] for row in self.rows)
                cells = ((number, row[place]) for number, row in enumerate(self.rows))
                found[name] = {number for number, cell in cells if not cell or counts[cell] > 1}
        return found

    @property
    def fingerprint(self) -> str:
        """Digest of languages and sentences, in order."""
        lines = "\n".join("\t".join(row) for row in (self.header, *self.rows))
        return blake2b(lines.encode(), digest_size=6).hexdigest()


def in_memory(columns: Any) -> ParallelText:
    """Builds parallel text from `Sentences`.

    Raises:
      InputError: they are not `Sentences`, or languages have different numbers of sentences.
    """
    if not isinstance(columns, Mapping):
        raise InputError(
            f"parallel: is a {type(columns).__name__}; it must be a file, or lists of sentences by "
            'language, like {"en": [...], "fr": [...]} or a table\'s to_dict("list")'
        )
    _require_languages(list(columns), "parallel")
    for language, sentences in columns.items():
        require_texts(sentences, f"parallel[{language!r}]")
    lengths = {language: len(sentences) for language, sentences in columns.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"parallel sentences: unequal numbers of them, {lengths}")
    stripped = ([normal(sentence).strip() for sentence in column] for column in columns.values())
    return ParallelText("parallel sentences", list(columns), list(zip(*stripped, strict=True)))


def evaluation_rows(text: ParallelText, pairs: int, fit_pairs: int) -> tuple[Columns, Columns]:
    """Selects the rows that evaluation measures on, and others that it fits on.

    Rows are ordered by a hash of the whole line. Rows with an empty sentence, or with one that
    another row shares, cannot be scored and are skipped. Both take the columns of all languages of
    the file into account, so the selection does not depend on the languages requested.

    Returns:
      `pairs` rows to measure on and `fit_pairs` more to fit on, with all columns of the file.

    Raises:
      InputError: there are not enough such rows.
    """
    header, rows = text.header, text.chosen
    if len(rows) < pairs + fit_pairs:
        raise InputError(
            f"{text.name}: {len(rows)} pairs are complete and unique, but config.evaluation.pairs "
            f"+ fit_pairs ask for {pairs + fit_pairs}{_costliest(text)}"
        )
    return _columns(header, rows[:pairs]), _columns(header, rows[pairs : pairs + fit_pairs])


def all_rows(text: ParallelText, limit: int) -> Columns:
    """Returns at most `limit` of the rows of `evaluation_rows`."""
    return _columns(text.header, text.chosen[:limit])


def rows_to_align(text: ParallelText, pairs: int, limit: int) -> tuple[Columns, list[bool]]:
    """Returns at most `limit` rows beyond the `pairs` that evaluation measures on.

    Returns:
      The rows, with all columns of the file, and which of them test a map; the others fit it.
    """
    rows = text.chosen[pairs : pairs + limit]
    tested = [number % ALIGNED_FOR_ONE_TESTED == 0 for number in range(len(rows))]
    return _columns(text.header, rows), tested


def reserved_hashes(
    text: ParallelText, languages: Sequence[str], pairs: int, fit_pairs: int, aligned: int = 0
) -> dict[str, frozenset[int]]:
    """Returns hashes (`sentence_hash`) of the sentences that evaluators measure on, by language.

    These are the sentences of `evaluation_rows` and the test rows of `rows_to_align`.

    A language without a column has none; paraphrases (`paraphrase_of`) are included.

    Raises:
      InputError: as `evaluation_rows`, or no language has a column.
    """
    if not any(column_of(language, text.header) for language in languages):
        raise InputError(
            f"{text.name}:1: no column {languages[0]!r}; there are {', '.join(text.header)}"
        )
    columns, tested = rows_to_align(text, pairs, aligned)
    of_words = {name: list(compress(lines, tested)) for name, lines in columns.items()}
    chosen = *evaluation_rows(text, pairs, fit_pairs), of_words
    return {
        language: frozenset(
            sentence_hash(line)
            for column in columns_of(language, text.header)
            for part in chosen
            for line in part[column]
        )
        for language in languages
    }


def reserved(config: Config, text: ParallelText | None) -> frozenset[int]:
    """Returns hashes of the sentences, in any language, to hold out from every language's text.

    Text in one language contains lines in others, which leak as much as its own.

    Args:
      text: `configured_parallel(config)`; if None, nothing is reserved.

    Raises:
      InputError: as `reserved_hashes`.
    """
    if text is None:
        return frozenset()
    evaluation = config.evaluation
    aligned = 0 if evaluation.contextual.bitext else evaluation.contextual.pairs
    hashes = reserved_hashes(
        text, config.languages, evaluation.pairs, evaluation.fit_pairs, aligned
    )
    return frozenset().union(*hashes.values())


def column_of(language: str, columns: Collection[str]) -> str | None:
    """Returns the column that a language uses, ignoring case.

    This is its own column; for a copy of English (`en2`), paraphrases or else English; for a
    language derived from English, English.
    """
    choices = [underived(language)]
    if text_language(choices[0]) != choices[0]:
        choices += [paraphrase_of(language), text_language(language)]
    found = (spelling(name, columns) for name in (language, *choices))
    return next((column for column in found if column), None)


def without_column(languages: Sequence[str], text: ParallelText | None) -> list[str]:
    """Lists the languages without a column in the file; empty if there is no file."""
    return [name for name in languages if text and not columns_of(name, text.header)]


def nothing_held_out(language: str) -> str:
    """Returns a one-line warning about a language without a column."""
    return (
        f"config.data.parallel has no column {language!r}: no sentence in it is held out, and what "
        "is evaluated on some may have been learnt by heart"
    )


def paraphrase_of(language: str) -> str:
    """Returns the name of the column of paraphrases: `en'` for `en` and `en2`."""
    return f"{text_language(language)}{_PARAPHRASES}"


def sentences_of(language: str, text: ParallelText) -> Iterator[tuple[int, str]]:
    """Yields (row, sentence) for all sentences of a language in the file, including paraphrases."""
    for column in columns_of(language, text.header):
        place = text.header.index(column)
        yield from ((number, row[place]) for number, row in enumerate(text.rows) if row[place])


def columns_of(language: str, header: Collection[str]) -> list[str]:
    """Lists all columns in a language: its own, that of its text, and paraphrases."""
    names = dict.fromkeys((language, text_language(language), paraphrase_of(language)))
    return [column for name in names if (column := spelling(name, header))]


def configured_parallel(config: Config) -> ParallelText | None:
    """Reads `data.parallel`, if set.

    Raises:
      InputError: as `read_parallel`.
    """
    path = config.data.parallel
    return read_parallel(Path(path).expanduser()) if path else None


def read_parallel(path: Path, field: str = "config.data.parallel") -> ParallelText:
    """Reads a TSV file: a header of language codes, then one sentence per column.

    Strips white space around sentences and skips blank lines.

    Args:
      field: configuration field that specifies the file, for messages.

    Raises:
      InputError: as `read_lines` and `cells_of`; or a language is repeated, or a row has the wrong
        width.
    """
    numbered = [
        (number, tuple(cells_of(line, f"{path}:{number}")))
        for number, line in read_lines(path, field)
        if line.strip()
    ]
    if not numbered:
        raise InputError(f"{path}: empty; the first line names the languages of the columns")
    (first, header), *rows = numbered
    _require_languages(header, f"{path}:{first}")
    if not any(map(_names_language, header)):
        raise InputError(
            f"{path}:{first}: {header[0][:40]!r} is not a language; the first line is a header, "
            "like en<TAB>fr"
        )
    for number, row in rows:
        if len(row) != len(header):
            raise InputError(f"{path}:{number}: {len(row)} columns, the header has {len(header)}")
    return ParallelText(str(path), list(header), [row for _, row in rows])


def _require_languages(header: Sequence[Any], place: str) -> None:
    """Rejects column names that are not strings, are empty, or differ only in case."""
    named = all(isinstance(name, str) and name for name in header)
    if not named or len({name.lower() for name in header}) < len(header):
        raise InputError(f"{place}: the header must name each column's language, each once")


def _columns(header: list[str], rows: list[tuple[str, ...]]) -> Columns:
    return {name: [row[column] for row in rows] for column, name in enumerate(header)}


def _names_language(column: str) -> bool:
    return is_language(column) or is_language(column.lower())


def _costliest(text: ParallelText) -> str:
    """Says for a message which column makes the most rows unusable."""
    name, rows = max(text.unusable.items(), key=lambda item: len(item[1]), default=("", ()))
    return f"; in {len(rows)} rows {name!r} is empty or repeated" if rows else ""
