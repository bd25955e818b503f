"""Orbax checkpoints: what a run needs to go on exactly, and an evaluator to look inside.

`<workdir>/checkpoints/latest/<step>` holds parameters, optimizer and metadata;
`<workdir>/checkpoints/best/<step>` the parameters with the lowest dev perplexity. The data
position is the step itself, since streams are random access. Orbax writes aside and commits at
the end, so a killed run leaves its last whole checkpoint.
"""

import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import jax
import orbax.checkpoint as ocp
from flax import nnx
from jaxtyping import PyTree

from mlm_xling.config import Config
from mlm_xling.config.stored import changed_fields, from_json
from mlm_xling.errors import InputError
from mlm_xling.model.encoder import Encoder, random_encoder
from mlm_xling.model.language_ids import LanguageIds, language_ids
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.training.step import TrainState
from mlm_xling.vocabulary import Vocabulary


@dataclass(frozen=True)
class Metadata:
    """What a checkpoint says of itself."""

    step: int
    config: str
    """The resolved configuration as JSON."""
    vocabulary: str
    """Fingerprint; ids mean nothing under another vocabulary."""
    data: str
    """Fingerprint of the prepared streams."""
    data_dir: str
    best_perplexity: float | None = None
    """Lowest so far on the selection language's dev text."""
    inputs: dict[str, Any] = field(default_factory=dict)
    """`stream_inputs` of the run: what the streams were made of."""


class Checkpoints:
    """The checkpoints of one workdir.

    Raises (on opening):
      InputError: the workdir's run differs in a field that a resumed run may not change.
    """

    def __init__(self, workdir: Path, metadata: Metadata):
        self._workdir = workdir
        self._latest = _manager(workdir, "latest")
        self._best = _manager(workdir, "best")
        self._metadata = metadata
        step = self._latest.latest_step()
        self.found = None if step is None else _read_metadata(self._latest, step)
        if self.found is not None:
            refuse_changed_fields(workdir, self.found, from_json(metadata.config))
            _refuse_changes(workdir, self.found, metadata)

    def restore(self, abstract: TrainState, shardings: TrainState) -> TrainState:
        """Restores the latest state, each array straight to its devices."""
        assert self.found is not None
        target = jax.tree.map(
            lambda leaf, placed: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=placed),
            abstract,
            shardings,
        )
        items = self._latest.restore(
            self.found.step,
            args=ocp.args.Composite(
                params=ocp.args.StandardRestore(target.params),
                optimizer=ocp.args.StandardRestore(target.optimizer),
            ),
        )
        step = jax.device_put(self.found.step, shardings.step).astype(abstract.step.dtype)
        return TrainState(step, items["params"], items["optimizer"])

    def save_latest(self, step: int, state: TrainState, best_perplexity: float | None) -> None:
        """Saves all of the state; writing goes on in the background.

        Raises:
          InputError: no space left.
        """
        items = {"params": state.params, "optimizer": state.optimizer}
        self._save(self._latest, step, items, best_perplexity)

    def save_best(self, step: int, params: PyTree, perplexity: float | None) -> None:
        """Saves the parameters as the best so far; raises like `save_latest`.

        Args:
          perplexity: None where there is no dev text, and the latest counts as the best.
        """
        self._save(self._best, step, {"params": params}, perplexity)

    def close(self) -> None:
        """Waits until everything is on disk."""
        self._latest.close()
        self._best.close()

    def _save(
        self,
        manager: ocp.CheckpointManager,
        step: int,
        items: dict[str, PyTree],
        best_perplexity: float | None,
    ) -> None:
        if step in manager.all_steps():  # A resumed run repeats the step it was killed in.
            return
        self._require_room(items)
        metadata = asdict(self._metadata) | {"step": step, "best_perplexity": best_perplexity}
        saved = {name: ocp.args.StandardSave(tree) for name, tree in items.items()}
        manager.save(
            step, args=ocp.args.Composite(**saved, metadata=ocp.args.JsonSave(metadata)), force=True
        )

    def _require_room(self, items: dict[str, PyTree]) -> None:
        """Asks first: Orbax tells of a full disk after the next steps, in hundreds of lines."""
        for manager in (self._latest, self._best):
            manager.wait_until_finished()  # What is still being written is not free.
        needed = sum(leaf.nbytes for leaf in jax.tree.leaves(items))
        free = shutil.disk_usage(self._workdir).free
        if free < needed:
            raise InputError(
                f"{self._workdir}: no space left for a checkpoint of {needed:,} bytes, {free:,} "
                "are free; the last whole checkpoint is kept"
            )


def load_pretrained(workdir: str | Path, which: str = "best") -> Pretrained:
    """Loads the `best` or the `latest` checkpoint of a workdir.

    Raises:
      InputError: no checkpoint there, or its vocabulary is not the one it was trained with.
    """
    workdir = Path(workdir)
    if not (workdir / "checkpoints" / which).is_dir():
        raise InputError(f"{workdir}: no {which} checkpoint; is it the --workdir of a run?")
    manager = _manager(workdir, which)
    step = manager.latest_step()
    if step is None:
        raise InputError(f"{workdir}: the run has not saved a {which} checkpoint yet")
    metadata = _read_metadata(manager, step)
    config = from_json(metadata.config)
    vocabulary = Vocabulary.load(workdir / "vocabulary")
    if vocabulary.fingerprint != metadata.vocabulary:
        raise InputError(f"{workdir}/vocabulary: not the vocabulary that the checkpoint has")
    encoder = _restore_encoder(manager, step, config, language_ids(vocabulary, config))
    manager.close()
    data_dir = Path(metadata.data_dir)
    return Pretrained(config, vocabulary, encoder, step, data_dir if data_dir.is_dir() else None)


def _restore_encoder(manager, step: int, config: Config, ids: LanguageIds) -> Encoder:
    graph, abstract = nnx.split(nnx.eval_shape(lambda: random_encoder(config, ids, seed=0)))
    here = jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
    target = jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=here),
        nnx.to_pure_dict(abstract),
    )
    items = manager.restore(step, args=ocp.args.Composite(params=ocp.args.StandardRestore(target)))
    return nnx.merge(graph, items["params"])


def _manager(workdir: Path, which: str) -> ocp.CheckpointManager:
    return ocp.CheckpointManager(
        (workdir / "checkpoints" / which).absolute(),
        item_names=("params", "optimizer", "metadata"),
        options=ocp.CheckpointManagerOptions(max_to_keep=1 if which == "best" else 2),
    )


def _read_metadata(manager: ocp.CheckpointManager, step: int) -> Metadata:
    items = manager.restore(step, args=ocp.args.Composite(metadata=ocp.args.JsonRestore()))
    return Metadata(**items["metadata"])


def refuse_changed_fields(workdir: Path, old: Metadata, config: Config) -> None:
    """Refuses to go on with a run under a configuration that would make another of it.

    Raises:
      InputError: names the field.
    """
    changed = changed_fields(from_json(old.config), config)
    if changed:
        name, before, now = changed[0]
        raise InputError(
            f"config.{name}: {workdir} was trained with {before!r}, not {now!r}; "
            "use another --workdir or the old value"
        )


def _refuse_changes(workdir: Path, old: Metadata, new: Metadata) -> None:
    for what in ("vocabulary", "data"):
        if getattr(old, what) != getattr(new, what):
            raise InputError(
                f"{what}: {workdir} was trained on another one; the text, the held-out pairs or "
                "the way in which mlm_xling prepares them have changed since; use another --workdir"
            )
