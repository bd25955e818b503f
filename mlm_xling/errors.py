"""Ends of a run that are told in one line, without a traceback."""

from collections.abc import Collection, Iterable
from typing import Any


class InputError(Exception):
    """Something the user can mend: what is wrong, where, and what to do. Exit status 2."""


class DivergedError(Exception):
    """The loss or the gradient is not a finite number any more. Exit status 1."""


class StoppedError(Exception):
    """A signal ended a run that has saved and said so. Exit status 128 and the signal's number."""

    def __init__(self, signal: int):
        super().__init__(f"stopped by signal {signal}")
        self.signal = signal


def require_list(values: object, name: str) -> None:
    """Raises `InputError` for what is no list, and for a text, which is one of its letters."""
    require(not isinstance(values, str), f"{name}={values!r}: must be a list, [{values!r}]")
    require(isinstance(values, Iterable), f"{name}={values!r}: must be a list")


def require_texts(values: Any, name: str) -> None:
    """Raises `InputError` for what is no list of texts, to read again; names what is none."""
    require_list(values, name)
    require(isinstance(values, Collection), f"{name}={values!r}: must be a list")
    for place, value in enumerate(values):
        require(isinstance(value, str), f"{name}[{place}]: {value!r} is no text")


def require(condition: bool, message: str) -> None:
    """Raises `InputError` with the message unless a condition holds."""
    if not condition:
        raise InputError(message)
