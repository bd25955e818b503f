"""`inventory.json`: the files of a directory, by which damage is known."""

import json
from dataclasses import asdict
from pathlib import Path

from mlm_xling.data.manifest import FileRecord, file_record, verify_files
from mlm_xling.errors import InputError

_NAME = "inventory.json"


def write_inventory(directory: Path) -> None:
    """Records all files of a directory."""
    paths = [path for path in sorted(directory.rglob("*")) if path.is_file()]
    files = {str(path.relative_to(directory)): asdict(file_record(path)) for path in paths}
    (directory / _NAME).write_text(json.dumps(files, indent=2) + "\n")


def is_as_recorded(directory: Path) -> bool:
    """Tells whether the files of a directory are as they were when they were recorded."""
    try:
        files = json.loads((directory / _NAME).read_text())
        verify_files(directory, {name: FileRecord(**record) for name, record in files.items()})
    except (InputError, OSError, ValueError, TypeError, AttributeError):
        return False
    return True
