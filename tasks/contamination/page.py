"""The report: a bar chart and tables, as a page that needs no other file, and the chart as PNG."""

import base64
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tasks.contamination.audit import Audit
from tasks.contamination.counts import THRESHOLDS, Counts
from tasks.contamination.record import Record
from tasks.contamination.tables import (
    ALL,
    MAX_LANGUAGES,
    Rows,
    all_numbers,
    kinds_table,
    main_table,
    name_of,
)

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 72rem; margin: 2rem auto;
       padding: 0 1rem; }
img { max-width: 100%; } .scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9rem; }
th, td { padding: 0.25rem 0.75rem; text-align: right; border-bottom: 1px solid #e4e4e4; }
th:first-child, td:first-child { text-align: left; }
@media screen and (prefers-color-scheme: dark) {
  body { color: #ddd; background: #17191c; } th, td { border-color: #3a3d42; }
  img { background: white; border-radius: 6px; }
}
"""
_COLOURS = "#56B4E9", "#0072B2", "#003B5C"
_CAPTION = (
    "Shares of the lines whose language was asked for, with 95% intervals for other text of the "
    "same kind. The identifier errs, and where a language is rare most of its flags may be errors: "
    "an audit of the sample says how many. Lines under 20 letters and non-linguistic ones are not "
    "asked for. Intervals of words and subwords allow for lines being in one language as a whole."
)


def write_report(folder: Path, record: Record, audit: Audit) -> None:
    """Writes `index.html`, `chart.png` and `counts.tsv`.

    Args:
      audit: what an audit said, or nothing.
    """
    png = _chart(record.texts)
    (folder / "chart.png").write_bytes(png)
    (folder / "counts.tsv").write_text(
        "".join(f"{line}\n" for line in all_numbers(record.texts, audit))
    )
    tables = [
        f"<h2>Text of {escape(text.language)}</h2>\n<p>{escape(', '.join(text.files))}</p>\n"
        + _html(main_table(text, record.agreed, audit))
        for text in record.texts
    ]
    image = base64.b64encode(png).decode()
    blocks = [
        "<h1>Languages in the text</h1>",
        f"<p>{_CAPTION}</p>",
        f'<img src="data:image/png;base64,{image}" alt="Shares of other languages">',
        _html(kinds_table(record.texts)),
        *tables,
    ]
    (folder / "index.html").write_text(
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n<title>Languages in the text</title>'
        f"\n<style>{_STYLE}</style>\n</head>\n<body>\n" + "\n".join(blocks) + "\n</body>\n</html>\n"
    )


def _html(rows: Rows) -> str:
    head, *body = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    head = head.replace("td>", "th>")
    lines = "\n".join(f"<tr>{row}</tr>" for row in body)
    return (
        f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{lines}\n</tbody></table></div>"
    )


def _chart(texts: Sequence[Counts]) -> bytes:
    """One panel for each text, one group of bars for each language."""
    shown = [min(len(text.foreign), MAX_LANGUAGES) + 1 for text in texts]
    figure = Figure(figsize=(8, 0.9 * len(texts) + 0.3 * sum(shown)), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(texts), 1, squeeze=False, height_ratios=shown)
    for (axes,), text in zip(grid, texts, strict=True):
        groups = {
            ALL: text.foreign,
            **{name_of(name): [name] for name in text.foreign[:MAX_LANGUAGES]},
        }
        for number, (at, colour) in enumerate(zip(THRESHOLDS, _COLOURS, strict=True)):
            shares = [text.share(languages, at) for languages in groups.values()]
            widths = [100 * share.value for share in shares]
            ends = [
                [100 * (share.value - share.low) for share in shares],
                [100 * (share.high - share.value) for share in shares],
            ]
            places = [place + 0.27 * (number - 1) for place in range(len(groups))]
            axes.barh(places, widths, 0.27, xerr=ends, color=colour, ecolor="#8C8C8C",
                      label=f"p ≥ {at:g}")  # fmt: skip
        axes.set_yticks(range(len(groups)), groups)
        axes.set_ylim(len(groups) - 0.5, -0.5)
        axes.set_xlabel(f"% of the lines of {text.language}")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, loc="lower right")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=160)
    return buffer.getvalue()
