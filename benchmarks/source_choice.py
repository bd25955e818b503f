"""From which language should a task be learnt for another one? Twelve languages of the lab.

    python -m benchmarks.source_choice runs/source_choice

Trains encoders, measures how similar languages are to them, fine-tunes each on every language in
turn (three runs, each some forty minutes of a core; a killed run goes on where it was), and keeps
how good the choice by each similarity is in `docs/results/source-choice.jsonl`.
docs/how-to/language-similarity.md.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.experiments import main, missing, one_setting, pretrain, run
from mlm_xling.evaluation.measures.source_choice import Choice
from mlm_xling.reports.selection import newest
from mlm_xling.reports.source_choice import proximities, similarities, sources_of
from mlm_xling.results import FILE_NAME, Result, append_results, read_results

LANGUAGES = tuple("abcdefghijkl")
TASKS = ("parsing", "pos")
SCORES = ("las", "accuracy")
KEPT = f"({'|'.join(SCORES)}|source_.*)$"
"""Metrics that the page quotes."""
SETTINGS = (
    f"--config=configs/demo.py:{'-'.join(LANGUAGES)}/default",
    f"--config.lab.languages={','.join(LANGUAGES)}",
    "--config.lab.cognates=f:b:0.8,g:f:0.8,h:c:0.6,i:h:0.8,j:d:0.4,k:j:0.8,l:e:0.6",
    "--config.lab.sentences=20000",
    "--config.lab.labelled=1000",
    "--config.lab.nli_pairs=100",
    "--config.vocabulary.size=4000",
    "--config.training.groups=4",
    *one_setting(*TASKS),
)


def make(name: str, seed: int, folder: Path) -> Path:
    """Makes a run as far as it is not yet; returns its folder. Each seed has a world of its own."""
    workdir = pretrain(name, seed, folder, *SETTINGS, f"--config.lab.seed={seed}")
    asked = f"--workdir={workdir}", "--checkpoint=latest"
    if names := missing(["language_similarity"], workdir):
        distances = "--config.evaluation.distances=lab:grammar,lab:lexicon"
        run("run_eval.py", *asked, f"--evaluators={names}", distances)
    for source in LANGUAGES:
        if names := _not_learnt_from(source, workdir):
            learnt_from = f"--config.evaluation.finetuning.source={source}"
            run("run_eval.py", *asked, f"--evaluators={names}", "--models=trained", learnt_from)
    return with_choices(workdir, folder / "choices" / workdir.name)


def _not_learnt_from(source: str, workdir: Path) -> str:
    """Names the tasks, for `--evaluators`, that were not yet learnt from a language."""
    done = {one.evaluator for one in read_results(workdir / FILE_NAME) if one.source == source}
    return ",".join(task for task in TASKS if task not in done)


def with_choices(workdir: Path, place: Path) -> Path:
    """Writes scores of all sources, and what choosing among them is worth; returns where."""
    results = newest(read_results(workdir / FILE_NAME))
    path = place / FILE_NAME
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    for task in TASKS:
        scores = [
            r for r in results if r.evaluator == task and r.metric in SCORES and r.setting is None
        ]
        append_results(path, [*scores, *choices(results, task, scores[0])])
    return place


def choices(results: list[Result], task: str, template: Result) -> Iterator[Result]:
    """Yields the value of each choice of sources for a task.

    The model is `trained` or `random` with the space as the source, or what chooses without a
    model: the name of a distance, `chance`, or the usual source.
    """
    sources = sources_of(results, task)
    if sources is None:
        return
    usual = sources.names[sources.usual]
    made: dict[tuple[str, str, int | None], Choice] = {
        ("chance", "", None): sources.random(),
        (usual, "", None): sources.always_usual(),
    }
    for (model, layer, space), near in similarities(results).items():
        made[model, space, layer] = sources.nearest(near)
    for distance, near in proximities(results).items():
        made[distance, "", None] = sources.nearest(near)
    for (model, source, layer), choice in made.items():
        for name in ("regret", "gain", "rank_correlation"):
            if np.isfinite(value := getattr(choice, name)):
                yield replace(
                    template, metric=f"source_{name}", model=model, source=source, target="",
                    layer=layer, value=value, low=None, high=None, n=choice.targets,
                )  # fmt: skip


if __name__ == "__main__":
    main("source-choice", ("lab12",), make, KEPT)
