"""The report of a run: `report.md`, a self-contained `index.html`, and `layers.png`."""

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from mlm_xling.config import Config, fields, fingerprint
from mlm_xling.data.manifest import Manifest
from mlm_xling.errors import InputError
from mlm_xling.evaluation.results import FILE_NAME, Result, read_results
from mlm_xling.report import anchors
from mlm_xling.report.figures import layer_figure
from mlm_xling.report.selection import by_pair, newest, seen_notes
from mlm_xling.report.tables import Table, best_layers, per_layer
from mlm_xling.report.transfer import (
    detail_table,
    is_transfer,
    rows_of,
    settings_table,
    transfer_table,
)

FIGURE = "layers.png"
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 72rem; margin: 2rem auto;
       padding: 0 1rem; }
h1, h2, h3 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
img { max-width: 100%; height: auto; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9rem; }
th, td { padding: 0.25rem 0.75rem; text-align: right; border-bottom: 1px solid #e4e4e4; }
th:first-child, td:first-child { text-align: left; } thead th { border-bottom: 2px solid #999; }
.warning { border-left: 4px solid #D55E00; background: #fdf3ec; padding: 0.5rem 1rem; }
"""


@dataclass
class Section:
    """A heading of some level and what stands under it, in this order."""

    level: int
    title: str
    warnings: list[str] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)
    figure: str = ""
    """Name of the image, or empty."""
    table: Table | None = None


def write_report(
    workdir: Path,
    config: Config | None = None,
    manifest: Manifest | None = None,
    beside: Sequence[Path] = (),
    baseline: str | None = None,
) -> Path:
    """Makes `<workdir>/report/` from `<workdir>/results.jsonl` and returns the HTML page.

    Shown are the results of the configuration that was measured last. With that `config`, the
    page lists its fields; with the `manifest` of what was trained on, its anchor points.

    Args:
      beside: workdirs of other runs that are to stand in the tables of transfer.
      baseline: the row there that the others are compared with; by default this run.

    Raises:
      InputError: there are no results, a line of them is damaged, or there is no such row.
    """
    results = newest(read_results(workdir / FILE_NAME))
    if not results:
        raise InputError(f"{workdir / FILE_NAME}: no results to report; run run_eval.py")
    others = {place.resolve().name: newest(read_results(place / FILE_NAME)) for place in beside}
    sections = _sections({workdir.resolve().name: results, **others}, baseline, config)
    if manifest is not None:
        table = anchors.anchor_table(manifest)
        sections.append(Section(2, "Anchor points", paragraphs=[anchors.CAPTION], table=table))
    probed = [result for result in results if not is_transfer(result)]
    png = layer_figure(probed) if probed else None
    directory = workdir / "report"
    directory.mkdir(parents=True, exist_ok=True)
    if png:
        _replace(directory / FIGURE, png)
    _replace(directory / "report.md", _markdown(sections).encode())
    _replace(directory / "index.html", _html(sections, png).encode())
    return directory / "index.html"


def _sections(
    runs: dict[str, list[Result]], baseline: str | None, config: Config | None
) -> list[Section]:
    """The first of `runs` is the one reported; the others stand beside it."""
    results = next(iter(runs.values()))
    names = ", ".join(f"{source}-{target}" for source, target in by_pair(results))
    probed = [result for result in results if not is_transfer(result)]
    notes, summary = seen_notes(probed), [_summary(results)]
    sections = [Section(1, f"What emerged: {names}", notes, summary)]
    sections += _transfer_sections(runs, baseline)
    sections += _layer_sections(probed)
    if config is not None and fingerprint(config) == results[0].config:
        rows = [[name, _field(value)] for name, value in fields(config)]
        sections.append(Section(2, "Configuration", table=Table(["field", "value"], rows)))
    return sections


def _layer_sections(results: list[Result]) -> list[Section]:
    if not results:
        return []
    sections = [Section(2, "Layer by layer", paragraphs=[CAPTION], figure=FIGURE)]
    for (source, target), of_pair in by_pair(results).items():
        sections.append(Section(2, f"{source}-{target}: best layers", table=best_layers(of_pair)))
        for model in dict.fromkeys(result.model for result in of_pair):
            title = f"{source}-{target}: every layer, {model} encoder"
            sections.append(Section(3, title, table=per_layer(of_pair, model)))
    return sections


def _transfer_sections(runs: dict[str, list[Result]], baseline: str | None) -> list[Section]:
    rows = [row for name, results in runs.items() for row in rows_of(name, results)]
    if not rows:
        return []
    baseline = baseline or rows[0].name
    if baseline not in (row.name for row in rows):
        known = "; ".join(row.name for row in rows)
        raise InputError(f"--baseline={baseline}: no such row; there are {known}")
    table = transfer_table(rows, baseline)
    caption = TRANSFER_CAPTION.format(baseline=baseline)
    sections = [Section(2, "Zero-shot transfer", paragraphs=[caption], table=table)]
    results = next(iter(runs.values()))
    for evaluator in dict.fromkeys(r.evaluator for r in results if is_transfer(r)):
        title = f"{evaluator}: every metric, mean of the best two settings"
        sections.append(Section(3, title, table=detail_table(results, evaluator)))
        title = f"{evaluator}: every setting"
        sections.append(Section(3, title, table=settings_table(results, evaluator)))
    return sections


TRANSFER_CAPTION = (
    "Fine-tuned on labelled data of the source language, tested on the others. Each number is the "
    "mean over the two settings of the grid that are best on source dev data, with a 95% interval "
    "from resampling test sentences; Δ is the mean difference to {baseline} over languages. In "
    "brackets the paper's number for the same row and pair, where a row bears its name. `random`: "
    "the same architecture, not pretrained, fine-tuned in the same way. `majority`: what is most "
    "frequent in the training data."
)

CAPTION = (
    "CKA compares mean-pooled translations; it is biased upward when there are few sentences "
    "for the width, so read it beside the debiased estimate and permuted pairs. P@1 is the "
    "share of sentences whose nearest neighbour is the translation, the mean of both directions: "
    "by cosine (raw), after removing each language's mean (centred), and after an orthogonal "
    "map (Procrustes); means and maps come from other sentences than those measured. "
    "The random encoder has the same architecture and was never trained. A best layer is chosen "
    "on the very pairs it is reported for, which favours it slightly."
)


def _summary(results: list[Result]) -> str:
    trained = [result for result in results if result.model == "trained"] or results
    steps = sorted({result.step for result in trained})
    sizes = sorted({result.n for result in results})
    return (
        f"Step {', '.join(f'{step:,}' for step in steps)}; "
        f"{', '.join(f'{n:,}' for n in sizes)} sentences; seed {trained[0].seed}; "
        f"configuration {results[0].config}."
    )


def _field(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _markdown(sections: list[Section]) -> str:
    blocks = []
    for section in sections:
        blocks.append("#" * section.level + f" {section.title}\n")
        blocks += [f"> **Warning:** {warning}\n" for warning in section.warnings]
        blocks += [f"{paragraph}\n" for paragraph in section.paragraphs]
        if section.figure:
            blocks.append(f"![{section.title}]({section.figure})\n")
        if section.table:
            blocks.append(section.table.markdown())
    return "\n".join(blocks)


def _html(sections: list[Section], png: bytes | None) -> str:
    source = "data:image/png;base64," + base64.b64encode(png or b"").decode()
    blocks = []
    for section in sections:
        blocks.append(f"<h{section.level}>{escape(section.title)}</h{section.level}>")
        blocks += [f'<p class="warning">{escape(warning)}</p>' for warning in section.warnings]
        blocks += [f"<p>{escape(paragraph)}</p>" for paragraph in section.paragraphs]
        if section.figure:
            blocks.append(f'<img src="{source}" alt="{escape(section.title)}">')
        if section.table:
            blocks.append(f'<div class="scroll">{section.table.html()}</div>')
    title = escape(sections[0].title)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n" + "\n".join(blocks) + "\n</body>\n</html>\n"
    )


def _replace(path: Path, content: bytes) -> None:
    """Writes aside, then renames: a reader never meets half a file."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_bytes(content)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
