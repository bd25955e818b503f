"""An encoder that another library runs: whoever looks into it gets hidden states, as arrays."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Int

States = tuple[Float32[np.ndarray, "batch length embed"], ...]


class OutsideEncoder(ABC):
    """What frozen instruments ask of an encoder that is no program of JAX."""

    @abstractmethod
    def hidden_states(
        self, input_ids: Int[np.ndarray, "batch length"], real: Bool[np.ndarray, "batch length"]
    ) -> States:
        """Encodes a batch: the embedding output first, then one array a layer; padding is 0.

        Args:
          real: True where there is a token; rows without any are allowed.

        Raises:
          InputError: the library cannot encode so many tokens at once.
        """

    @abstractmethod
    def token_embeddings(self, ids: Any, language: int) -> Float32[np.ndarray, "id embed"]:
        """Gives the embeddings of ids, as `Encoder.token_embeddings` does."""

    @abstractmethod
    def untrained(self, seed: int) -> "OutsideEncoder":
        """Makes an encoder of the same architecture that was never trained."""
