"""Orbax checkpoints, for exact resumption and for evaluators to read.

`<workdir>/checkpoints/latest/<step>` holds parameters, optimizer and metadata;
`<workdir>/checkpoints/best/<step>` the parameters with the lowest dev perplexity. The data
position is the step itself, since streams are random access. A checkpoint appears when it is
complete, and is verified before it is read (`checkpoint_folder.py`). The last two of each kind are
kept, so that training can resume if the newest is damaged.
"""

import contextlib
import sys
from dataclasses import asdict, replace
from pathlib import Path

import jax
import orbax.checkpoint as ocp
from flax import nnx
from jaxtyping import PyTree

from mlm_xling.checkpoint_folder import damage_of, open_folder, saved_steps, state_of
from mlm_xling.config import Config
from mlm_xling.config.stored import from_json, history, to_json
from mlm_xling.errors import InputError
from mlm_xling.model.encoder import Encoder, random_encoder
from mlm_xling.model.language_ids import LanguageIds, language_ids
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.paths import CHECKPOINTS
from mlm_xling.training.agreement import as_the_first_host_sees
from mlm_xling.training.checkpoint_metadata import Metadata, read_metadata, refuse_another_run
from mlm_xling.training.disk_space import require_room
from mlm_xling.training.soundness import newest_whole, set_aside
from mlm_xling.training.step import TrainState
from mlm_xling.vocabulary import Vocabulary

_ITEMS = ("params", "optimizer", "metadata")
_TRIES = 20  # attempts to read while a run may replace the checkpoint


class Checkpoints:
    """The checkpoints of one workdir.

    Raises (on opening):
      InputError: the workdir's run differs in a field that a resumed run may not change, or all of
        its checkpoints are damaged.
    """

    def __init__(self, workdir: Path, metadata: Metadata):
        self._workdir = workdir
        self.notes: list[str] = []
        """Messages about damaged or missing checkpoints, one line each."""
        step = self._newest("latest")
        # A run resumed from a step cannot save an earlier best again, so best is written first.
        self._latest = open_folder(
            _folder(workdir, "latest"),
            _ITEMS,
            keep=2,
            before=lambda: self._best.wait_until_finished(),
        )
        self._begun: dict[ocp.CheckpointManager, int] = {}
        """Bytes of the newest save, which may still be in progress."""
        self.found = None if step is None else _read_metadata(self._latest, step)
        """Metadata of the checkpoint to resume from."""
        self.config = self._config_of_run(metadata)
        """The run's configuration; `training.history` records what resumed runs have changed."""
        best = self._newest("best")
        self._best = open_folder(_folder(workdir, "best"), _ITEMS, keep=2)
        found_best = None if best is None else _read_metadata(self._best, best)
        self.best_perplexity = found_best and found_best.perplexity
        """Dev perplexity of the best checkpoint on disk; a new best must be lower."""
        self._metadata = replace(metadata, config=to_json(self.config))
        if self.found is None and found_best is not None:
            self._note_best_alone(found_best, metadata)

    def _config_of_run(self, metadata: Metadata) -> Config:
        """Returns the configuration, with what it changes in the run that is found."""
        config = from_json(metadata.config)
        config.training.history = ()
        if self.found is None:
            return config
        refuse_another_run(self._workdir, self.found, metadata)
        before = from_json(self.found.config)
        config.training.history = history(before, config, self.found.step)
        if config.training.history != before.training.history:
            self._leave_bests_after(self.found.step)
        return config

    def _note_best_alone(self, best: Metadata, metadata: Metadata) -> None:
        refuse_another_run(self._workdir, best, metadata)
        folder = _folder(self._workdir, "latest")
        self.notes.append(
            f"{folder}: no checkpoint; training starts at step 0, and the best checkpoint, of step "
            f"{best.step}, stays until there is a better one"
        )

    def _leave_bests_after(self, step: int) -> None:
        """Sets aside the best checkpoints of an abandoned branch of training."""
        folder = _folder(self._workdir, "best")
        for newer in as_the_first_host_sees(saved_steps(folder)):
            if newer > step:
                kept = set_aside(folder, newer)
                self.notes.append(
                    f"the best checkpoint of step {newer} was trained otherwise than this run goes "
                    f"on from step {step}; {kept} keeps it"
                )

    def _newest(self, which: str) -> int | None:
        folder = _folder(self._workdir, which)
        step, damaged = newest_whole(folder)
        if damaged and step is None and which == "latest":
            raise InputError(
                f"{next(iter(damaged.values()))}; there is no other intact checkpoint: delete "
                f"{folder} to start at step 0"
            )
        for newer, problem in damaged.items():
            instead = "there is none before it" if step is None else f"step {step} takes its place"
            self.notes.append(f"{problem}; {instead} ({set_aside(folder, newer)} keeps the rest)")
        return step

    def restore(self, abstract: TrainState, shardings: TrainState) -> TrainState:
        """Restores the latest state, each array directly to its devices."""
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

    def save_latest(self, step: int, state: TrainState) -> None:
        """Saves the whole state; writing continues in the background.

        Raises:
          InputError: no space left on the disk.
        """
        if step not in self._latest.all_steps():  # A finished run may be started again.
            self._save(self._latest, step, {"params": state.params, "optimizer": state.optimizer})

    def save_best(self, step: int, params: PyTree, perplexity: float | None) -> None:
        """Saves the parameters as the best so far; raises like `save_latest`.

        Args:
          perplexity: None without dev text, in which case the latest counts as the best.
        """
        self.best_perplexity = perplexity
        for other in self._best.all_steps():
            if other >= step:  # worse, or from an abandoned branch of training
                self._best.delete(other)
        self._save(self._best, step, {"params": params}, perplexity)

    def give_up(self, step: int) -> int | None:
        """Sets aside the checkpoint of a step, if any; returns the latest step that is left."""
        self._latest.wait_until_finished()
        if step in self._latest.all_steps():
            set_aside(_folder(self._workdir, "latest"), step)
            self._latest.reload()
        return self._latest.latest_step()

    def close(self) -> None:
        """Waits until everything is on disk."""
        self._latest.close()
        self._best.close()

    def _save(
        self,
        manager: ocp.CheckpointManager,
        step: int,
        items: dict[str, PyTree],
        perplexity: float | None = None,
    ) -> None:
        needed = sum(leaf.nbytes for leaf in jax.tree.leaves(items))
        require_room(self._workdir, needed, self._begun, f"{manager.directory.name} {step}")
        self._begun[manager] = needed
        metadata = asdict(replace(self._metadata, step=step, perplexity=perplexity))
        saved = {name: ocp.args.StandardSave(tree) for name, tree in items.items()}
        manager.save(
            step, args=ocp.args.Composite(**saved, metadata=ocp.args.JsonSave(metadata)), force=True
        )


