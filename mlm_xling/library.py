"""The library API: load an encoder, evaluate it, report. `run_eval.py` uses the same.

from mlm_xling import load, evaluate, report

encoder = load("runs/en-fr")
vectors = encoder.represent(["A cat sleeps."], "en")  # [layer, sentence, embed]
results = evaluate(encoder, ["cka"], parallel="pairs.tsv", output="out")
frame = pandas.DataFrame(results.table)
page = report("out", encoder)
folder = export("runs/en-fr", "exported/en-fr")  # for transformers
"""

import dataclasses
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mlm_xling.compilation import keep_compiled
from mlm_xling.config import Config
from mlm_xling.config.overrides import override
from mlm_xling.configurations import FOLDER as CONFIGURATIONS
from mlm_xling.configurations import require_same_encoders, write_configuration
from mlm_xling.data.manifest import read_manifest
from mlm_xling.data.parallel import Sentences, in_memory
from mlm_xling.directories import remove_remnants
from mlm_xling.errors import InputError, require, require_list
from mlm_xling.evaluation.descriptor import Evaluator
from mlm_xling.evaluation.evaluators import (
    MODELS,
    find_evaluators,
    find_models,
    measure_each,
    read_inputs,
    subjects,
)
from mlm_xling.evaluation.inputs.lessons import as_teacher, teacher
from mlm_xling.evaluation.inputs.loading import Need
from mlm_xling.evaluation.inputs.parallel_rows import parallel_text
from mlm_xling.evaluation.subject import FrozenEncoder
from mlm_xling.examples import FOLDER as EXAMPLES
from mlm_xling.examples import write_examples
from mlm_xling.hugging_face.export import require_new, write_folders
from mlm_xling.hugging_face.folder import is_imported, require_no_task
from mlm_xling.hugging_face.loading import load_imported
from mlm_xling.outcomes import FOLDER as OUTCOMES
from mlm_xling.outcomes import write_outcomes
from mlm_xling.paths import CHECKPOINTS, RECORD, require_folder, require_kinds, user_path
from mlm_xling.reports.model_card import model_card
from mlm_xling.reports.page import write_report
from mlm_xling.results import FILE_NAME, Result, append_results, read_results, require_appendable
from mlm_xling.training.checkpointing import load_pretrained


class Results(list[Result]):
    """Measurements, each a line of `results.jsonl`."""

    @property
    def table(self) -> dict[str, list[Any]]:
        """The measurements by column, as accepted by `pandas.DataFrame`."""
        names = [field.name for field in dataclasses.fields(Result)]
        return {name: [getattr(result, name) for result in self] for name in names}


def load(
    workdir: str | Path, checkpoint: str = "best", overrides: Mapping[str, Any] | None = None
) -> FrozenEncoder:
    """Loads an encoder from the workdir of a run, or from a folder in Hugging Face's format.

    Args:
      workdir: workdir of `run_pretrain.py`; or `hf:<folder>`, written by `save_pretrained` of
        transformers; or `transformers:<folder>`, the same but run by that library.
      checkpoint: `best` (lowest dev perplexity) or `latest`; folders have only one.
      overrides: evaluation settings by dotted field: `{"evaluation.pairs": 200}`. Folders require
        `{"languages": ("en", "fr")}`.

    Raises:
      InputError: there is no such checkpoint or folder, it is damaged, its vocabulary is not the
        one it was trained with, its architecture is not supported, or a field is fixed by training.
    """
    if is_imported(workdir):
        return FrozenEncoder(load_imported(str(workdir), overrides or {}))
    encoder = FrozenEncoder(load_pretrained(user_path(workdir, "workdir"), checkpoint))
    return encoder.with_config(override(encoder.pretrained.config, overrides or {}))


