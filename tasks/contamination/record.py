"""All that was counted and drawn, as JSON: an audit is read against it, without the text."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError
from tasks.contamination.audit import Audited
from tasks.contamination.counts import Counts
from tasks.contamination.sample import Stratum

NAME = "record.json"


@dataclass(frozen=True)
class Record:
    """Counts of each text, and samples."""

    texts: list[Counts]
    agreed: Audited
    """Lines of each stratum on which `py3langid` agrees, and lines that it was asked about."""
    sampled: list[list[str]]
    """Cells of the rows to audit."""

    def write(self, folder: Path) -> None:
        """Writes `record.json`."""
        values = {
            "texts": [dataclasses.asdict(text) for text in self.texts],
            "agreed": [[*stratum, *numbers] for stratum, numbers in self.agreed.items()],
            "sampled": self.sampled,
        }
        write_whole(folder / NAME, (json.dumps(values, ensure_ascii=False) + "\n").encode())


def read_record(folder: Path) -> Record:
    """Reads `record.json`.

    Raises:
      InputError: there is none, or it is damaged.
    """
    path = folder / NAME
    try:
        values = json.loads(path.read_text())
        return Record(
            [Counts(**text) for text in values["texts"]],
            {Stratum(*row[:3]): (row[3], row[4]) for row in values["agreed"]},
            values["sampled"],
        )
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such file; --output must be the folder of the sample, counted before"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        raise InputError(f"{path}: damaged; count again") from None
