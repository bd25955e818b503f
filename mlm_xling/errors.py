"""Errors that end a run with one line instead of a traceback."""

from collections.abc import Collection, Iterable
from typing import Any


class InputError(Exception):
    """An error the user can fix: what is wrong, where, and what to do. Exit status 2."""


class DivergedError(Exception):
    """The loss or the gradient is no longer finite. Exit status 1."""


class StoppedError(Exception):
    """A signal ended a run after it saved. Exit status 128 plus the signal's number."""

    def __init__(self, signal: int):
        super().__init__(f"stopped by signal {signal}")
        self.signal = signal


def require_list(values: object, name: str) -> None:
    """Raises `InputError` unless `values` is iterable and not a string."""
    require(not isinstance(values, str), f"{name}={values!r}: must be a list, [{values!r}]")
    require(isinstance(values, Iterable), f"{name}={values!r}: must be a list")


def require_texts(values: Any, name: str) -> None:
    """Raises `InputError` unless `values` is a collection of strings; names the first other."""
    require_list(values, name)
    require(isinstance(values, Collection), f"{name}={values!r}: must be a list")
    for place, value in enumerate(values):
        require(isinstance(value, str), f"{name}[{place}]: {value!r} is no text")


def require(condition: bool, message: str) -> None:
    """Raises `InputError` with the message unless the condition holds."""
    if not condition:
        raise InputError(message)
