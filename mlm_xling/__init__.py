"""Experiments on why masked language models trained on several languages share meaning.

`load`, `evaluate`, `report` and `export` are the API for notebooks (`library.py`).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlm_xling.library import evaluate, export, load, report

__all__ = ["evaluate", "export", "load", "report"]


def __getattr__(name: str) -> Any:
    """Imports the library on first use: programs must print messages before JAX is loaded."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mlm_xling import library

    return getattr(library, name)
