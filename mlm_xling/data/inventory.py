"""`inventory.json`: records of a directory's files, to detect damage."""

from dataclasses import asdict
from pathlib import Path

from mlm_xling.digests import as_records, first_damage, folder_records, seal, unseal

_NAME = "inventory.json"


def write_inventory(directory: Path) -> None:
    """Records all files of a directory."""
    files = {name: asdict(record) for name, record in folder_records(directory).items()}
    (directory / _NAME).write_text(seal(files))


def is_as_recorded(directory: Path) -> bool:
    """Returns whether the files of a directory match their records."""
    try:
        return not first_damage(directory, as_records(unseal((directory / _NAME).read_text())))
    except (OSError, ValueError, TypeError, AttributeError):
        return False
