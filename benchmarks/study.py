"""Keeps in the repository what a study measured, and goes on with it on another machine.

    python -m benchmarks.study restore configs/studies/table1_lab.py studies/table1_lab
    python run_study.py --study=configs/studies/table1_lab.py --workdir=studies/table1_lab --jobs=2
    python -m benchmarks.study keep configs/studies/table1_lab.py studies/table1_lab

A study of days is made in parts. `keep` puts the report so far into `docs/results/table1_lab/`, and
beside it of each run that has measured something an archive: its results, what each tested item
adds to them, and the record of what was done. `restore` puts these into a workdir, where the study
then finds them; runs that are there already stay as they are. Checkpoints are not kept: if anything
else is asked of a run, it is trained and measured again; until it has done what its archive has,
`keep` leaves that as it is.
"""

import argparse
import io
import shutil
import tarfile
from pathlib import Path

from mlm_xling.digests import unseal
from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError
from mlm_xling.outcomes import FOLDER as OUTCOMES
from mlm_xling.results import FILE_NAME
from mlm_xling.study.cell import RECORD, Cell, Stage
from mlm_xling.study.cells import cells_of
from mlm_xling.study.definition import load_study
from mlm_xling.study.report import STATISTICS, TEXT

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "results"
RUNS = "runs"
_KEPT = (TEXT, STATISTICS, "*.png")
"""Files of the report. The others say the same in more bytes; `run_study.py` writes them again."""


def keep(study: Path, workdir: Path, record: Path) -> list[str]:
    """Archives what runs have measured and copies the report; returns the names of the runs.

    A run whose model another one still needs is not kept: the archive has no model. Nor is one of
    which less is done than of its archive: it is being trained again, for one figure more.

    Raises:
      InputError: no run has measured anything.
    """
    cells = cells_of(load_study(study), workdir)
    if not any(cell.is_measured() for cell in cells):
        raise InputError(f"{workdir}: no run of this study has measured anything")
    paths = {cell: record / RUNS / f"{cell.name.replace('/', '.')}.tar.xz" for cell in cells}
    done = [
        cell
        for cell in cells
        if cell.is_measured() and not cell.wanted and not _lost(cell, paths[cell])
    ]
    (record / RUNS).mkdir(parents=True, exist_ok=True)
    for cell in done:
        archive(cell, workdir, paths[cell])
    for pattern in _KEPT:
        for file in (workdir / "report").glob(pattern):
            shutil.copyfile(file, record / file.name)
    return [cell.name for cell in done]


def _lost(cell: Cell, path: Path) -> set[Stage]:
    """What an archive has of a run that its workdir has not."""
    if not path.exists():
        return set()
    with tarfile.open(path) as tar:
        file = tar.extractfile(tar.getmembers()[-1])
        assert file is not None
        kept = unseal(file.read().decode())
    return set(cell.undone()) - set(cell.undone_by(kept["done"]))


def archive(cell: Cell, workdir: Path, path: Path) -> None:
    """Writes the files of a run that a report is made of; the same files give the same bytes.

    The record comes last, so that a run whose unpacking was interrupted is not taken for done.
    """
    files = sorted((cell.folder / OUTCOMES).glob("*.json"))
    # A model that others measure has no results of its own.
    files += [file for file in (cell.folder / FILE_NAME, cell.folder / RECORD) if file.is_file()]
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:xz") as tar:
        for file in files:
            entry = tarfile.TarInfo(str(file.relative_to(workdir)))
            entry.size = file.stat().st_size
            tar.addfile(entry, io.BytesIO(file.read_bytes()))
    write_whole(path, content.getvalue())


def restore(workdir: Path, record: Path) -> list[str]:
    """Unpacks the archives of all runs that a workdir has not got; returns their names.

    Raises:
      InputError: there are none of this study.
    """
    if not any((record / RUNS).glob("*.tar.xz")):
        raise InputError(f"{record / RUNS}: no runs of this study are kept")
    restored = []
    for path in sorted((record / RUNS).glob("*.tar.xz")):
        with tarfile.open(path) as tar:
            *_, of_run = tar.getnames()
            if not (workdir / of_run).exists():
                # `extractall` wants a `filter`, which Python 3.11 has from 3.11.4 on.
                for entry in tar:
                    _unpack(tar, entry, workdir)
                restored.append(path.name)
    return restored


def _unpack(tar: tarfile.TarFile, entry: tarfile.TarInfo, workdir: Path) -> None:
    content, place = tar.extractfile(entry), workdir / entry.name
    assert content is not None, f"{entry.name}: no file"
    place.parent.mkdir(parents=True, exist_ok=True)
    write_whole(place, content.read())


def main() -> None:
    """Does what the command line says."""
    parser = argparse.ArgumentParser("benchmarks.study")
    parser.add_argument("what", choices=("keep", "restore"))
    parser.add_argument("study", type=Path, help="a file in configs/studies/")
    parser.add_argument("workdir", type=Path, help="where its runs are")
    given = parser.parse_args()
    workdir, record = given.workdir.resolve(), RESULTS / given.study.stem
    try:
        if given.what == "keep":
            print(*keep(given.study, workdir, record), sep="\n")
        else:
            print(*restore(workdir, record), sep="\n")
    except InputError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
