"""A study whose runs are short programs: they lock their folder, and measure without a model."""

import sys
import time
from pathlib import Path

from mlm_xling.errors import InputError
from mlm_xling.locks import lock_file
from mlm_xling.results import FILE_NAME, Result, append_results
from mlm_xling.study.cell import Cell, Stage
from mlm_xling.study.jobs import ThisMachine, run_cells

ROOT = Path(__file__).resolve().parents[2]
LAYERS = 8


def cells(workdir: Path) -> list[Cell]:
    """Lists the cells of two seeds, each with two stages."""
    return [_cell(workdir / str(seed), seed) for seed in range(2)]


def _cell(folder: Path, seed: int) -> Cell:
    stages = tuple(
        Stage(name, (sys.executable, "-m", __spec__.name, str(folder), str(seed), name), name)
        for name in ("cka", "retrieval")
    )
    return Cell("a-b", "default", seed, folder, stages)


def _refuse(holder: str) -> None:
    raise InputError(f"another run is there: {holder}")


def _measure(folder: Path, seed: int, evaluator: str) -> None:
    with lock_file(folder / ".lock", _refuse):
        for layer in range(LAYERS):
            what = evaluator, "metric", "trained", "a", "b", layer
            result = Result(*what, seed / 7, None, None, 9, 1, seed, "abc", None)
            append_results(folder / FILE_NAME, [result])
            time.sleep(0.02)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        run_cells(cells(Path(sys.argv[1])), ThisMachine(2, ROOT), print)
    else:
        _measure(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