def load_pretrained(workdir: str | Path, which: str = "best") -> Pretrained:
    """Loads and verifies the `best` or the `latest` checkpoint of a workdir.

    If the latest is damaged, the one before it is loaded, with a warning. If a run replaces the
    checkpoint meanwhile, the new one is loaded.

    Raises:
      InputError: there is no checkpoint, it is damaged, or the vocabulary is not the one it was
        trained with.
    """
    workdir = Path(workdir)
    folder = _folder(workdir, which)
    if not folder.is_dir():
        raise InputError(f"{workdir}: no {which} checkpoint; is it the --workdir of a run?")
    for _ in range(_TRIES):
        before = state_of(folder)
        try:
            loaded, warnings = _load(workdir, folder)
        except Exception:  # Orbax raises many types for a missing file.
            if state_of(folder) == before:
                raise
            continue
        if loaded.step in before and state_of(folder).get(loaded.step) == before[loaded.step]:
            for warning in warnings:
                print(f"warning: {warning}", file=sys.stderr)
            return loaded
    raise InputError(
        f"{folder}: a run replaces its checkpoints faster than they can be read; stop it for the "
        "while, or save less often (config.training.evaluate_every, .checkpoint_every)"
    )


def _load(workdir: Path, folder: Path) -> tuple[Pretrained, list[str]]:
    """Loads a checkpoint of a folder; also returns warnings about those it skipped."""
    step, warnings = _whole_step(folder)
    with contextlib.closing(open_folder(folder, _ITEMS, keep=2)) as manager:
        metadata = _read_metadata(manager, step)
        config = from_json(metadata.config)
        vocabulary = Vocabulary.load(workdir / "vocabulary")
        if vocabulary.fingerprint != metadata.vocabulary:
            raise InputError(f"{workdir}/vocabulary: not the vocabulary that the checkpoint has")
        encoder = _restore_encoder(manager, step, config, language_ids(vocabulary, config))
    data, *earlier = metadata.texts
    loaded = Pretrained(config, vocabulary, encoder, step, data, earlier_data=tuple(earlier))
    return loaded._replace(perplexity=metadata.perplexity, workdir=workdir.resolve()), warnings


def _whole_step(folder: Path) -> tuple[int, list[str]]:
    """Returns the step to load (of `latest`, the newest undamaged one) and warnings.

    The warnings are about newer, damaged checkpoints.
    """
    steps = saved_steps(folder)
    if not steps:
        raise InputError(
            f"{folder.parent.parent}: the run has not saved a {folder.name} checkpoint yet"
        )
    problems = {}
    for step in steps:
        if not (problem := damage_of(folder / str(step))):
            break
        problems[step] = problem
    else:
        raise InputError(f"{problems[steps[0]]}; there is no other intact checkpoint")
    if problems and folder.name == "best":
        raise InputError(
            f"{problems[steps[0]]}; delete {folder / str(steps[0])} to look into the best one "
            f"before it, of step {step}"
        )
    return step, [f"{problem}; step {step} takes its place" for problem in problems.values()]


def _restore_encoder(manager, step: int, config: Config, ids: LanguageIds) -> Encoder:
    graph, abstract = nnx.split(nnx.eval_shape(lambda: random_encoder(config, ids, seed=0)))
    here = jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
    target = jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=here),
        nnx.to_pure_dict(abstract),
    )
    items = manager.restore(step, args=ocp.args.Composite(params=ocp.args.StandardRestore(target)))
    return nnx.merge(graph, items["params"])


def _folder(workdir: Path, which: str) -> Path:
    return workdir / CHECKPOINTS / which


def _read_metadata(manager: ocp.CheckpointManager, step: int) -> Metadata:
    items = manager.restore(step, args=ocp.args.Composite(metadata=ocp.args.JsonRestore()))
    return read_metadata(items["metadata"], manager.directory / str(step))
