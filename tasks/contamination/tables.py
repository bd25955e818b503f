"""Tables of what was counted: all numbers as TSV, the main ones to be read."""

from collections.abc import Iterable, Iterator, Sequence

from tasks.contamination.audit import Audit, Audited, agreement, corrected, corrected_foreign
from tasks.contamination.counts import LINES, THRESHOLDS, Counts
from tasks.contamination.identifier import UNKNOWN
from tasks.contamination.intervals import Estimate

MAX_LANGUAGES = 15
"""Languages that are shown by themselves."""
ALL = "all others"
Rows = list[list[str]]


def kinds_table(texts: Iterable[Counts]) -> Rows:
    """Says of how many lines the language was asked for; the first row is the header."""
    header = ["text", "lines", *next(iter(texts)).kinds]
    rows = [
        [text.language, f"{sum(of[0] for of in text.kinds.values()):,}"]
        + [f"{of[0]:,}" for of in text.kinds.values()]
        for text in texts
    ]
    return [header, *rows]


def main_table(counts: Counts, agreed: Audited, audit: Audit) -> Rows:
    """Shows the languages of a text: all but its own, that, and the others of most lines."""
    header = ["language", *(f"lines, p ≥ {threshold:g}" for threshold in THRESHOLDS)]
    header += [f"{unit}, p ≥ {THRESHOLDS[1]:g}" for unit in counts.units[1:]]
    header += ["py3langid agrees"]
    everything = _row(ALL, counts, counts.foreign)
    if audit.flagged:
        header += [f"lines in it by the audit, p ≥ {threshold:g}" for threshold in THRESHOLDS]
        everything += ["", *(_cell(corrected_foreign(counts, at, audit)) for at in THRESHOLDS)]
    rows = [header, everything]
    own = [counts.own] if counts.own in counts.found else []
    for language in [*own, *counts.foreign[:MAX_LANGUAGES]]:
        row = _row(name_of(language), counts, [language])
        row.append(_percent(agreement(counts, language, agreed)))
        if audit.flagged and language != counts.own:
            row += [_cell(corrected(counts, language, at, audit)) for at in THRESHOLDS]
        rows.append(row)
    return [row + [""] * (len(header) - len(row)) for row in rows]


def all_numbers(texts: Iterable[Counts], audit: Audit) -> Iterator[str]:
    """Yields the lines of a TSV file: every count with its share, and an interval of that."""
    corrections = ["audited", "audited_low", "audited_high"]
    names = ["text", "language", "from_p", "unit", "count", "share", "low", "high"]
    yield "\t".join([*names, *corrections])
    for counts in texts:
        for kind, sizes in counts.kinds.items():
            for unit, size in zip(counts.units, sizes, strict=False):
                yield "\t".join([counts.language, kind, "", unit, str(size)] + [""] * 6)
        for language in [counts.own, ALL, *counts.foreign] if counts.found else []:
            for threshold in THRESHOLDS:
                for unit in counts.units:
                    yield "\t".join(_numbers(counts, language, threshold, unit, audit))


def name_of(language: str) -> str:
    """Names a language by its code."""
    return "unknown" if language == UNKNOWN else language


def share_cell(
    counts: Counts, languages: Sequence[str], threshold: float, unit: str = LINES
) -> str:
    """Shows how much is in any of some languages, with its share and an interval."""
    share = counts.share(languages, threshold, unit)
    return f"{counts.size(languages, threshold, unit):,} {_percent(share)}"


def _numbers(counts: Counts, language: str, threshold: float, unit: str, audit: Audit) -> list[str]:
    languages = counts.foreign if language == ALL else [language]
    languages = [name for name in languages if name in counts.found]
    share = counts.share(languages, threshold, unit)
    truly = None
    if unit == LINES and audit.flagged:
        if language == ALL:
            truly = corrected_foreign(counts, threshold, audit)
        elif languages:
            truly = corrected(counts, language, threshold, audit)
    return [
        *(counts.language, language, f"{threshold:g}", unit),
        str(counts.size(languages, threshold, unit)),
        *(f"{number:.6g}" for number in share),
        *(f"{number:.1f}" for number in truly or ()),
        *([] if truly else [""] * 3),
    ]


def _row(name: str, counts: Counts, languages: list[str]) -> list[str]:
    lines = [share_cell(counts, languages, at) for at in THRESHOLDS]
    others = [share_cell(counts, languages, THRESHOLDS[1], unit) for unit in counts.units[1:]]
    return [name, *lines, *others]


def _cell(truly: Estimate | None) -> str:
    if truly is None:
        return "not audited"
    return f"{truly.value:,.0f} ({truly.low:,.0f}–{truly.high:,.0f})"


def _percent(share: Estimate) -> str:
    value, low, high = map(_two_digits, share)
    return f"{value}% ({low}–{high})"


def _two_digits(share: float) -> str:
    """Writes a share in percent, without powers of ten: neither 1e+02 nor 4.3e-05."""
    if share >= 0.1:
        return f"{100 * share:.0f}"
    return f"{100 * share:.2g}" if share >= 1e-6 else f"{100 * share:.4f}".rstrip("0").rstrip(".")
