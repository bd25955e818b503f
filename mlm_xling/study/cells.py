"""The cells of a study, and their dependencies."""

import itertools
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from mlm_xling.config import Config
from mlm_xling.config.stored import as_text, fields, is_of_evaluation
from mlm_xling.data.cache import digest
from mlm_xling.data.parallel import HOLD_OUT
from mlm_xling.errors import InputError
from mlm_xling.evaluation.evaluators import find_evaluators
from mlm_xling.evaluation.probes.contextual_heads import NAME as HEAD
from mlm_xling.languages import split_languages
from mlm_xling.study.cell import PRETRAIN, PROBES, Cell, Stage
from mlm_xling.study.definition import (
    CACHE_DIR,
    SEED,
    TASKS,
    TRAINING,
    Settings,
    Study,
    refuse_settings_of_rows,
    resolved,
)

PROBED = "evaluation.during_pretraining"
_UNTRAINED = "untrained_"
CORRELATION = "correlation"
"""Evaluator name of results that correlate those of several probes."""
DESCRIPTION = "description"
"""The evaluator that describes a run, which all studies include."""
CACHE = "cache"
"""Folder of prepared and compiled data for all cells."""
SEEDS_APART = 1_000
"""Distance between the seeds of monolingual models, so that compared models differ in seed."""


def cells_of(study: Study, workdir: Path) -> list[Cell]:
    """Lists all cells in the order in which they run; dependencies come first.

    Raises:
      InputError: the configuration of a cell is invalid.
    """
    refuse_settings_of_rows(study)
    cells = [_evaluated(study, workdir, *which) for which in study.each()]
    if "en_en" in study.beside:
        cells += [
            _evaluated(study, workdir, language, "en_en", seed)
            for seed in study.seeds
            for language in _sources(study)
        ]
    if "monolingual" in study.beside:
        languages = list(dict.fromkeys(itertools.chain(*map(split_languages, study.pairs))))
        alone = {
            (language, seed): _trained(
                study, workdir, language, "monolingual", seed, SEEDS_APART * i
            )
            for seed in study.seeds
            for i, language in enumerate(languages)
        }
        cells += [*alone.values(), *_aligned(study, workdir, alone)]
    cells = [_timed(study, cell) for cell in _with_untrained(cells)]
    wanted = {need.name for cell in cells if cell.left() for need in cell.needs}

    def told(cell: Cell) -> Cell:
        return replace(cell, wanted=cell.name in wanted, needs=tuple(map(told, cell.needs)))

    return list(map(told, cells))


def select(cells: list[Cell], names: str) -> list[Cell]:
    """Selects cells by name, or all if no names are given.

    Args:
      names: separated by commas, which may also separate the languages of a name: each ends with
        the number of its seed.

    Raises:
      InputError: there is no cell with one of the names.
    """
    known = {cell.name: cell for cell in cells}
    found = re.findall(r".+?/\d+(?=\s*,|\s*$)|.+", names)
    asked = dict.fromkeys(filter(None, (name.strip(", ") for name in found)))
    if names and not asked:
        raise InputError(f"--only={names}: no run is named")
    if unknown := next((name for name in asked if name not in known), None):
        raise InputError(f"--only={unknown}: no such run; there are {', '.join(known)}")
    return [known[name] for name in asked] or cells


def _sources(study: Study) -> list[str]:
    return list(dict.fromkeys(split_languages(pair)[0] for pair in study.pairs))


def _evaluated(study: Study, workdir: Path, pair: str, row: str, seed: int) -> Cell:
    """Builds a cell that trains a model and measures it."""
    cell = _trained(study, workdir, pair, row, seed)
    (pretrain,) = cell.stages
    found = _evaluation_settings(study, pair, row)
    stages = _evaluate(cell.folder, study.evaluators_of(row), pretrain.fingerprint, found)
    return replace(cell, stages=(pretrain, *stages))


def _trained(
    study: Study, workdir: Path, pair: str, row: str, seed: int, seeds_later: int = 0
) -> Cell:
    """Builds a cell that trains a model, to be measured by others."""
    folder = workdir / pair / row / str(seed)
    settings = {**study.settings_of(row), SEED: seed + seeds_later}
    if row == "monolingual":  # There is nothing to compare with during training.
        settings.pop(PROBED, None)
    settings[CACHE_DIR] = str(workdir / CACHE)
    config = resolved(study, pair, row, settings)
    command = (sys.executable, "run_pretrain.py", f"--config={study.config}:{pair}/{row}")
    read = _read_while_training(settings, config.evaluation.during_pretraining)
    command = (*command, *flags(read), f"--workdir={folder}")
    pretrain = Stage(PRETRAIN, command, _trained_as(config))
    return Cell(pair, row, seed, folder, (pretrain,), _corpus(config), config=config)


def _aligned(study: Study, workdir: Path, alone: Mapping[tuple[str, int], Cell]) -> Iterator[Cell]:
    """Yields comparisons of monolingual models: of a pair with one seed, of its source with two."""
    pairs = dict.fromkeys(
        (source, target)
        for source, *targets in map(split_languages, study.pairs)
        for target in targets
    )
    for seed in study.seeds:
        for source, target in pairs:
            of_both = alone[source, seed], alone[target, seed]
            names = study.evaluators_of("monolingual")
            yield _compared(study, workdir, f"{source}-{target}", seed, *of_both, names)
    if "en_en" in study.beside:
        for seed, other in itertools.pairwise(study.seeds):
            for source in _sources(study):
                of_both = alone[source, seed], alone[source, other]
                pair = f"{source}-{source}"
                yield _compared(study, workdir, pair, seed, *of_both, study.sentence_probes)


