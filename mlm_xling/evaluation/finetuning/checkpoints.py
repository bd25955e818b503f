"""What a setting of a grid leaves on disk, so that a killed grid goes on where it was.

<folder>/latest/<epoch>   parameters, optimizer, and the history so far
<folder>/best/<epoch>     parameters with the best dev score
<folder>/scores.npz       when the setting is done; `latest` is removed then
"""

import io
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import orbax.checkpoint as ocp
from jaxtyping import PyTree

from mlm_xling.directories import remove_tree, write_whole
from mlm_xling.evaluation.finetuning.step import TuneState
from mlm_xling.evaluation.measures.ratio import Ratio

Scores = dict[str, dict[str, Ratio]]
"""Language -> metric -> ratio; the source language stands for its dev data under `DEV`."""
DEV = "dev"
_LATEST = "latest"
_SCORES = "scores.npz"


@dataclass
class Progress:
    """How far a setting is."""

    epoch: int = 0
    """Epochs done."""
    dev: list[float] = field(default_factory=list)
    """Dev score after each."""

    @property
    def best_epoch(self) -> int:
        """The first epoch with the highest dev score, from 1."""
        return int(np.argmax(self.dev)) + 1


class SettingCheckpoints:
    """The folder of one setting; one process at a time may open it.

    Orbax writes aside and commits at the end.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._latest = _manager(folder / _LATEST)
        self._best = _manager(folder / "best")

    def restore(self, fresh: TuneState) -> tuple[TuneState, Progress]:
        """Restores the state after the last epoch saved, or gives `fresh` if none was."""
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
        """Saves the state after an epoch, and its parameters if it is the best."""
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

    def finish(self, scores: Scores, progress: Progress) -> None:
        """Keeps the scores; the state is not needed any more."""
        arrays = {
            f"{language}/{metric}": np.stack(ratio)
            for language, of_language in scores.items()
            for metric, ratio in of_language.items()
        }
        content = io.BytesIO()
        np.savez_compressed(content, progress=json.dumps(asdict(progress)), **arrays)  # pyright: ignore[reportArgumentType]
        self.close()
        write_whole(self._folder / _SCORES, content.getvalue())
        remove_tree(self._folder / _LATEST)

    def close(self) -> None:
        """Waits until everything is on disk."""
        self._latest.close()
        self._best.close()


def best_params(folder: Path, params: PyTree) -> PyTree:
    """Reads the parameters of a setting with the best dev score; `params` tells their shapes."""
    manager = _manager(folder / "best")
    items = manager.restore(
        manager.latest_step(), args=ocp.args.Composite(state=ocp.args.StandardRestore(params))
    )
    manager.close()
    return items["state"]


def finished(folder: Path) -> tuple[Scores, Progress] | None:
    """Reads the scores of a setting that was done before, if it was."""
    if not (folder / _SCORES).is_file():
        return None
    remove_tree(folder / _LATEST)  # A killed `finish` may have left it.
    scores: Scores = {}
    with np.load(folder / _SCORES) as archive:
        progress = Progress(**json.loads(str(archive["progress"])))
        for key in archive.files:
            language, _, metric = key.partition("/")
            if metric:
                scores.setdefault(language, {})[metric] = Ratio(*archive[key])
    return scores, progress


def _manager(folder: Path) -> ocp.CheckpointManager:
    return ocp.CheckpointManager(
        folder.absolute(),
        item_names=("state", "progress"),
        options=ocp.CheckpointManagerOptions(max_to_keep=1, cleanup_tmp_directories=True),
    )
