"""Sections of a report, and their rendering as Markdown and HTML."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from mlm_xling.reports.figures.word_map import STYLE as MAPS
from mlm_xling.reports.tables import Table, as_markdown

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 72rem; margin: 2rem auto;
       padding: 0 1rem; }
h1, h2, h3 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
img { max-width: 100%; height: auto; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9rem; }
th, td { padding: 0.25rem 0.75rem; text-align: right; border-bottom: 1px solid #e4e4e4; }
th:first-child, td:first-child { text-align: left; min-width: 9rem; }
thead th { border-bottom: 2px solid #999; }
.lead { font-size: 1.15rem; }
.warning { border-left: 4px solid #D55E00; background: #fdf3ec; padding: 0.5rem 1rem;
           overflow-wrap: anywhere; }
a { color: inherit; text-decoration-color: #999; } td a { white-space: nowrap; }
tr:target { background: #fdf3ec; }
@media screen and (prefers-color-scheme: dark) {
  body { color: #ddd; background: #17191c; } th, td { border-color: #3a3d42; }
  img { background: white; border-radius: 6px; } a { text-decoration-color: #777; }
  .warning, tr:target { background: #3a2a1e; }
}
@media print { body { max-width: none; margin: 0; } .scroll { overflow: visible; }
  table { font-size: 6.5pt; } th, td { padding: 1pt 3pt; }
  th:first-child, td:first-child { min-width: 0; }
  h2, h3 { break-after: avoid; } img, tr { break-inside: avoid; } }
"""


@dataclass(frozen=True)
class Lead:
    """A sentence of the summary, and the title of the section it links to, if any."""

    text: str
    to: str


@dataclass
class Section:
    """A heading and its content, in this order."""

    level: int
    title: str
    warnings: list[str] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)
    figure: str = ""
    """Name of the image without `.png`, or empty."""
    alt: str = ""
    """Alternative text of the image."""
    table: Table | None = None
    leads: list[Lead] = field(default_factory=list)
    """Shown before everything else."""
    drawing: str = ""
    """HTML elements that replace the image on a page, or empty."""


def markdown(sections: list[Section]) -> str:
    """Renders Markdown that refers to images as `<name>.png`."""
    blocks = []
    for section in sections:
        title = as_markdown(section.title)
        blocks.append("#" * section.level + f" {title}\n")
        for lead in section.leads:
            to = f" [{as_markdown(lead.to)}](#{anchor(lead.to)})" if lead.to else ""
            blocks.append(f"{as_markdown(lead.text)}{to}\n")
        blocks += [f"> **Warning:** {as_markdown(warning)}\n" for warning in section.warnings]
        blocks += [f"{as_markdown(paragraph)}\n" for paragraph in section.paragraphs]
        if section.figure:
            blocks.append(f"![{as_markdown(section.alt)}]({section.figure}.png)\n")
        if section.table:
            blocks.append(section.table.markdown())
    return "\n".join(blocks)


def anchor(title: str) -> str:
    """Returns the link anchor of a section, as GitHub forms it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def html(sections: list[Section], images: Mapping[str, bytes]) -> str:
    """Renders a self-contained page; `images` are PNGs by name."""
    sources = {
        name: "data:image/png;base64," + base64.b64encode(png).decode()
        for name, png in images.items()
    }
    blocks = []
    for section in sections:
        name, level = escape(anchor(section.title)), section.level
        blocks.append(f'<h{level} id="{name}">{escape(section.title)}</h{level}>')
        for lead in section.leads:
            to = f' <a href="#{escape(anchor(lead.to))}">{escape(lead.to)}</a>' if lead.to else ""
            blocks.append(f'<p class="lead">{escape(lead.text)}{to}</p>')
        blocks += [f'<p class="warning">{escape(warning)}</p>' for warning in section.warnings]
        blocks += [f"<p>{escape(paragraph)}</p>" for paragraph in section.paragraphs]
        if section.drawing:
            blocks.append(section.drawing)
        elif section.figure:
            blocks.append(f'<img src="{sources[section.figure]}" alt="{escape(section.alt)}">')
        if section.table:
            blocks.append(f'<div class="scroll">{section.table.html()}</div>')
    title, drawings = escape(sections[0].title), MAPS if any(s.drawing for s in sections) else ""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n'
        f"<style>{STYLE}{drawings}</style>\n</head>\n<body>\n"
        + "\n".join(blocks)
        + "\n</body>\n</html>\n"
    )
