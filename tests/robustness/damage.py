"""What disks, cables and careless copies do to a file."""

from pathlib import Path

import pytest


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


DAMAGES = {"flip": _flip, "cut": _cut, "empty": _empty, "delete": Path.unlink}

every_damage = pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)


def files_below(folder: Path) -> list[Path]:
    """Lists every file that can be damaged: an empty one has no byte to lose."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)


def one_of_each_kind(folder: Path) -> list[Path]:
    """Picks one file of every kind: files of one kind differ in digits alone, or in a hash."""
    kinds = {}
    for path in files_below(folder):
        name = str(path.relative_to(folder))
        kind = "data" if path.parent.name == "d" else "".join(c for c in name if not c.isdigit())
        kinds.setdefault((kind, path.parent.parent if kind == "data" else ""), path)
    return list(kinds.values())
