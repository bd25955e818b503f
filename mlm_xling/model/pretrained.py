"""A frozen encoder and what belongs to it."""

from pathlib import Path
from typing import NamedTuple

from flax import nnx

from mlm_xling.config import Config
from mlm_xling.model.outside import OutsideEncoder
from mlm_xling.tokenizer import Tokenizer


class Pretrained(NamedTuple):
    """A frozen encoder, ready to be looked into."""

    config: Config
    vocabulary: Tokenizer
    encoder: nnx.Module | OutsideEncoder
    step: int
    data_dir: Path | None
    """The prepared streams it was trained on; None if they are gone, or were never ours."""
    predicts: bool = True
    """Whether it has a softmax; an encoder of others can come without one."""
    perplexity: float | None = None
    """On dev text of the language that picks the best checkpoint; None if that is not known."""

    @property
    def module(self) -> nnx.Module:
        """The encoder as a program of JAX, for what reads or trains its parameters."""
        assert isinstance(self.encoder, nnx.Module)
        return self.encoder
