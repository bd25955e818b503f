"""Tasks on frozen layers: trained on the source encoder, tested on the target through a map.

On every layer of the source encoder a head (four Transformer layers and the task's own) is trained
with source labels. It is then applied to the same layer of the target encoder: through the map of
`layer_maps`, and within one encoder also without it (`_raw`). `_source` is its score on the source
dev data, which selects epoch and settings, as in fine-tuning; the grid is that of
`finetuning.grid.of_frozen_layer`. Training does not depend on targets, so it is done once for all.
Reports also select a layer by the source dev data.
"""

import sys
from functools import cached_property, partial
from typing import NamedTuple

from flax import nnx
from jaxtyping import PyTree

from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.finetuning.batching import with_room
from mlm_xling.evaluation.finetuning.checkpoints import DEV, best_params
from mlm_xling.evaluation.finetuning.grid import of_frozen_layer
from mlm_xling.evaluation.finetuning.job import Split, make_job
from mlm_xling.evaluation.finetuning.loop import (
    make_head,
    make_reading,
    run_grid,
    score,
)
from mlm_xling.evaluation.finetuning.step import trained_params
from mlm_xling.evaluation.finetuning.task import Task
from mlm_xling.evaluation.finetuning.transfer import (
    best_outcomes,
    grid_folder,
    what_is_scored,
)
from mlm_xling.evaluation.finetuning.windows import Limits
from mlm_xling.evaluation.inputs.aligned_words import words_to_align
from mlm_xling.evaluation.inputs.labelled_pairs import labelled_pair, labelled_pair_places
from mlm_xling.evaluation.inputs.parallel_rows import language_of
from mlm_xling.evaluation.measures.ratio import Ratio, bootstrap_interval, mean_value
from mlm_xling.evaluation.probes.contextual import layer_maps, word_pairs
from mlm_xling.evaluation.subject import Subject
from mlm_xling.model.functions import key_of
from mlm_xling.model.objective import Objective
from mlm_xling.model.stack import Affine, FrozenLayer, Reader, Stack
from mlm_xling.outcomes import item_digests
from mlm_xling.results import Result

NAME = "contextual_{task}"
"""Name of a task's evaluator, which is also the prefix of its metrics."""
_VARIANTS = {
    "": ("mapped", "mapped, {target}"),
    "_raw": ("raw", "raw, {target}"),
    "_source": ("source dev", "{source} dev"),
}
"""Suffix of a metric -> additions to the names of its curve and its title."""


def evaluate_heads(subject: Subject, task: Task) -> list[Result]:
    """Evaluates a task at every layer, mapped and, within one encoder, raw.

    Raises:
      DivergedError: a loss is not finite.
    """
    aligned = subject.inputs[labelled_pair(task.name, task.kind)].aligned
    maps = {name: layer_maps(word_pairs(subject, name, of)) for name, of in aligned.items()}
    heads = Heads(subject, task)
    results = []
    for layer in range(subject.config.model.layers + 1):
        trained = heads.train(layer)
        for name in aligned:
            scores = {"": heads.test(name, trained, maps[name][layer].affine)}
            if subject.together:
                scores["_raw"] = heads.test(name, trained, None)
            for suffix, of_settings in (scores | {"_source": trained.dev}).items():
                for metric in task.on_layers:
                    split = DEV if suffix == "_source" else name
                    found = _result(
                        subject,
                        task,
                        name,
                        metric,
                        suffix,
                        of_settings,
                        trained,
                        heads.items(split),
                    )
                    if suffix != "_source" and metric == task.selection:
                        ratios = [of_metrics[metric] for of_metrics in of_settings]
                        subject.keep(found, ratios, item_digests(heads.items(name)))
                    results.append(found)
    return results


class Trained(NamedTuple):
    """The heads on one layer: those of the best settings by source dev."""

    layer: int
    params: list[PyTree]
    dev: list[dict[str, Ratio]]
    """Scores by metric."""


