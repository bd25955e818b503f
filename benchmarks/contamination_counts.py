"""How much of real English text does the identifier flag as other languages, and at which p?

    python -m benchmarks.contamination_counts ../shared/data/mono

Counts every `<name>/en.txt` of a folder, and all of them together, as `tasks.contamination` does,
and keeps a row for lines and one for words in `docs/results/contamination-counts.tsv`.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.records import FOLDER
from mlm_xling.open_progress import OpenProgress
from tasks.contamination.counts import LINES, THRESHOLDS, UNITS, WORDS
from tasks.contamination.identifier import identifier
from tasks.contamination.lines import Kind
from tasks.contamination.reading import read_texts
from tasks.contamination.sources import sources_of_files
from tasks.contamination.tables import share_cell

RECORD = FOLDER / "contamination-counts.tsv"


def rows(texts: Mapping[str, list[Path]]) -> Iterator[list[str]]:
    """Counts the files of each name as one English text, after a row of titles."""
    yield ["text", "unit", "identified", *(f"p ≥ {threshold:g}" for threshold in THRESHOLDS)]
    for name, paths in texts.items():
        with OpenProgress() as progress:
            record, _ = read_texts(sources_of_files(paths, "en"), identifier(), None, 1, progress)
        (counts,) = record.texts
        for unit in (LINES, WORDS):
            identified = counts.kinds[Kind.TEXT.value][UNITS.index(unit)]
            flagged = [share_cell(counts, counts.foreign, at, unit) for at in THRESHOLDS]
            yield [name, unit, f"{identified:,}", *flagged]


def main(folder: Path) -> None:
    """Writes the record."""
    paths = sorted(folder.glob("*/en.txt"))
    texts = {path.parent.name: [path] for path in paths} | {"all": paths}
    RECORD.write_text("".join("\t".join(row) + "\n" for row in rows(texts)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
