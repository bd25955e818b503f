"""The table at the start of a run: configuration, size, languages, devices."""

import math
from collections.abc import Mapping
from pathlib import Path

import jax
from jaxtyping import PyTree
from rich.table import Table

from mlm_xling.config import Config, fields, fingerprint
from mlm_xling.data.manifest import Manifest
from mlm_xling.training.step import Program


def summary(
    config: Config,
    workdir: Path,
    manifest: Manifest,
    rates: Mapping[str, float],
    program: Program,
    mesh: jax.sharding.Mesh,
) -> Table:
    """What will be trained, on what, where."""
    shown = Table.grid(padding=(0, 2))
    for section in ("model", "optimizer", "training"):
        values = fields(getattr(config, section))
        shown.add_row(section, "  ".join(f"{name}={_plain(value)}" for name, value in values))
    count, size = _count(program.abstract_state.params)
    moments = _count(program.abstract_state.optimizer)[1]
    shown.add_row("parameters", f"{count:,} ({_bytes(size)}, optimizer {_bytes(moments)})")
    shown.add_row("vocabulary", f"{manifest.vocabulary_size:,} ({config.vocabulary.kind})")
    for name, rate in rates.items():
        shown.add_row(name, _language(config, manifest, name, rate))
    devices = " x ".join(f"{axis} {size}" for axis, size in mesh.shape.items())
    shown.add_row("devices", f"{mesh.devices.flat[0].device_kind}: {devices}")
    shown.add_row("run", f"{workdir} (config {fingerprint(config)})")
    return shown


def _language(config: Config, manifest: Manifest, name: str, rate: float) -> str:
    record, training = manifest.languages[name], config.training
    tokens = training.steps * training.groups * training.batch_size * training.length * rate
    epochs = tokens / max(record.train.tokens, 1)
    return (
        f"{record.train.sentences:,} sentences, {record.train.tokens:,} tokens, "
        f"rate {rate:.3f} ({epochs:.1f} epochs), unknown {record.unknown_rate:.2%}"
    )


def _count(tree: PyTree) -> tuple[int, int]:
    """Numbers in a tree and their bytes, over all devices together."""
    leaves = jax.tree.leaves(tree)
    return (
        sum(math.prod(leaf.shape) for leaf in leaves),
        sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in leaves),
    )


def _plain(value: object) -> str:
    return ",".join(value) or "none" if isinstance(value, tuple) else str(value)


def _bytes(count: int) -> str:
    power = min((max(count, 1).bit_length() - 1) // 10, 4)
    return f"{count / 1024**power:.1f} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"
