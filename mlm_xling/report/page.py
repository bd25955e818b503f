"""The report of a run: `report.md`, a self-contained `index.html`, and `layers.png`."""

import base64
import os
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
    workdir: Path, config: Config | None = None, manifest: Manifest | None = None
) -> Path:
    """Makes `<workdir>/report/` from `<workdir>/results.jsonl` and returns the HTML page.

    Shown are the results of the configuration that was measured last. With that `config`, the
    page lists its fields; with the `manifest` of what was trained on, its anchor points.

    Raises:
      InputError: there are no results, or a line of them is damaged.
    """
    results = newest(read_results(workdir / FILE_NAME))
    if not results:
        raise InputError(f"{workdir / FILE_NAME}: no results to report; run run_eval.py")
    sections = _sections(results, config)
    if manifest is not None:
        table = anchors.anchor_table(manifest)
        sections.append(Section(2, "Anchor points", paragraphs=[anchors.CAPTION], table=table))
    png = layer_figure(results)
    directory = workdir / "report"
    directory.mkdir(parents=True, exist_ok=True)
    _replace(directory / FIGURE, png)
    _replace(directory / "report.md", _markdown(sections).encode())
    _replace(directory / "index.html", _html(sections, png).encode())
    return directory / "index.html"


def _sections(results: list[Result], config: Config | None) -> list[Section]:
    pairs = by_pair(results)
    names = ", ".join(f"{source}-{target}" for source, target in pairs)
    sections = [
        Section(1, f"What emerged: {names}", seen_notes(results), [_summary(results)]),
        Section(2, "Layer by layer", paragraphs=[CAPTION], figure=FIGURE),
    ]
    for (source, target), of_pair in pairs.items():
        sections.append(Section(2, f"{source}-{target}: best layers", table=best_layers(of_pair)))
        for model in dict.fromkeys(result.model for result in of_pair):
            title = f"{source}-{target}: every layer, {model} encoder"
            sections.append(Section(3, title, table=per_layer(of_pair, model)))
    if config is not None and fingerprint(config) == results[0].config:
        rows = [[name, _field(value)] for name, value in fields(config)]
        sections.append(Section(2, "Configuration", table=Table(["field", "value"], rows)))
    return sections


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
        f"{', '.join(f'{n:,}' for n in sizes)} sentence pairs; seed {trained[0].seed}; "
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


def _html(sections: list[Section], png: bytes) -> str:
    source = "data:image/png;base64," + base64.b64encode(png).decode()
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
