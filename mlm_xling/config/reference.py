"""The reference page of all fields, generated from the dataclasses.

python -m mlm_xling.config.reference > docs/reference.md
"""

import argparse
import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Iterator
from typing import get_type_hints

from mlm_xling.config.fields import Config
from mlm_xling.config.limits import check_of
from mlm_xling.config.stored import OF_IMPORTED, OPEN_TO_EVALUATION, OPEN_TO_RESUMING

HEAD = f"""# Reference: every field of the configuration

Each field is a flag: `--config.optimizer.learning_rate=2e-4`; lists are separated by commas,
without spaces. The defaults are the paper's; `configs/*.py` set others. This page is made from the
dataclasses in `mlm_xling/config/` by `python -m mlm_xling.config.reference`.

An evaluation may change {OPEN_TO_EVALUATION}; of an encoder that was not trained
here also {", ".join(OF_IMPORTED)}. A resumed run may change {OPEN_TO_RESUMING}.
"""


def reference() -> str:
    """Returns the page as Markdown: a section per dataclass, a row per field."""
    return "\n".join([HEAD, *_sections(Config(), "config")])


def _sections(config: object, path: str) -> Iterator[str]:
    """Yields the section of a dataclass, then those of its nested dataclasses."""
    cls = type(config)
    notes, hints = _notes(cls), get_type_hints(cls)
    fields = dataclasses.fields(cls)  # pyright: ignore[reportArgumentType]
    leaves = [f for f in fields if not dataclasses.is_dataclass(getattr(config, f.name))]
    yield f"## {path}\n\n{_plain(inspect.getdoc(cls) or '')}\n"
    if leaves:
        yield "| field | type | default | holds |\n|---|---|---|---|"
        for field in leaves:
            kind = str(getattr(hints[field.name], "__name__", hints[field.name]))
            kind = str(hints[field.name]) if "tuple" in kind else kind
            holds = [notes.get(field.name, ""), _limits(field)]
            shown = _cell(_show(getattr(config, field.name)))
            text = _cell(" ".join(filter(None, holds)))
            yield f"| `{path}.{field.name}` | {_cell(kind)} | {shown} | {text} |"
        yield ""
    for field in fields:
        if field not in leaves:
            yield from _sections(getattr(config, field.name), f"{path}.{field.name}")


def _notes(cls: type) -> dict[str, str]:
    """Returns the docstring of each field of a class and its bases, as one line."""
    found: dict[str, str] = {}
    for base in cls.__mro__[-2::-1]:
        body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, note in zip(body.body, body.body[1:], strict=False):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(note, ast.Expr)
                and isinstance(note.value, ast.Constant)
            ):
                found[field.target.id] = _plain(str(note.value.value))
    return found


def _limits(field: dataclasses.Field) -> str:
    """Returns the range of a number or the choices of a word, as worded by its check."""
    check = check_of(field)
    if check is None or isinstance(field.default, tuple):
        return ""
    wrong = check("no such choice" if isinstance(field.default, str) else float("nan"))
    return f"({wrong.removeprefix('must be ')})" if wrong else ""


def _show(value: object) -> str:
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    return f"`{value}`" if value != "" else "(empty)"


def _plain(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    argparse.ArgumentParser(usage=argparse.SUPPRESS, description=__doc__).parse_args()
    print(reference(), end="")
