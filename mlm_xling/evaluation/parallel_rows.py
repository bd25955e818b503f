"""The parallel sentences that evaluators use, and how far pretraining has seen them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlm_xling.config import Config
from mlm_xling.data.lab import with_local_files
from mlm_xling.data.manifest import seen_in_training
from mlm_xling.data.parallel import evaluation_rows
from mlm_xling.errors import InputError

FEWEST = 4
"""Debiased CKA is not defined on fewer rows."""
ENOUGH = 0.5
"""Rows that pretraining saw are left out if at least this share of the rows remains."""


@dataclass(frozen=True)
class ParallelRows:
    """Row i of every language says the same thing."""

    test: dict[str, list[str]]
    """Measured on."""
    fit: dict[str, list[str]]
    """Disjoint from `test`: means and maps are estimated here."""
    seen: dict[str, list[bool]] | None = None
    """Whether each test sentence occurs in the pretraining text; None where that is unknown."""
    warning: str | None = None
    """One line for the user, where not all is as it should be."""

    def seen_fraction(self, source: str, target: str) -> float | None:
        """Fraction of the test pairs of which pretraining has seen either sentence."""
        if self.seen is None:
            return None
        return float(np.mean(np.logical_or(self.seen[source], self.seen[target])))


def load_rows(config: Config, data_dir: Path | None) -> ParallelRows:
    """Reads `config.data.parallel` and keeps what was held out of pretraining.

    Rows with a sentence of the pretraining text are left out. If fewer than half would remain
    (the file was not named at pretraining), all are kept, and a warning says so.

    Args:
      data_dir: what the training run read; None if it is gone, then nothing is known.

    Raises:
      InputError: one language only, no parallel file, or `evaluation_rows` refuses it.
    """
    if len(config.languages) < 2:
        raise InputError("config.languages: these evaluators compare at least two languages")
    config = with_local_files(config)
    if not config.data.parallel:
        raise InputError("config.data.parallel: evaluators need a file of parallel sentences")
    test, fit = evaluation_rows(
        Path(config.data.parallel),
        config.languages,
        config.evaluation.pairs,
        config.evaluation.fit_pairs,
    )
    if data_dir is None:
        warning = "the prepared text of this run is gone: unknown whether it held the pairs"
        return ParallelRows(test, fit, seen=None, warning=warning)
    seen = {name: seen_in_training(data_dir, name, test[name]) for name in config.languages}
    return _without_seen(ParallelRows(test, fit, seen))


def _without_seen(rows: ParallelRows) -> ParallelRows:
    assert rows.seen is not None
    clean = np.flatnonzero(~np.any(list(rows.seen.values()), axis=0))
    total = len(next(iter(rows.test.values())))
    if len(clean) == total:
        return rows
    if len(clean) < max(FEWEST, ENOUGH * total):
        warning = (
            f"pretraining saw {total - len(clean)} of the {total} pairs; all are used. "
            "Name the file as config.data.parallel at pretraining to hold it out."
        )
        return ParallelRows(rows.test, rows.fit, rows.seen, warning)
    test = {name: [sentences[i] for i in clean] for name, sentences in rows.test.items()}
    unseen = {name: [False] * len(clean) for name in rows.test}
    warning = f"{total - len(clean)} of the {total} pairs were seen in pretraining and left out"
    return ParallelRows(test, rows.fit, unseen, warning)
