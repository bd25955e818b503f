"""Runs that begin with chosen parameters: what of a seed is it that languages owe their luck to?"""

import contextlib
import shutil
from pathlib import Path

from flax import nnx

from benchmarks.experiments import SEEDS, run, seeds_of
from mlm_xling.training.checkpointing import Checkpoints, load_pretrained
from mlm_xling.training.resuming import newest_metadata

OTHER_ORDER = "other_order"
"""The run that begins with the parameters of its seed; order, masks and fine-tuning are the next's.
"""
OTHER_EMBEDDINGS = "other_embeddings"
"""The run that begins with the embeddings of the next seed; all else is of its own."""


def pretrain_from(name: str, seed: int, folder: Path, *flags: str) -> Path:
    """Trains one of these runs as far as it is not yet, and returns its workdir."""
    flags, after = (*flags, *seeds_of(seed, folder)), (seed + 1) % len(SEEDS)
    begun, order = _begun(seed, seed, folder, flags), after if name == OTHER_ORDER else seed
    if name == OTHER_EMBEDDINGS:
        other = _begun(seed, after, folder, flags)
        begun = with_embeddings(begun, other, folder / f"begun_{name}-{seed}")
    workdir = folder / f"{name}-{seed}"
    _pretrain(workdir, flags, order, f"--config.training.init_from={begun}")
    return workdir


def _begun(seed: int, of_parameters: int, folder: Path, flags: tuple[str, ...]) -> Path:
    """Makes a run of one step, which at the beginning of the warm-up changes next to nothing."""
    workdir = folder / f"begun_{of_parameters}-{seed}"
    _pretrain(workdir, flags, of_parameters, "--config.training.steps=1")
    return workdir


def _pretrain(workdir: Path, flags: tuple[str, ...], seed: int, *others: str) -> None:
    of_seed = f"--config.training.seed={seed}"  # Overrides that of the flags.
    run("run_pretrain.py", *flags, of_seed, *others, f"--workdir={workdir}")


def with_embeddings(begun: Path, other: Path, place: Path) -> Path:
    """Copies a run, and puts the embeddings of another into its best checkpoint."""
    if place.exists():
        return place
    partial = place.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(begun, partial)
    params, others = (
        nnx.to_pure_dict(nnx.state(load_pretrained(run).module)) for run in (begun, other)
    )
    metadata = newest_metadata(begun)
    assert metadata is not None
    with contextlib.closing(Checkpoints(partial, metadata)) as checkpoints:
        params["embeddings"] = others["embeddings"]
        checkpoints.save_best(metadata.step, params, checkpoints.best_perplexity)
    return partial.rename(place)
