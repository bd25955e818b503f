"""Figures that correspond to the paper's findings; `layer_figure` is the overview by layer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from matplotlib.figure import Figure

from mlm_xling.directories import write_whole
from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.evaluation.finetuning.task import Task
from mlm_xling.reports.figures.alternative import in_words
from mlm_xling.reports.figures.curves import PANELS
from mlm_xling.reports.figures.emergence import emergence_figure
from mlm_xling.reports.figures.heat import layer_pairs_figure, similarity_figure
from mlm_xling.reports.figures.series import Runs, Variant, layered_figure
from mlm_xling.reports.figures.style import DOTTED, render
from mlm_xling.reports.figures.training_size import training_size_figure
from mlm_xling.results import Result

EMERGED = ("CKA debiased", "P@1 raw", "P@1 centred", "P@1 Procrustes")
RETRIEVAL = ("p@1_procrustes_forward", "p@1_procrustes_backward")


@dataclass(frozen=True)
class Picture:
    """A figure of the report."""

    name: str
    """Name of its files, without `.png` or `.svg`."""
    title: str
    caption: str
    figure: Figure
    drawing: str = ""
    """HTML elements that replace the PNG on a page, or empty."""

    @property
    def alt(self) -> str:
        """Alternative text, for readers who cannot see it."""
        return f"{self.title}: {in_words(self.figure)}"

    @cached_property
    def png(self) -> bytes:
        """The picture as PNG."""
        return render(self.figure, "png")

    def write(self, folder: Path) -> None:
        """Writes `<name>.png`, and `<name>.svg` for print."""
        write_whole(folder / f"{self.name}.png", self.png)
        write_whole(folder / f"{self.name}.svg", render(self.figure, "svg"))


def write_pictures(drawn: Iterable[Picture], folder: Path) -> None:
    """Writes pictures into the folder of a report, and removes those of an earlier one."""
    drawn = list(drawn)
    for picture in drawn:
        picture.write(folder)
    names = {picture.name for picture in drawn}
    for kind in ("png", "svg"):
        for file in folder.glob(f"*.{kind}"):
            if file.stem not in names:
                file.unlink()


def pictures(runs: Runs, history: list[Result]) -> list[Picture]:
    """Draws the figures of the paper's sections 5.1 and 5.2, and additional ones.

    Args:
      runs: the runs to compare, starting with the one that is reported.
      history: results of the reported run at all its steps.
    """
    reported = next(iter(runs.values()))
    drawn = [
        ("words", "Word translation", WORDS, _words(runs)),
        *(_mapped(runs, task) for task in TASKS.values() if task.on_layers),
        ("retrieval", "Sentence retrieval", SENTENCES, _retrieval(runs)),
        ("training_size", "Sentences that the map needs", SIZE, training_size_figure(runs)),
        ("similarity", "Similarity", SIMILARITY, similarity_figure(runs, "cka_debiased")),
        ("layer_pairs", "Every layer with every other", PAIRS, layer_pairs_figure(reported)),
        *_emergence(history),
    ]
    return [Picture(name, title, caption, made) for name, title, caption, made in drawn if made]


def _words(runs: Runs) -> Figure | None:
    variants = (
        Variant("after Procrustes", ("word_p@1_other",)),
        Variant("... of single subwords", ("word_p@1_other_single",), (0, (4, 2))),
        Variant("raw (no map)", ("word_p@1_other_raw",), DOTTED),
    )
    return layered_figure(runs, variants, "word P@1, CSLS", percent=True)


def _mapped(runs: Runs, task: Task) -> tuple[str, str, str, Figure | None]:
    name = f"contextual_{task.name}_{task.selection}"
    variants = (
        Variant("mapped", (name,)),
        Variant("not mapped", (f"{name}_raw",), DOTTED),
    )
    label = task.metrics[task.selection].title
    drawn = layered_figure(runs, variants, label, percent=True)
    return name, f"Mapped layers: {task.title}", f"{MAPPED} {task.compare}".strip(), drawn


def _retrieval(runs: Runs) -> Figure | None:
    variants = (Variant("after Procrustes", RETRIEVAL),)
    return layered_figure(runs, variants, "sentence P@1, Procrustes", percent=True)


def _emergence(history: list[Result]) -> Iterator[tuple[str, str, str, Figure | None]]:
    """Yields one figure of CKA and retrieval, and one per other evaluator with curves."""
    yield "emergence", "Emergence", EMERGENCE, emergence_figure(history, EMERGED, "CKA, P@1")
    for name, curves in PANELS.items():
        if name not in ("cka", "retrieval"):
            drawn = emergence_figure(history, curves, name)
            yield f"emergence_{name}", f"Emergence: {name}", EMERGENCE, drawn


WORDS = (
    "Dictionary induction by layer, after Procrustes on the training part of the dictionary; "
    "dotted: without any map, within one encoder. Dashed and hollow: only words that are a single "
    "subword, as only these have an embedding of their own ('static'). Words that are spelled like "
    "their translation are left out: a joint vocabulary has one embedding for both (the tables "
    "have all words). Compare with Figure 4 of the paper: there, contextual induction from "
    "independent monolingual models improves towards higher layers."
)
MAPPED = (
    "A head trained on a frozen layer of the source model and tested on the target model's layer "
    "through the map; dotted: without the map."
)
SENTENCES = (
    "Mean-pooled sentences, mapped by Procrustes; P@1 by cosine, mean of both directions. Compare "
    "with Figure 6 of the paper: there, retrieval from independent monolingual models is best at "
    "lower layers."
)
SIZE = (
    "Retrieval when the map is fitted on fewer pairs, at the layer chosen with all of them. The "
    "paper fits on 10,000. With fewer pairs than dimensions the map is not determined."
)
SIMILARITY = (
    "Debiased linear CKA of mean-pooled translations. 'untrained target': an untrained encoder on "
    "the target's side only. Compare with Figure 7 of the paper (whose CKA is not debiased, on "
    "10,000 pairs): there, it is highest in the first layers, bilingual models are slightly above "
    "pairs of monolingual ones, and both are above an untrained encoder; over layers it correlates "
    "with retrieval (Pearson above 0.9). Linear CKA alone can mislead: see the further measures "
    "and the share of variance of the largest dimension in the tables."
)
PAIRS = (
    "Debiased CKA of every layer of the source with every layer of the target. Corresponding "
    "layers lie on the diagonal."
)
EMERGENCE = (
    "Probes during pretraining, against the step (top) and against the dev perplexity (bottom, "
    "geometric mean of both languages). Each is shown at the layer chosen at the end of training, "
    "on the pairs that maps are fitted on; if neither high nor low is better, as the mean over "
    "layers."
)
