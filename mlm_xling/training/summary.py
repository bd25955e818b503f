"""The summary table of a run: configuration, size, languages, devices."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import jax
from rich.table import Table

from mlm_xling.config import Config
from mlm_xling.config.stored import fields, fingerprint
from mlm_xling.data.manifest import LanguageRecord, Manifest
from mlm_xling.data.pairs import paired_steps
from mlm_xling.data.parallel import nothing_held_out
from mlm_xling.model.language_ids import private_owners
from mlm_xling.model.owners import describe_private, parameter_owners, show_count
from mlm_xling.training.optimizer import make_schedule
from mlm_xling.training.step import Program
from mlm_xling.vocabulary import MAX_UNKNOWN


def summary(
    config: Config,
    workdir: Path,
    manifest: Manifest,
    rates: Mapping[str, float],
    program: Program,
    mesh: jax.sharding.Mesh,
) -> Table:
    """Builds the table of what will be trained, on what, and where."""
    shown = Table.grid(padding=(0, 2))
    for section in ("model", "optimizer", "training"):
        values = fields(getattr(config, section))
        shown.add_row(section, "  ".join(f"{name}={_plain(value)}" for name, value in values))
    if config.row:
        shown.add_row("row", f"{config.row} ({describe_private(config.model)})")
    state = program.abstract_state
    moments = show_count(jax.tree.leaves(state.optimizer))
    shown.add_row("parameters", f"{show_count(jax.tree.leaves(state.params))}, optimizer {moments}")
    trained = config.trained_languages
    owners, trainable = private_owners(config), config.training.trainable
    for owner, line in parameter_owners(state.params, owners, trained, trainable):
        shown.add_row("", f"{owner}: {line}")
    shown.add_row("vocabulary", f"{manifest.vocabulary_size:,} ({config.vocabulary.kind})")
    for name in config.languages:
        ids = program.abstract_encoder.predicted_ids(config.languages.index(name))
        shown.add_row(
            name,
            f"{_language(config, manifest, name, rates.get(name))}, predicts among {ids:,} ids",
        )
        for line in told_of_preparation(manifest.languages[name]):
            shown.add_row("", line)
    for line in told_of_pairs(config, manifest):
        shown.add_row("pairs", line)
    devices = " x ".join(f"{axis} {size}" for axis, size in mesh.shape.items())
    shown.add_row("devices", f"{mesh.devices.flat[0].device_kind}: {devices}")
    shown.add_row("run", f"{workdir} (config {fingerprint(config)})")
    return shown


def _language(config: Config, manifest: Manifest, name: str, rate: float | None) -> str:
    record, training = manifest.languages[name], config.training
    anchors = record.anchors
    read = "not trained on"
    if rate is not None:
        steps = training.steps - paired_steps(config)
        tokens = steps * training.tokens_per_step * rate
        read = f"rate {rate:.3f} ({tokens / max(record.train.tokens, 1):.1f} epochs)"
    return (
        f"{record.train.sentences:,} sentences, {record.train.tokens:,} tokens, "
        f"{read}, unknown {record.unknown_rate:.2%}, "
        f"shares {anchors.shared_types:,} of {anchors.types:,} types, "
        f"{anchors.shared_tokens:.1%} of tokens"
    )


def told_of_preparation(record: LanguageRecord) -> Iterator[str]:
    """Yields what was left out of a text, what others translate, and what was switched."""
    if record.dev_block:
        yield (
            f"dev text: blocks of {record.dev_block:,} consecutive sentences, as documents are few "
            "or large"
        )
    if record.dev_seen:
        yield f"{record.dev_seen:.1%} of the dev sentences also occur in training text"
    if record.held_out or record.near_duplicates:
        yield (
            f"held out: {record.held_out:,} sentences that evaluation uses, "
            f"{record.near_duplicates:,} that differ from one by a word"
        )
    if record.decontaminated:
        yield f"left out: {record.decontaminated:,} sentences in languages of data.decontaminate"
    for label, count in record.contamination.items():
        share = count / max(record.train.sentences, 1)
        yield f"contaminated: {count:,} training sentences ({share:.2%}) are {label}"
    if record.donated:
        yield f"assigned to another language by data.contamination: {record.donated:,} sentences"
    others = record.left_to_others
    if others.sentences:
        yield (
            f"assigned to other languages: {others.documents:,} documents, {others.sentences:,} "
            "sentences in all"
        )
    for other, share in record.translated.items():
        yield f"{share:.1%} of the sentences have their translation in the text of {other}"
    if record.switched:
        yield f"{record.switched:.1%} of the words are switched"


def told_of_pairs(config: Config, manifest: Manifest) -> Iterator[str]:
    """Yields the number of pairs read for each two languages, and the share of padding."""
    read = manifest.pairs_of(config.trained_languages)
    steps, control = paired_steps(config), config.training.pair_control
    rows = steps * config.training.groups * config.training.batch_size
    for record in read:
        yield (
            f"{'-'.join(record.languages)}: {record.pairs:,} pairs, {record.tokens:,} tokens, "
            f"{record.padding(manifest.length):.0%} padding, {record.cut:,} sides truncated; "
            f"{steps / config.training.steps:.1%} of the steps "
            f"({rows / len(read) / record.pairs:.1f} epochs)"
            + (f", control: {control}" if control else "")
        )


def warnings(config: Config, manifest: Manifest) -> Iterator[str]:
    """Yields the reasons to doubt the run's figures, one line each."""
    warmup, steps = config.optimizer.warmup_steps, config.training.steps
    if warmup >= steps:
        yield (
            f"config.optimizer.warmup_steps={warmup:,} takes all of config.training.steps="
            f"{steps:,}: the learning rate never falls, and ends at "
            f"{float(make_schedule(config.optimizer, steps)(steps - 1)):.2g}"
        )
    for name, record in manifest.languages.items():
        if record.without_column:
            yield nothing_held_out(name)
        if record.unknown_rate > MAX_UNKNOWN:
            yield (
                f"{record.unknown_rate:.0%} of the tokens of {name!r} are unknown to the "
                "vocabulary, which has too few of its characters: the language is hardly learnt; "
                "give more of its text, raise config.vocabulary.size, or give each language a "
                "vocabulary (config.vocabulary.kind=union)"
            )


def _plain(value: object) -> str:
    return ",".join(value) or "none" if isinstance(value, tuple) else str(value)
