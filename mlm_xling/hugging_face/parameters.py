"""Conversion of the tensors of a family to the parameters of our encoder."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32

from mlm_xling.errors import InputError
from mlm_xling.hugging_face.families import Architecture
from mlm_xling.hugging_face.folder import CONFIG, Tensors
from mlm_xling.languages import spelling

Parameters = dict[str, Any]
_OLD_NAMES = {".weight": ".gamma", ".bias": ".beta"}
"""Names of LayerNorm's tensors in the oldest BERT models."""


class Read(NamedTuple):
    """The parameters of an encoder, and whether it can predict tokens."""

    parameters: Parameters
    predicts: bool


def read_parameters(tensors: Tensors, found: Architecture, languages: Sequence[str]) -> Read:
    """Reads all parameters, with the names and shapes of `model.encoder.Encoder`.

    Tensors that are not part of the encoder (poolers, classifiers) are ignored.

    Args:
      languages: languages whose embeddings to take, if the model has any.

    Raises:
      InputError: a tensor is missing, has another shape or is not described by `config.json`, or a
        language is unknown to the model.
    """
    names = found.names
    if f"{names.prefix}{names.token}.weight" in tensors:
        tensors.prefix = names.prefix
    reader = _Reader(tensors, found)
    parameters: Parameters = {"embeddings": {"shared": reader.embeddings()}}
    for layer in range(found.model.layers):
        parameters[f"layer_{layer + 1}"] = {"shared": reader.layer(layer)}
    if found.language_rows is not None:
        parameters["language"] = reader.languages()[_rows(found.language_rows, languages)]
    if transform := reader.transform():
        parameters["transform"] = transform
    reader.refuse_others()
    return Read(parameters, reader.predicts)


class _Reader:
    """Reads the parts of an encoder, and tracks which tensors it has read."""

    def __init__(self, tensors: Tensors, found: Architecture):
        self._tensors, self._found, self._names = tensors, found, found.names
        self._width, self._model = found.model.width, found.model
        self._done: set[str] = set()
        head = self._names.head
        tied = head.untied not in tensors or self._is_tied(head.untied)
        self.predicts = tied and (not head.linear or f"{head.linear}.weight" in tensors)
        self._bias = next((name for name in head.biases if name in tensors), None)
        self.predicts &= self._bias is not None

    def embeddings(self) -> Parameters:
        names, rows, width = self._names, self._found.rows, self._width
        bias = np.zeros(rows, np.float32)
        if self.predicts and self._bias:
            bias = self._read(self._bias, rows)
        parameters = {
            "token": self._read(f"{names.token}.weight", rows, width),
            "norm": self._norm(names.embeddings_norm),
            "output_bias": bias,
        }
        if self._model.positions == "learned":
            parameters["position"] = self._positions()
        return parameters

    def layer(self, number: int) -> Parameters:
        names, width, mlp = self._names, self._width, self._model.mlp
        heads = self._model.heads, width // self._model.heads
        qkv = [
            self._linear(name.format(number), width, width)
            for name in (names.query, names.key, names.value)
        ]
        kernels = [one["kernel"].reshape(width, *heads) for one in qkv]
        biases = [one["bias"].reshape(heads) for one in qkv]
        return {
            "attention": {
                "kernel": np.stack(kernels, axis=1),
                "bias": np.stack(biases),
                "output": self._linear(names.attention_output.format(number), width, width),
            },
            "attention_norm": self._norm(names.attention_norm.format(number)),
            "feed_forward": {
                "inner": self._linear(names.inner.format(number), width, mlp),
                "outer": self._linear(names.outer.format(number), mlp, width),
            },
            "feed_forward_norm": self._norm(names.feed_forward_norm.format(number)),
        }

    def languages(self) -> Float32[np.ndarray, "language embed"]:
        """Returns the embeddings of all languages of the model."""
        return self._read(f"{self._names.language}.weight", self._found.all_languages, self._width)

    def transform(self) -> Parameters | None:
        """Returns the transform before the softmax; None if there is none."""
        head = self._names.head
        if not (self.predicts and head.linear):
            return None
        linear = self._linear(head.linear, self._width, self._width)
        return {"linear": linear, "norm": self._norm(head.norm)}

    def refuse_others(self) -> None:
        """Rejects encoder parameters that `config.json` does not describe."""
        names = self._names
        ours = tuple(name.partition("{}")[0] for name in names if isinstance(name, str) and name)
        for name in self._tensors:
            unread = name not in self._done and not name.endswith("position_ids")
            if unread and name.startswith(ours) and name != f"{names.position}.weight":
                raise InputError(f"{CONFIG}: does not mention {name}, which the weights have")

    def _positions(self) -> Float32[np.ndarray, "position embed"]:
        """Returns the used positions, including the embedding of the first token type."""
        first, names, width = self._found.first_position, self._names, self._width
        count = first + self._model.max_positions
        table = self._read(f"{names.position}.weight", count, width)[first:]
        if not names.token_type or not self._found.token_types:
            return table
        types = self._read(f"{names.token_type}.weight", self._found.token_types, width)
        return table + types[0]

    def _linear(self, name: str, inputs: int, outputs: int) -> Parameters:
        kernel = self._read(f"{name}.weight", outputs, inputs).T
        return {"kernel": kernel, "bias": self._read(f"{name}.bias", outputs)}

    def _norm(self, name: str) -> Parameters:
        scale, bias = (self._read(one, self._width) for one in self._norm_names(name))
        return {"scale": scale, "bias": bias}

    def _norm_names(self, name: str) -> Iterator[str]:
        for new, old in _OLD_NAMES.items():
            yield f"{name}{old}" if f"{name}{old}" in self._tensors else f"{name}{new}"

    def _read(self, name: str, *shape: int) -> Float32[np.ndarray, "..."]:
        self._done.add(name)
        return self._tensors.read(name, *shape)

    def _is_tied(self, untied: str) -> bool:
        """Returns whether a separately stored softmax equals the token embeddings."""
        shape = self._found.rows, self._width
        softmax = self._tensors.read(untied, *shape)
        return np.array_equal(softmax, self._tensors.read(f"{self._names.token}.weight", *shape))


def _rows(known: Mapping[str, int], languages: Sequence[str]) -> list[int]:
    spelled = [spelling(language, known) for language in languages]
    for language, name in zip(languages, spelled, strict=True):
        if name is None:
            raise InputError(
                f"config.languages={language}: the model has embeddings of {', '.join(known)}"
            )
    return [known[name] for name in spelled if name is not None]
