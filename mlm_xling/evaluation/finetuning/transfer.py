"""Zero-shot transfer: fine-tunes on the source language and tests on the others."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path

from flax import nnx

from mlm_xling.config import Config, FinetuningConfig
from mlm_xling.config.stored import fingerprint, unusual
from mlm_xling.data.cache import digest
from mlm_xling.data.labelled import Table
from mlm_xling.evaluation.finetuning.checkpoints import DEV
from mlm_xling.evaluation.finetuning.grid import effective
from mlm_xling.evaluation.finetuning.job import Job, Split, make_job
from mlm_xling.evaluation.finetuning.loop import (
    SettingResult,
    make_head,
    make_reading,
    run_grid,
)
from mlm_xling.evaluation.finetuning.reinitialise import reinitialised
from mlm_xling.evaluation.finetuning.soft_labels import SoftLabels
from mlm_xling.evaluation.finetuning.step import trained_params
from mlm_xling.evaluation.finetuning.task import Task
from mlm_xling.evaluation.finetuning.teaching import soft_labels
from mlm_xling.evaluation.finetuning.windows import Limits
from mlm_xling.evaluation.inputs.unknown_tokens import mostly_unknown
from mlm_xling.evaluation.measures.ratio import Ratio, bootstrap_interval, mean_value
from mlm_xling.evaluation.subject import Subject
from mlm_xling.model.language_ids import private_owners
from mlm_xling.model.objective import Objective
from mlm_xling.model.owners import parameter_owners
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.outcomes import item_digests
from mlm_xling.results import Result, fingerprint_items

BEST = 2
"""The mean over this many settings, the best by source dev, is reported (docs/method.md, 5)."""


def grid_folder(
    workdir: Path, name: str, encoder: Pretrained, finetuning: FinetuningConfig, job: Job,
    length: int, soft: SoftLabels | None = None,
) -> Path:  # fmt: skip
    """Returns the folder of a grid, named by everything that affects the fine-tuned models.

    Args:
      length: maximum number of tokens in a sequence.
      soft: a teacher's soft labels.
    """
    inputs = {
        "data": [job.train.digest(), job.dev.digest()],
        "grid": asdict(replace(job.config, train="", dev="", test="")),
        "finetuning": asdict(replace(finetuning, source="", targets=())),
        "encoder": [asdict(encoder.config.model), encoder.digest, job.seed],
        "vocabulary": encoder.vocabulary.fingerprint,
        "length": length,
        "soft": soft and soft.name,
    }
    return workdir / "finetuning" / f"{name}-{digest(inputs)}"


def best_outcomes(outcomes: Sequence[SettingResult], metric: str) -> list[SettingResult]:
    """Returns the settings whose mean is reported."""
    return sorted(outcomes, key=lambda outcome: -outcome.dev_score(metric))[:BEST]


def what_is_scored(job: Job, split: Split, limits: Limits) -> Iterator[str]:
    """Describes the size of a split, and what heads cannot read or predict in it."""
    yield job.task.contents(split.table)
    unseen = job.task.unseen(split.table, job.labels)
    if unseen:
        listed = ", ".join(f"{label} ({count:,})" for label, count in unseen.most_common())
        yield (
            f"{sum(unseen.values()):,} labels that the training data lacks count as wrong: {listed}"
        )
    words = sum(job.task.words(split.table))
    left_out = words - sum(len(example.targets) for example in split.examples)
    if left_out:
        yield (
            f"{left_out:,} of {words:,} words are beyond {limits.windows} windows and count as "
            "wrong"
        )
    text = (ids for name in job.task.text for ids in split.table.columns[name])
    if warning := mostly_unknown(text, limits.special.unknown):
        yield f"warning: {warning}"
    if cut := job.task.cut(split.table, limits):
        yield (
            f"{cut:,} of {len(split.table):,} are longer than {limits.length} tokens; the end of "
            "their longer sentence is not read"
        )


class Transfer:
    """One task on the encoder of a subject."""

    def __init__(
        self,
        subject: Subject,
        task: Task,
        tables: Mapping[str, Table],
        soft: SoftLabels | None = None,
        within: Config | None = None,
    ):
        """Initialises without running anything.

        Args:
          tables: `train-<source>`, `dev-<source>`, and `test-<target>` of each target.
          soft: a teacher's scores on the training data.
          within: configuration of the evaluation it belongs to; by default the encoder's.
        """
        self._subject, self._task, self._tables, self._soft = subject, task, tables, soft
        self._config, vocabulary, _, self._step, *_ = subject.source.pretrained
        self._fingerprint = fingerprint(within) if within else subject.fingerprint
        self._special = vocabulary.special
        self._model, self._seed = subject.model, subject.seed
        self._source = self._config.source_language

    def measure(self) -> list[Result]:
        """Runs the grid; returns results of all settings, the best ones' mean, and baselines.

        Per-item contributions to the means and to the baselines are saved.
        """
        results = [line for outcome in self.outcomes for line in self._of_setting(outcome)]
        results += self._of_best(self.outcomes)
        return results + (self._of_baselines() if self._subject.baselines else [])

    @cached_property
    def outcomes(self) -> list[SettingResult]:
        """Results of the settings of the grid."""
        self._describe(self._encoder)
        if self._soft is None:
            return self._run(self._job, self._folder)
        finetuning = self._config.evaluation.finetuning
        weight = 1.0 if finetuning.then_gold else finetuning.teacher_weight
        objective = Objective(weight, finetuning.temperature, finetuning.label_smoothing)
        taught = replace(self._job, soft=self._soft, objective=objective)
        self._say(f"taught by {self._soft.name}, a={weight:g}, t={finetuning.temperature:g}")
        if not finetuning.then_gold:
            return self._run(taught, self._folder)
        before = self._folder / "soft"
        self._run(taught, before)
        self._say("now right answers alone")
        return self._run(self._job, self._folder, after=before)

    def soft_labels(self) -> SoftLabels:
        """Scores of the setting that is best on source dev, for the training data."""
        best, *_ = best_outcomes(self.outcomes, self._task.selection)
        head = make_head(self._job, self._config.model)
        clip_norm = self._config.evaluation.finetuning.clip_norm
        reading = make_reading(self._job, self._encoder, head, clip_norm)
        like = trained_params(self._encoder, head)
        place = self._folder / best.setting.name
        return soft_labels(self._job, reading, like, place, self._say)

    @cached_property
    def _encoder(self) -> nnx.Module:
        module = self._subject.source.pretrained.module
        return reinitialised(module, self._config, self._config.evaluation.finetuning.reinitialise)

    @cached_property
    def _folder(self) -> Path:
        return grid_folder(
            self._subject.workdir, f"{self._task.name}-{self._model}",
            self._subject.source.pretrained, self._config.evaluation.finetuning, self._job,
            self._limits.length, self._soft,
        )  # fmt: skip

    def _run(self, job: Job, folder: Path, after: Path | None = None) -> list[SettingResult]:
        clip_norm = self._config.evaluation.finetuning.clip_norm
        model = self._config.model
        return run_grid(job, self._encoder, model, clip_norm, folder, self._say, after)

    @cached_property
    def _job(self) -> Job:
        evaluation = self._config.evaluation
        finetuning = evaluation.finetuning
        return make_job(
            self._task,
            effective(self._task, getattr(evaluation, self._task.name), finetuning.quick),
            self._tables,
            self._config.languages,
            self._limits,
            finetuning.buckets,
            self._seed,
            Objective(label_smoothing=finetuning.label_smoothing),
        )

    @property
    def _limits(self) -> Limits:
        windows = self._config.evaluation.finetuning.windows
        return Limits(self._config.training.length, windows, self._special)

    @property
    def _splits(self) -> dict[str, Split]:
        """The evaluation data, with the keys of `Scores`."""
        return {DEV: self._job.dev, **self._job.tests}

    def _language(self, split: str) -> str:
        return self._source if split == DEV else split

    def _describe(self, encoder: nnx.Module) -> None:
        if changed := unusual(self._config.evaluation.finetuning):
            self._say(", ".join(changed))
        params = nnx.to_pure_dict(nnx.state(encoder))
        for line in parameter_owners(params, private_owners(self._config), trained=()):
            self._say(": ".join(line))
        job = self._job
        shapes = ", ".join(f"{b.windows} x {b.length}" for b in job.train.shapes)
        self._say(
            f"{len(job.train.table):,} training sentences in {self._source}, {len(job.labels)} "
            f"labels, sequences of {shapes} tokens"
        )
        tests = {f"{name} test": split for name, split in job.tests.items()}
        for name, split in {f"{self._source} dev": job.dev, **tests}.items():
            for line in what_is_scored(job, split, self._limits):
                self._say(f"{name}: {line}")

    def _say(self, text: str) -> None:
        print(f"{self._task.name} {self._model}  {text}", file=sys.stderr, flush=True)

    def _of_setting(self, outcome: SettingResult) -> list[Result]:
        return [
            self._result(self._model, language, metric, [ratio], setting=outcome.setting.name)
            for language, of_language in outcome.scores.items()
            for metric, ratio in of_language.items()
        ]

    def _of_best(self, outcomes: Sequence[SettingResult]) -> list[Result]:
        metric = self._task.selection
        best = [outcome.scores for outcome in best_outcomes(outcomes, metric)]
        return [
            self._result(self._model, language, metric, [s[language][metric] for s in best])
            for language, of_language in best[0].items()
            for metric in of_language
        ]

    def _of_baselines(self) -> list[Result]:
        job, task, results = self._job, self._task, []
        for name, baseline in task.baselines.items():
            answer = baseline.learn(job.train.table, task.column)
            for language, split in self._splits.items():
                if not baseline.is_fair(self._source, self._language(language)):
                    continue
                scores = task.scores(split.table, job.labels, answer(split.table))
                results += [
                    self._result(name, language, metric, [ratio])
                    for metric, ratio in scores.items()
                ]
        return results

    def _result(
        self,
        model: str,
        language: str,
        metric: str,
        ratios: Sequence[Ratio],
        setting: str | None = None,
    ) -> Result:
        interval = (None, None) if setting else bootstrap_interval(ratios, self._seed)
        table = self._splits[language].table
        result = Result(
            evaluator=self._task.name,
            metric=f"dev_{metric}" if language == DEV else metric,
            model=model,
            source=self._source,
            target=self._language(language),
            layer=None,
            value=mean_value(ratios),
            low=interval[0],
            high=interval[1],
            n=len(table),
            step=0 if model in self._task.baselines else self._step,
            seed=self._seed,
            config=self._fingerprint,
            seen=None,
            setting=setting,
            items=fingerprint_items(self._task.sentences(table)),
        )
        if setting is None and language != DEV and metric == self._task.selection:
            self._subject.keep(result, ratios, item_digests(self._task.items(table)))
        return result
