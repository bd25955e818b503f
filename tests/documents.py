"""The documents, and the code in them."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

Place = tuple[Path, str]
"""A document and something in it."""


def blocks(language: str) -> Iterator[Place]:
    """Yields the blocks of code in a language."""
    for path in DOCUMENTS:
        for block in re.findall(rf"^```{language}\n(.*?)^```", path.read_text(), re.DOTALL | re.M):
            yield path, block


def inline_code() -> Iterator[Place]:
    """Yields what stands between backquotes in running text, on one line."""
    for path in DOCUMENTS:
        text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.DOTALL | re.M)
        for code in re.findall(r"`([^`]+)`", text):
            yield path, " ".join(code.split())


def named(place: Place) -> str:
    """Names a test of something in a document."""
    path, text = place
    return f"{path.relative_to(ROOT)}: {text[:60]}"