def evaluate(
    encoder: FrozenEncoder,
    evaluators: Iterable[str | Evaluator],
    *,
    target: FrozenEncoder | None = None,
    parallel: str | Path | Sentences | None = None,
    output: str | Path | None = None,
    models: Collection[str] = MODELS,
) -> Results:
    """Measures an encoder and, for comparison, the same encoder before training.

    Args:
      evaluators: names (`mlm_xling.evaluation.evaluators.EVALUATORS`) or your own descriptors.
      target: a second encoder, whose languages are compared with the first language of `encoder`,
        under the evaluation settings of `encoder`; by default, the languages of `encoder`.
      parallel: a TSV file of parallel sentences, or sentences by language; by default, the file
        specified in the encoder's configuration.
      output: a folder; results are appended to its `results.jsonl` as each evaluator finishes, and
        evaluators that train save checkpoints there. `outcomes/` has per-item contributions,
        `examples/` what reports show, `configurations/` the configurations used. It accepts
        results of one encoder, or of one pair; the folder of a run only those of that run.
      models: `trained`, or `untrained` (and model-free baselines), if not both.

    Raises:
      InputError: an unknown name, an invalid value, a missing or damaged file, or a folder with
        results of another encoder.
    """
    _require_encoder(encoder, "encoder")
    if target is not None:
        _require_encoder(target, "target")
    chosen, models = find_evaluators(evaluators), find_models(models)
    folder = None if output is None else user_path(output, "output")
    if folder is not None:
        require_folder(folder, "output")
        _require_no_other_run(folder, encoder, target)
        kept = OUTCOMES, EXAMPLES, CONFIGURATIONS
        require_kinds(folder, files=(FILE_NAME,), folders=kept)
        remove_remnants(folder)
        for inner in ("report", *kept):
            remove_remnants(folder / inner)
        require_appendable(folder / FILE_NAME)
        _require_no_other_encoder(folder, filter(None, (encoder, target)))
    if output is None and any(evaluator.trains for evaluator in chosen):
        raise InputError("output: an evaluator that trains something needs a folder to keep it in")
    source, given = _with_sentences(encoder, parallel)
    if target is None or target is encoder:
        target = source
    else:
        target = _as_told(target, source.pretrained.config)
    cache_dir = source.pretrained.config.data.cache_dir
    require_folder(user_path(cache_dir, "config.data.cache_dir"), "config.data.cache_dir")
    keep_compiled(cache_dir)
    _require_reinitialisable(chosen, source.pretrained.config)
    given |= _teacher(chosen, source.pretrained.config)
    inputs = read_inputs(chosen, source.pretrained, target.pretrained, given)
    for note in inputs.notes:
        print(note, file=sys.stderr)
    warned = _warn(inputs.warnings)
    results = Results()
    for subject, asked in subjects(source, target, inputs, chosen, folder, models):
        for measured in measure_each(asked, subject):
            results += measured
            warned += _warn(inputs.warnings[warned:])
            if folder is not None and measured:
                write_configuration(folder, subject.fingerprint, subject.configs)
                write_outcomes(folder, subject.outcomes)
                write_examples(folder, subject.examples)
                append_results(folder / FILE_NAME, measured)
            subject.outcomes.clear()
            subject.examples.clear()
    return results


def _warn(warnings: Sequence[str]) -> int:
    """Prints warnings; returns their number."""
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return len(warnings)


def _require_encoder(value: object, name: str) -> None:
    loaded = isinstance(value, FrozenEncoder)
    require(loaded, f"{name}={value!r}: is no encoder; load one, {name}=load(folder)")


def _require_no_other_run(
    folder: Path, encoder: FrozenEncoder, target: FrozenEncoder | None
) -> None:
    """Refuses to write results of other models into the folder of a run."""
    if not (folder / CHECKPOINTS).is_dir():
        return
    if target not in (None, encoder):
        raise InputError(
            f"output={folder}: is a run, whose results are of one model; choose another folder"
        )
    own = encoder.pretrained.workdir
    if own is None or folder.resolve() != own.resolve():
        raise InputError(f"output={folder}: is another run, whose results are there")


def _require_no_other_encoder(folder: Path, encoders: Iterable[FrozenEncoder]) -> None:
    """Refuses a folder with results of others; a report would mix them.

    A study measures again in the same folder what it has trained anew.
    """
    if not any((folder / name).exists() for name in (CHECKPOINTS, RECORD)):
        measured = (result.config for result in read_results(folder / FILE_NAME))
        configs = [encoder.pretrained.config for encoder in encoders]
        require_same_encoders(folder, measured, configs)


