"""Files of a grid setting, from which a killed grid resumes.

<folder>/latest/<epoch>       parameters, optimizer, and the history so far
<folder>/best/<epoch>         parameters with the best dev score
<folder>/scores.json          dev scores, when the setting is done; `latest` is then removed
<folder>/test-<digest>.json   scores on the test data with this digest

All of them are verified before they are read (`checkpoint_folder.py`).
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import orbax.checkpoint as ocp
from jaxtyping import PyTree

from mlm_xling.checkpoint_folder import damage_of, open_folder, saved_steps
from mlm_xling.digests import seal, unseal
from mlm_xling.directories import remove_tree, write_whole
from mlm_xling.evaluation.finetuning.step import TuneState
from mlm_xling.evaluation.measures.ratio import Ratio

Scores = dict[str, dict[str, Ratio]]
"""Language -> metric -> ratio; the key `DEV` holds the source language's dev scores."""
DEV = "dev"
_LATEST = "latest"
_SCORES = "scores.json"
_ITEMS = ("state", "progress")


@dataclass
class Progress:
    """Progress of a setting."""

    epoch: int = 0
    """Number of epochs done."""
    dev: list[float] = field(default_factory=list)
    """Dev score after each epoch."""

    @property
    def best_epoch(self) -> int:
        """The first epoch with the highest dev score, counted from 1."""
        return int(np.argmax(self.dev)) + 1


class SettingCheckpoints:
    """The folder of one setting; only one process at a time may open it.

    Orbax writes to temporary folders and commits at the end.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._latest = open_folder(folder / _LATEST, _ITEMS, keep=1)
        self._best = open_folder(folder / "best", _ITEMS, keep=1)

    def restore(self, fresh: TuneState) -> tuple[TuneState, Progress]:
        """Restores the state after the last saved epoch; returns `fresh` if there is none."""
        epoch = self._latest.latest_step()
        if epoch is None:
            return fresh, Progress()
        items = self._latest.restore(
            epoch,
            args=ocp.args.Composite(
                state=ocp.args.StandardRestore(fresh._asdict()), progress=ocp.args.JsonRestore()
            ),
        )
        return TuneState(**items["state"]), Progress(**items["progress"])

    def save(self, state: TuneState, progress: Progress) -> None:
        """Saves the state after an epoch, and its parameters if they are the best so far."""
        if progress.best_epoch == progress.epoch and progress.epoch not in self._best.all_steps():
            self._best.save(
                progress.epoch,
                args=ocp.args.Composite(state=ocp.args.StandardSave(state.params)),
                force=True,
            )
            self._best.wait_until_finished()
        self._latest.save(
            progress.epoch,
            args=ocp.args.Composite(
                state=ocp.args.StandardSave(state._asdict()),
                progress=ocp.args.JsonSave(asdict(progress)),
            ),
            force=True,
        )
        # The next step donates these arrays.
        self._latest.wait_until_finished()

    def finish(self, dev: dict[str, Ratio], progress: Progress) -> None:
        """Saves the dev scores and deletes the state, which is no longer needed."""
        sealed = seal({"progress": asdict(progress), "dev": _as_lists(dev)})
        self.close()
        for path in self._folder.glob(_of_test("*")):
            path.unlink()  # Of a model before this one, whose removal was interrupted.
        write_whole(self._folder / _SCORES, sealed.encode())
        remove_tree(self._folder / _LATEST)

    def close(self) -> None:
        """Waits until everything is on disk."""
        self._latest.close()
        self._best.close()


def best_params(folder: Path, params: PyTree) -> PyTree:
    """Reads the parameters of a setting's best epoch; `params` provides their shapes."""
    manager = open_folder(folder / "best", _ITEMS, keep=1)
    items = manager.restore(
        manager.latest_step(), args=ocp.args.Composite(state=ocp.args.StandardRestore(params))
    )
    manager.close()
    return items["state"]


def damage_of_setting(folder: Path) -> str:
    """Describes the first damaged file of a setting; empty if all are undamaged."""
    for which in ("latest", "best"):
        for epoch in saved_steps(folder / which)[:1]:
            if problem := damage_of(folder / which / str(epoch)):
                return problem
    if (folder / _SCORES).is_file() and not saved_steps(folder / "best"):
        return f"{folder / 'best'}: missing"
    try:
        finished(folder)
    except (OSError, ValueError):
        return f"{folder / _SCORES}: altered"
    return ""


def finished(folder: Path) -> tuple[dict[str, Ratio], Progress] | None:
    """Reads the dev scores of a setting; None if it is not finished.

    Raises:
      ValueError: they have been altered.
    """
    if not (folder / _SCORES).is_file():
        return None
    remove_tree(folder / _LATEST)  # An interrupted `finish` may have left it.
    values = unseal((folder / _SCORES).read_text())
    return _as_ratios(values["dev"]), Progress(**values["progress"])


def write_test(folder: Path, digest: str, scores: dict[str, Ratio]) -> None:
    """Keeps a finished setting's scores on test data, by its digest."""
    write_whole(folder / _of_test(digest), seal(_as_lists(scores)).encode())


def read_test(folder: Path, digest: str) -> dict[str, Ratio] | None:
    """Reads what `write_test` wrote; None if there is nothing.

    Raises:
      ValueError: it has been altered.
    """
    path = folder / _of_test(digest)
    if not path.is_file():
        return None
    try:
        return _as_ratios(unseal(path.read_text()))
    except ValueError:
        raise ValueError(f"{path}: altered") from None


def _of_test(digest: str) -> str:
    return f"test-{digest}.json"


def _as_lists(scores: dict[str, Ratio]) -> dict[str, list[list[float]]]:
    return {metric: [part.tolist() for part in ratio] for metric, ratio in scores.items()}


def _as_ratios(values: dict[str, list[list[float]]]) -> dict[str, Ratio]:
    return {metric: Ratio(*map(np.array, ratio)) for metric, ratio in values.items()}