def _compared(
    study: Study,
    workdir: Path,
    pair: str,
    seed: int,
    source: Cell,
    target: Cell,
    evaluators: tuple[str, ...],
) -> Cell:
    folder = workdir / pair / source.row / str(seed)
    found = _evaluation_settings(study, source.pair, source.row)
    trained = digest([cell.stages[0].fingerprint for cell in (source, target)])
    of_both = f"--target_workdir={target.folder}", f"--output={folder}"
    stages = tuple(
        replace(stage, command=(*stage.command, *of_both))
        for stage in _evaluate(source.folder, evaluators, trained, found)
    )
    corpus = digest([source.corpus, target.corpus])
    needs = tuple(replace(cell, wanted=True) for cell in (source, target))
    return Cell(pair, source.row, seed, folder, stages, corpus, needs)


def _evaluate(
    folder: Path, evaluators: Iterable[str], trained: str, settings: Settings
) -> Iterator[Stage]:
    """Yields a stage for all evaluators that train nothing, and one for each that does.

    Adding a task, or changing the settings of one, thus does not affect what the others
    measured.

    Raises:
      InputError: there is no such evaluator.
    """
    found = find_evaluators((*evaluators, DESCRIPTION))
    training = [evaluator.name for evaluator in found if evaluator.trains]
    probes = tuple(evaluator.name for evaluator in found if not evaluator.trains)
    for name, asked in ((PROBES, probes), *((name, (name,)) for name in training)):
        joined = ",".join(asked)
        chosen = flags({k: v for k, v in settings.items() if _matters(k, asked)})
        command = (sys.executable, "run_eval.py", f"--evaluators={joined}", "--models=trained")
        command = (*command, *chosen, f"--workdir={folder}")
        given = (*asked, CORRELATION) if name == PROBES else asked
        yield Stage(name, command, digest([trained, joined, chosen]), given)


def _read_while_training(settings: Settings, probed: Sequence[str]) -> Settings:
    """Drops settings that are only read by later evaluators.

    A run stores its settings, and would pass them on to evaluators after the study dropped them."""

    def is_read(name: str) -> bool:
        if not (name.startswith("evaluation.") and is_of_evaluation(name)):
            return True
        return name in HOLD_OUT or (bool(probed) and _matters(name, probed))

    return {name: value for name, value in settings.items() if is_read(name)}


def _matters(setting: str, evaluators: Iterable[str]) -> bool:
    """Returns whether the results of evaluators may depend on a setting."""
    names = set(evaluators)
    tasks = {name for name in TASKS if names & {name, HEAD.format(task=name)}}
    probes = names - set(TRAINING)
    match setting.split("."):
        case ["evaluation", "finetuning", _]:
            return bool(tasks)
        case ["evaluation", section, _] if section in TASKS:
            return section in tasks
        case ["evaluation", "contextual", _]:
            return bool(names - set(TASKS))
        case ["evaluation", _, _]:
            return bool(probes)
        case ["lab", field] if (task := field.partition("_")[0]) in TASKS:
            return task in tasks
    return True


def _evaluation_settings(study: Study, pair: str, row: str) -> Settings:
    """Returns the settings that may differ in a trained run: those of evaluation."""
    settings, usual = study.settings_of(row), dict(fields(Config()))
    return {
        name: value
        for name, value in fields(resolved(study, pair, row, settings))
        if is_of_evaluation(name) and (name in settings or value != usual[name])
    }


def _trained_as(config: Config) -> str:
    """Digests what affects a trained model, ignoring fields at their defaults.

    New fields therefore do not invalidate studies begun before; nor do the locations of files."""
    usual = dict(fields(Config()))
    found = {
        name: value
        for name, value in fields(config)
        if value != usual[name] and name != CACHE_DIR and not is_of_evaluation(name)
    }
    return digest(found)


def _with_untrained(cells: Iterable[Cell]) -> list[Cell]:
    """Adds stages for what needs no training to the first cell that evaluates a corpus."""
    seen, found = set(), []
    for cell in cells:
        measuring = [stage for stage in cell.stages if stage.evaluators]
        if measuring and cell.corpus not in seen:
            seen.add(cell.corpus)
            cell = replace(cell, stages=(*cell.stages, *map(_untrained, measuring)))
        found.append(cell)
    return found


def _untrained(stage: Stage) -> Stage:
    command = [part.replace("--models=trained", "--models=untrained") for part in stage.command]
    name = _UNTRAINED + stage.name
    fingerprint = digest([stage.fingerprint, "untrained"])
    return Stage(name, tuple(command), fingerprint, stage.evaluators, untrained=True)


def _timed(study: Study, cell: Cell) -> Cell:
    def minutes(stage: Stage) -> float | None:
        return study.minutes.get(stage.name.removeprefix(_UNTRAINED))

    stages = (replace(stage, minutes=minutes(stage)) for stage in cell.stages)
    return replace(cell, stages=tuple(stages))


def _corpus(config: Config) -> str:
    """Digests languages, text, vocabulary and architecture.

    Untrained encoders' results depend on nothing else but the seed."""
    data = {**asdict(config.data), "cache_dir": None}
    text = [config.languages, data, asdict(config.lab), asdict(config.vocabulary)]
    return digest([*text, asdict(config.model), config.training.length])


def flags(settings: Settings) -> list[str]:
    """Formats settings as command line flags, such as `--config.training.steps=500`."""
    return [f"--config.{name}={as_text(value)}" for name, value in settings.items()]
