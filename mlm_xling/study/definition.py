"""The definition of a study: what is trained, measured and compared."""

import dataclasses
import importlib.util
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlm_xling.config import Config, TasksConfig
from mlm_xling.config.checks import resolve
from mlm_xling.config.rows import row_but_for
from mlm_xling.config.stored import fields, set_field
from mlm_xling.errors import InputError
from mlm_xling.evaluation.evaluators import EVALUATORS
from mlm_xling.languages import split_languages
from mlm_xling.planning.slices import read_slice
from mlm_xling.study.cell import PRETRAIN, PROBES

ALONE = ("monolingual", "en_en")
ON_SENTENCES = ("cka", "similarity", "retrieval")
TASKS = tuple(task.name for task in dataclasses.fields(TasksConfig))
TRAINING = tuple(name for name, evaluator in EVALUATORS.items() if evaluator.trains)
"""The evaluators that train something: tasks, and heads on frozen layers."""
CACHE_DIR = "data.cache_dir"
SEED = "training.seed"
_OF_CELLS = ("languages", "row", SEED, CACHE_DIR)
"""Fields that are determined by a run's place in the study."""
_LONGEST = 10**7
"""Minutes of twenty years."""
Settings = Mapping[str, Any]
"""Dotted field of the configuration -> value: `{"training.steps": 500}`."""


