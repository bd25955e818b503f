"""Encoders run by another library, which return hidden states as arrays."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Int

States = tuple[Float32[np.ndarray, "batch length embed"], ...]


class OutsideEncoder(ABC):
    """Interface of frozen encoders that are not JAX programs."""

    @abstractmethod
    def hidden_states(
        self, input_ids: Int[np.ndarray, "batch length"], real: Bool[np.ndarray, "batch length"]
    ) -> States:
        """Encodes a batch: the embedding output, then one array per layer; 0 at padding.

        Args:
          real: True at tokens; rows without any are allowed.

        Raises:
          InputError: the library cannot encode so many tokens at once.
        """

    @abstractmethod
    def token_embeddings(self, ids: Any, language: int) -> Float32[np.ndarray, "id embed"]:
        """Returns the embeddings of ids, like `Encoder.token_embeddings`."""

    @abstractmethod
    def untrained(self, seed: int) -> "OutsideEncoder":
        """Creates an untrained encoder of the same architecture."""