class Heads:
    """One task on frozen layers of the source encoder, tested on the source or the target."""

    def __init__(self, subject: Subject, task: Task):
        self._subject, self._model = subject, subject.config.model
        self._evaluator = NAME.format(task=task.name)
        source, target = (side.pretrained.config for side in (subject.source, subject.target))
        evaluation = source.evaluation
        self._finetuning = evaluation.finetuning
        self._limits, self._target_limits = (
            Limits(
                min(source.training.length, target.training.length),
                self._finetuning.windows,
                side.pretrained.vocabulary.special,
            )
            for side in (subject.source, subject.target)
        )
        labelled, self._tables, _ = subject.inputs[labelled_pair(task.name, task.kind)]
        grid = of_frozen_layer(task, getattr(evaluation, task.name), self._finetuning.quick)
        self._job = make_job(
            task, grid, labelled, source.languages, self._limits, self._finetuning.buckets,
            subject.seed, Objective(label_smoothing=self._finetuning.label_smoothing),
        )  # fmt: skip
        self._folder = grid_folder(
            subject.workdir, f"{self._evaluator}-{subject.model}", subject.source.pretrained,
            self._finetuning, self._job, self._limits.length,
        )  # fmt: skip

    def train(self, layer: int) -> Trained:
        """Runs the grid on a layer, or the missing part of it."""
        reader = self._reader(self._subject.source.pretrained.module, layer)
        folder = self._folder / f"layer_{layer}"
        outcomes = run_grid(
            self._job, reader, self._model, self._finetuning.clip_norm, folder,
            lambda text: self._say(f"layer {layer}  {text}"),
        )  # fmt: skip
        best = best_outcomes(outcomes, self._job.task.selection)
        like = trained_params(reader, make_head(self._job, self._model))
        params = [best_params(folder / outcome.setting.name, like) for outcome in best]
        return Trained(layer, params, [outcome.scores[DEV] for outcome in best])

    def test(self, name: str, trained: Trained, mapping: Affine | None) -> list[dict[str, Ratio]]:
        """Evaluates each of the heads on a target, by metric; `mapping` None means no map."""
        target = self._subject.target.pretrained
        reader = self._reader(target.module, trained.layer, mapping)
        head = make_head(self._job, self._model)
        reading = make_reading(self._job, reader, head, self._finetuning.clip_norm)
        split = self._splits[name]
        return [score(self._job, reading, params, split) for params in trained.params]

    def items(self, name: str) -> list[str]:
        """Identifies the test items of a target, or those of the source dev data (`DEV`)."""
        split = self._job.dev if name == DEV else self._splits[name]
        return self._job.task.items(split.table)

    @cached_property
    def _splits(self) -> dict[str, Split]:
        """The test data, by name of the target."""
        languages, splits = self._subject.target.pretrained.config.languages, {}
        for name, table in self._tables.items():
            examples = self._job.task.examples(table, self._job.labels, self._target_limits)
            shapes = with_room(self._job.train.shapes, examples, self._limits.length)
            splits[name] = Split(table, examples, languages.index(language_of(name)), shapes)
            for line in what_is_scored(self._job, splits[name], self._target_limits):
                self._say(f"{name} test: {line}")
        return splits

    def _say(self, text: str) -> None:
        print(f"{self._evaluator} {self._subject.model} {text}", file=sys.stderr, flush=True)

    def _reader(self, encoder: nnx.Module, layer: int, mapping: Affine | None = None) -> Reader:
        stack = Stack(self._model, nnx.Rngs(params=key_of(self._job.seed)))
        return Reader(FrozenLayer(encoder, layer, mapping), stack)


def _result(
    subject: Subject,
    task: Task,
    name: str,
    metric: str,
    suffix: str,
    of_settings: list[dict[str, Ratio]],
    trained: Trained,
    items: list[str],
) -> Result:
    ratios = [scores[metric] for scores in of_settings]
    evaluator = NAME.format(task=task.name)
    return subject.result(
        evaluator,
        f"{evaluator}_{metric}{suffix}",
        (subject.config.languages[0], name),
        trained.layer,
        mean_value(ratios),
        bootstrap_interval(ratios, subject.seed),
        n=len(ratios[0].numerator),
        seen=None,
        items=items,
        choice=mean_value([scores[metric] for scores in trained.dev]),
    )


def head_evaluator(task: Task) -> Evaluator:
    """Returns the evaluator of a task on frozen layers."""
    titles = {name: f"{task.title} {task.metrics[name].title}" for name in task.on_layers}
    evaluator = NAME.format(task=task.name)
    return Evaluator(
        evaluator,
        partial(evaluate_heads, task=task),
        {
            f"{evaluator}_{name}{suffix}": Metric(
                f"{title} {what}",
                percent=True,
                curve=f"{title} {curve}" if name == task.selection else "",
            )
            for name, title in titles.items()
            for suffix, (curve, what) in _VARIANTS.items()
        },
        needs=(labelled_pair(task.name, task.kind),),
        checks=(words_to_align, labelled_pair_places(task.name, task.kind)),
        trains=True,
    )
