"""Inputs of evaluators for two models, each read once and before anything is computed.

A need is a function of `Inputs`: `inputs[parallel_rows]` calls `parallel_rows(inputs)` the first
time and caches the result. Needs may request other needs in the same way.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mlm_xling.errors import InputError
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.preparation.lab import with_lab_files

T = TypeVar("T")
Need = Callable[["Inputs"], Any]


class Inputs:
    """What is read for a source and a target model, or for the same one twice."""

    def __init__(
        self, source: Pretrained, target: Pretrained, given: Mapping[Need, Any] | None = None
    ):
        """Initialises without reading anything.

        Args:
          given: inputs that are already available, by need.

        Raises:
          InputError: the models cannot be compared.
        """
        self.together = source is target
        self.source = source._replace(config=with_lab_files(source.config))
        self.target = (
            self.source if self.together else target._replace(config=with_lab_files(target.config))
        )
        self.warnings: list[str] = []
        """Warnings for the user, one line each."""
        self.notes: list[str] = []
        """Descriptions of the input that help to interpret the figures, one line each."""
        self._kept: dict[Need, Any] = dict(given or {})
        layers, others = source.config.model.layers, target.config.model.layers
        if layers != others:
            raise InputError(
                f"target: has {others} layers, the model that it is compared with {layers}; layers "
                "are compared one by one"
            )

    def __getitem__(self, need: Callable[["Inputs"], T]) -> T:
        """Reads an input, or returns it from the cache.

        Raises:
          InputError: a file is missing or damaged.
        """
        if need not in self._kept:
            self._kept[need] = need(self)
        return self._kept[need]

    def warn(self, text: str) -> None:
        """Adds a line to `warnings`, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def say(self, text: str) -> None:
        """Adds a line to `notes`, once."""
        if text not in self.notes:
            self.notes.append(text)