def _with_sentences(
    encoder: FrozenEncoder, parallel: str | Path | Sentences | None
) -> tuple[FrozenEncoder, dict[Need, Any]]:
    """Returns the encoder configured with parallel sentences; also these if not in a file."""
    if parallel is None:
        return encoder, {}
    given: dict[Need, Any] = {}
    if isinstance(parallel, str | Path):
        name = str(parallel)
    else:
        text = in_memory(parallel)
        given[parallel_text], name = text, f"memory:{text.fingerprint}"
    named = override(encoder.pretrained.config, {"data.parallel": name})
    return encoder.with_config(named), given


def _as_told(target: FrozenEncoder, source: Config) -> FrozenEncoder:
    """Applies the source's evaluation settings to the target, so that vectors are pooled alike."""
    config = dataclasses.replace(target.pretrained.config, evaluation=source.evaluation)
    return target.with_config(config)


def _require_reinitialisable(evaluators: Iterable[Evaluator], config: Config) -> None:
    """Refuses evaluators that train heads on a frozen encoder."""
    parts = ",".join(config.evaluation.finetuning.reinitialise)
    for one in evaluators:
        if parts and one.trains and not one.taught:
            raise InputError(
                f"config.evaluation.finetuning.reinitialise={parts}: {one.name!r} fine-tunes no "
                "encoder; ask for it without"
            )


def _teacher(evaluators: Iterable[Evaluator], student: Config) -> dict[Need, Any]:
    """Loads the teacher for fine-tuning, if one is specified.

    Raises:
      InputError: it does not exist, or cannot teach the task.
    """
    place, field = student.evaluation.finetuning.teacher, "config.evaluation.finetuning.teacher"
    learners = [one for one in evaluators if one.trains]
    if not (place and learners):
        return {}
    for one in learners:
        if not one.taught:
            raise InputError(f"{field}={place}: {one.name!r} takes no teacher; ask for it without")
    known = {}
    try:
        if is_imported(place):
            require_no_task(place)
            known = {"languages": (student.source_language,)}
        encoder = load(place, overrides=known)
    except InputError as error:
        raise InputError(f"{field}={place}: {error}") from None
    return {teacher: as_teacher(encoder.pretrained, student)}


def report(
    folder: str | Path,
    encoder: FrozenEncoder | None = None,
    *,
    beside: Sequence[str | Path] = (),
    baseline: str | None = None,
) -> Path:
    """Creates tables and figures from a folder's `results.jsonl`; returns the HTML page.

    Args:
      encoder: the encoder that was measured, for its anchor points.
      beside: folders of other results to include in figures and in tables of transfer.
      baseline: the checkpoint among them with which the others are compared.

    Raises:
      InputError: there are no results, a line is damaged, or there is no such checkpoint.
    """
    require(not isinstance(beside, Path), f"beside={beside}: must be a list of folders")
    require_list(beside, "beside")
    if encoder is not None:
        _require_encoder(encoder, "encoder")
    data_dir = encoder and encoder.pretrained.data_dir
    manifest = read_manifest(data_dir) if data_dir else None
    folders = [user_path(other, "beside") for other in beside]
    return write_report(user_path(folder, "folder"), manifest, folders, baseline)


def export(workdir: str | Path, to: str | Path, checkpoint: str = "best") -> Path:
    """Writes the encoder of a run as a folder that `transformers` can load; returns the folder.

    Languages with private parts or their own vocabulary have a subfolder each.

    Args:
      workdir: workdir of `run_pretrain.py`.
      to: the new folder, which is created atomically.
      checkpoint: `best` or `latest`.

    Raises:
      InputError: there is no such checkpoint, the folder already exists, XLM cannot represent the
        encoder, or results are damaged.
    """
    if is_imported(workdir):
        raise InputError(f"workdir={workdir}: is a folder of transformers already")
    place, target = user_path(workdir, "workdir"), user_path(to, "to")
    require_new(target, "to")
    results = read_results(place / FILE_NAME)
    pretrained = load_pretrained(place, checkpoint)
    manifest = read_manifest(pretrained.data_dir) if pretrained.data_dir else None
    write_folders(pretrained, target, partial(model_card, pretrained, manifest, results))
    return target
