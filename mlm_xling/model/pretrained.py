"""A frozen encoder with its configuration and vocabulary."""

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
    """A frozen encoder, ready for evaluation."""

    config: Config
    vocabulary: Tokenizer
    encoder: nnx.Module | OutsideEncoder
    step: int
    data_dir: Path | None
    """The prepared streams it was trained on; None if deleted, or not prepared by this library."""
    predicts: bool = True
    """Whether it has a softmax; encoders of other libraries may lack one."""
    perplexity: float | None = None
    """Perplexity on the dev text that selects the best checkpoint; None if unknown."""
    earlier_data: tuple[Path | None, ...] = ()
    """Prepared streams that earlier runs read (`training.init_from`); None for deleted ones."""
    workdir: Path | None = None
    """The workdir of its run."""

    @property
    def module(self) -> nnx.Module:
        """The encoder as a JAX module, for code that reads or trains its parameters."""
        assert isinstance(self.encoder, nnx.Module)
        return self.encoder

    @property
    def digest(self) -> str:
        """Content hash of the parameters of `module`, independent of their origin."""
        found = hashlib.blake2b(digest_size=16)
        for leaf in jax.tree.leaves(nnx.to_pure_dict(nnx.state(self.module))):
            array = np.ascontiguousarray(jax.device_get(leaf))
            found.update(f"{array.dtype} {array.shape} ".encode())
            found.update(array.reshape(-1).view(np.uint8).data)
        return found.hexdigest()
