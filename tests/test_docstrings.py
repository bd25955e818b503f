"""A docstring says what it describes: an editor shows it without the name that it stands under."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("mlm_xling", "tasks", "configs", "benchmarks")
SOURCES = [*ROOT.glob("*.py"), *(path for name in FOLDERS for path in (ROOT / name).rglob("*.py"))]
FRAGMENT = re.compile(
    r"(Of|As|By|In|To|With|At|On|Without|Under|Within|Among|Between|Before|After|Over)\s|\.\.\."
)
"""What begins a docstring that goes on from the name above it."""


def fragments(source: str) -> list[int]:
    """Lists the lines of docstrings, of attributes and constants too, that are fragments."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        and FRAGMENT.match(node.value.value)
    ]


def test_every_docstring_stands_alone():
    assert not [
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCES
        for line in fragments(path.read_text())
    ]


def test_fragments_are_found_under_whatever_has_a_docstring():
    source = '''"""In a module."""
ENDS = (0, 1)
"""Of a shard."""
SPLIT = "By chance"
"""Often changed."""
class Shard:
    """The class of a file."""
    number: int
    """With its
    folder."""
    def write(self):
        """To a file."""
        self.size = 0
        """... and bytes."""
'''

    assert sorted(fragments(source)) == [1, 3, 9, 12, 14]