@dataclass(frozen=True)
class Study:
    """Every row of Table 1 with every pair of languages and every seed, trained alike."""

    config: str
    """A file in `configs/` that accepts `<languages>/<row>`."""
    rows: tuple[str, ...]
    """Rows of `configs/table1.py`."""
    pairs: tuple[str, ...]
    """Languages of each model, such as `en-fr`; the first is the source of transfer. Claims compare
    the first pair, with near languages, to the last one, with distant languages."""
    seeds: tuple[int, ...]
    evaluators: tuple[str, ...]
    baseline: str = "default"
    """The row with which others are compared."""
    settings: Settings = field(default_factory=dict)
    """Settings of all runs."""
    of_row: Mapping[str, Settings] = field(default_factory=dict)
    """Additional settings of single rows."""
    evaluators_of_row: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Additional evaluators of single rows; those of `monolingual` compare two models."""
    beside: tuple[str, ...] = ()
    """Monolingual rows: of `monolingual` models two are aligned for each pair, `en_en` has the
    source of each pair twice."""
    minutes: Mapping[str, float] = field(default_factory=dict)
    """How long each stage of a run took its author on one core: `pretrain`, `probes`, and whatever
    trains something by name. `--dry_run` counts with it until a run has done the stage here."""
    chips: str = ""
    """Chips such as `h100:8`: what training costs on them is printed before it starts."""
    notes: tuple[str, ...] = ()
    """What readers of the report must know of the data, such as shortcuts in a task."""
    file: str = ""
    """Where it is defined, as the report names it; filled in by `load_study`."""

    def check(self) -> None:
        """Rejects invalid studies.

        Raises:
          InputError: a value has the wrong type, is empty or duplicated, or a row or a setting does
            not exist.
        """
        self._check_settings()
        self._check_minutes()
        self._check_chips()
        if type(self.config) is not str:
            raise InputError(f"study: config={self.config!r}: not a str")
        texts = "rows", "pairs", "evaluators", "beside", "notes"
        for name, kind in (*((text, str) for text in texts), ("seeds", int)):
            values = getattr(self, name)
            if not isinstance(values, tuple) or any(type(value) is not kind for value in values):
                raise InputError(f"study: {name}={values!r}: not a tuple of {kind.__name__}")
            if not values and name not in ("beside", "notes"):
                raise InputError(f"study: {name} is empty")
            if twice := next((value for value in values if values.count(value) > 1), None):
                raise InputError(f"study: {name} has {twice} twice")
        self._check_rows("baseline", (self.baseline,), self.rows)
        self._check_rows("of_row", self.of_row, (*self.rows, *self.beside))
        for row in self.beside:
            if row not in ALONE:
                raise InputError(f"study: beside: {row!r} is not one of {', '.join(ALONE)}")
        self._check_evaluators_of_row()
        if self.beside and not self.probes:
            raise InputError("study: beside: none of the evaluators looks at layers")
        if "en_en" in self.beside and not self.sentence_probes:
            raise InputError(f"study: beside: en_en wants one of {', '.join(ON_SENTENCES)}")

    def _check_rows(self, where: str, rows: Iterable[str], known: tuple[str, ...]) -> None:
        for row in rows:
            if row not in known:
                raise InputError(f"study: {where}: {row!r} is not one of {', '.join(known)}")

    def _check_evaluators_of_row(self) -> None:
        where = "evaluators_of_row"
        if not isinstance(self.evaluators_of_row, Mapping):
            raise InputError(f"study: {where}={self.evaluators_of_row!r}: not a dict")
        self._check_rows(where, self.evaluators_of_row, (*self.rows, *self.beside))
        for row, names in self.evaluators_of_row.items():
            if not isinstance(names, tuple) or any(type(name) is not str for name in names):
                raise InputError(f"study: {where}: {row}={names!r}: not a tuple of str")
            unfit = {"monolingual": TASKS, "en_en": set(EVALUATORS) - set(ON_SENTENCES)}
            if name := next((name for name in names if name in unfit.get(row, ())), None):
                raise InputError(f"study: {where}: {name} cannot be measured in {row}")

    def _check_settings(self) -> None:
        every = {"settings": self.settings, "of_row": self.of_row}
        if isinstance(self.of_row, Mapping):
            every |= self.of_row
        for where, settings in every.items():
            if not isinstance(settings, Mapping):
                raise InputError(f"study: {where}={settings!r}: not a dict")
            if name := next((name for name in _OF_CELLS if name in settings), None):
                raise InputError(f"study: {where}: {name} is not a setting, each run has its own")

    def _check_minutes(self) -> None:
        if not isinstance(self.minutes, Mapping):
            raise InputError(f"study: minutes={self.minutes!r}: not a dict")
        for stage, minutes in self.minutes.items():
            if stage not in (known := (PRETRAIN, PROBES, *TRAINING)):
                raise InputError(f"study: minutes: {stage!r} is not one of {', '.join(known)}")
            if type(minutes) not in (int, float) or not 0 < minutes < _LONGEST:
                raise InputError(f"study: minutes: {stage}={minutes!r} is not a number of minutes")

    def _check_chips(self) -> None:
        if type(self.chips) is not str:
            raise InputError(f"study: chips={self.chips!r}: not a str")
        if self.chips:
            read_slice(self.chips, "study: chips")

    @property
    def probes(self) -> tuple[str, ...]:
        """The evaluators of layers, which is what monolingual rows are for."""
        return tuple(name for name in self.evaluators if name not in TASKS)

    @property
    def sentence_probes(self) -> tuple[str, ...]:
        """The probes that need no dictionary, as there is none between a language and itself."""
        return tuple(name for name in self.probes if name in ON_SENTENCES)

    def evaluators_of(self, row: str) -> tuple[str, ...]:
        """Lists all evaluators of a row."""
        every = {"monolingual": self.probes, "en_en": self.sentence_probes}
        names = (*every.get(row, self.evaluators), *self.evaluators_of_row.get(row, ()))
        return tuple(dict.fromkeys(names))

    @property
    def all_evaluators(self) -> tuple[str, ...]:
        """The evaluators of any row."""
        of_rows = itertools.chain.from_iterable(self.evaluators_of_row.values())
        return tuple(dict.fromkeys((*self.evaluators, *of_rows)))

    def settings_of(self, row: str) -> Settings:
        """Merges the settings of all runs with those of a row."""
        return {**self.settings, **self.of_row.get(row, {})}

    def each(self) -> Iterator[tuple[str, str, int]]:
        """Yields pair, row and seed of every run, by seed, so that a first table comes early."""
        for seed in self.seeds:
            for pair in self.pairs:
                for row in self.rows:
                    yield pair, row, seed


def load_study(path: Path) -> Study:
    """Loads `STUDY` from a Python file.

    Raises:
      InputError: there is no such file, it fails, or it has no valid `STUDY`.
    """
    study = getattr(_module(path), "STUDY", None)
    if not isinstance(study, Study):
        raise InputError(f"{path}: has no STUDY = Study(...)")
    study.check()
    here, file = Path.cwd(), path.resolve()
    shown = file.relative_to(here) if file.is_relative_to(here) else file
    return dataclasses.replace(study, file=str(shown))


def resolved(study: Study, pair: str, row: str, settings: Settings) -> Config:
    """Returns the configuration of a run, the same as in `run_pretrain.py`.

    Raises:
      InputError: there is no such row or field, or a value is invalid.
    """
    config = _maker(study)(f"{pair}/{row}")
    for name, value in settings.items():
        set_field(config, name, value)
    config.row = row_but_for(config.row, settings)
    return resolve(config)


def refuse_settings_of_rows(study: Study) -> None:
    """Refuses settings of all runs for fields in which rows differ, and then no longer would.

    The vocabulary of a language is half as large where each has its own, for example. Rows that
    `of_row` gives values of their own do not count.

    Raises:
      InputError: there is such a setting.
    """
    make = _maker(study)
    for pair in study.pairs:
        made = [(row, make(f"{pair}/{row}")) for row in study.rows]
        source = split_languages(pair)[0]
        made += [(row, make(f"{source}/{row}")) for row in study.beside]
        by_row = [(row, dict(fields(config))) for row, config in made]
        for name in study.settings:
            values = [of.get(name) for row, of in by_row if name not in study.of_row.get(row, {})]
            if any(value != values[0] for value in values):
                raise InputError(
                    f"study: settings: rows differ in {name}; set it in {study.config}, or in "
                    "of_row for single rows"
                )


def _maker(study: Study) -> Callable[[str], Config]:
    make = getattr(_module(Path(study.config)), "get_config", None)
    if make is None:
        raise InputError(f"{study.config}: has no get_config")
    return make


def _module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise InputError(f"{path.absolute()}: no such Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # It is user code and may raise anything.
        raise InputError(f"{path}: {type(error).__name__}: {error}") from error
    return module
