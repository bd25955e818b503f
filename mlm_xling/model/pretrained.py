"""A frozen encoder and what belongs to it."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
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
    """Perplexity on the dev text that picks the best checkpoint; None if it is not known."""
    earlier_data: tuple[Path | None, ...] = ()
    """The prepared streams that the parameters learnt from before (`training.init_from`); None for
    those that are gone."""
    workdir: Path | None = None
    """The run that it comes from."""

    @property
    def module(self) -> nnx.Module:
        """The encoder as a program of JAX, for what reads or trains its parameters."""
        assert isinstance(self.encoder, nnx.Module)
        return self.encoder

    @property
    def digest(self) -> str:
        """Names the parameters of `module` by what they are, wherever they come from."""
        found = hashlib.blake2b(digest_size=16)
        for leaf in jax.tree.leaves(nnx.to_pure_dict(nnx.state(self.module))):
            array = np.ascontiguousarray(jax.device_get(leaf))
            found.update(f"{array.dtype} {array.shape} ".encode())
            found.update(array.reshape(-1).view(np.uint8).data)
        return found.hexdigest()
