"""Encoders of any architecture, run by the `transformers` library.

It requires PyTorch, so this module is imported only for `transformers:<folder>`.
"""

import copy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
import transformers  # pyright: ignore[reportMissingImports]
from jaxtyping import Bool, Float32, Int

from mlm_xling.config import ModelConfig
from mlm_xling.errors import InputError
from mlm_xling.model.outside import OutsideEncoder, States

_USUAL_LENGTH, _LONGEST = 512, 10**6
_LOCAL = {"local_files_only": True, "trust_remote_code": False}


class TransformersEncoder(OutsideEncoder):
    """The hidden states of a model; for an encoder-decoder, those of its encoder."""

    def __init__(self, model: Any, dtype: str):
        """Moves the model to the accelerator that PyTorch finds.

        Args:
          dtype: `config.model.dtype`.
        """
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        if dtype == "auto":
            dtype = "float32" if self._device == "cpu" else "bfloat16"
        self._dtype, self._named = getattr(torch, dtype), dtype
        self._model = model.to(self._device, self._dtype).eval()
        if getattr(model.config, "use_cache", False):
            model.config.use_cache = False
        self._encoder = model.get_encoder() if model.config.is_encoder_decoder else model
        self._table = model.get_input_embeddings()
        pad = model.config.get_text_config().pad_token_id
        self._padding = pad if isinstance(pad, int) and pad >= 0 else 0

    @property
    def config(self) -> Any:
        """The content of `config.json`, as read by `transformers`."""
        return self._model.config

    @property
    def rows(self) -> int:
        """Number of rows of the token embeddings."""
        return self._table.weight.shape[0]

    def hidden_states(
        self, input_ids: Int[np.ndarray, "batch length"], real: Bool[np.ndarray, "batch length"]
    ) -> States:
        """Encodes a batch, skipping its empty rows and columns."""
        read = real.copy()
        read[0, 0] |= not real.any()  # Layers and width are known from states alone.
        rows, columns = read.any(axis=1), read.any(axis=0)
        tokens = np.where(real, input_ids, self._padding)
        ids, mask = (array[rows][:, columns] for array in (tokens, read))
        with torch.inference_mode():
            found = self._states(ids, mask)
        states = []
        for layer in found:
            whole = np.zeros((*input_ids.shape, layer.shape[-1]), np.float32)
            whole[np.ix_(rows, columns)] = layer.float().cpu().numpy()
            whole[~real] = 0
            states.append(whole)
        return tuple(states)

    def token_embeddings(self, ids: Any, language: int) -> Float32[np.ndarray, "id embed"]:
        """Returns rows of the embedding table, which is the same for all languages."""
        del language
        rows = self._table.weight[torch.as_tensor(np.array(ids), device=self._device)]
        return rows.detach().float().cpu().numpy()

    def untrained(self, seed: int) -> "TransformersEncoder":
        """Creates a model with the same configuration, initialised by `transformers`."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            config = copy.deepcopy(self._model.config)
            model = transformers.AutoModel.from_config(config, dtype=torch.float32)
        return TransformersEncoder(model, self._named)

    def described(self, length: int) -> ModelConfig:
        """Describes the model in our fields, from its states rather than from its names.

        Args:
          length: maximum number of tokens in a sequence.

        Raises:
          InputError: it returns no hidden states, or states of several widths.
        """
        states = self.hidden_states(np.zeros((1, 1), np.int64), np.ones((1, 1), bool))
        widths = {layer.shape[-1] for layer in states}
        if len(states) < 2 or len(widths) > 1:
            raise InputError(
                f"{type(self._model).__name__} of transformers: gives {len(states)} layers of "
                f"hidden states of the widths {sorted(widths)}; two or more of one width are needed"
            )
        return ModelConfig(
            layers=len(states) - 1, heads=1, width=widths.pop(), max_positions=length,
            dtype=self._named,
        )  # fmt: skip

    def unset(self, missing: Iterable[str]) -> list[str]:
        """Lists the missing weights that hidden states depend on."""
        missing = set(missing)
        named = {n: p for n, p in self._model.named_parameters() if n in missing}
        if not named:
            return []
        total = sum(
            s.float().sum() for s in self._states(np.zeros((1, 1), np.int64), np.ones((1, 1), bool))
        )
        slopes = torch.autograd.grad(total, list(named.values()), allow_unused=True)
        return [name for name, slope in zip(named, slopes, strict=True) if slope is not None]

    def _states(self, ids: np.ndarray, mask: np.ndarray) -> tuple[Any, ...]:
        try:
            output = self._encoder(
                input_ids=torch.as_tensor(ids, dtype=torch.long, device=self._device),
                attention_mask=torch.as_tensor(mask, dtype=torch.long, device=self._device),
                output_hidden_states=True,
            )
        except Exception as error:  # Each architecture has its own errors.
            raise InputError(
                f"config.training.length: transformers cannot encode {ids.shape[1]} tokens at once "
                f"({_first_line(error)}); try fewer"
            ) from None
        return output.hidden_states or ()


def load_model(folder: Path, dtype: str) -> TransformersEncoder:
    """Loads the model of a folder.

    Raises:
      InputError: `transformers` cannot load it, weights that hidden states depend on are missing,
        or it requires the language of each token.
    """
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    try:
        model, told = transformers.AutoModel.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **_LOCAL
        )
    except Exception as error:  # Each architecture has its own errors.
        raise _refused(folder, error) from None
    if getattr(model.config, "use_lang_emb", False) and model.config.n_langs > 1:
        raise InputError(
            f"{folder}: has embeddings of languages, which would be left out; hf:<folder> adds them"
        )
    encoder = TransformersEncoder(model, dtype)
    if unset := encoder.unset(told["missing_keys"]):
        raise InputError(
            f"{folder}: the weights lack {unset[0]} ({len(unset)} in all), which hidden states "
            "depend on; they belong to another model"
        )
    return encoder


def load_tokenizer(folder: Path) -> tuple[str, dict[str, str], int]:
    """Loads the content of `tokenizer.json`, special tokens by name, and the maximum length.

    Raises:
      InputError: `transformers` cannot load it, or only in Python, or it marks each text with a
        language, of which it supports one at a time.
    """
    try:
        found = transformers.AutoTokenizer.from_pretrained(folder, **_LOCAL)
        text = found.backend_tokenizer.to_str()
    except Exception as error:  # Each tokenizer has its own; AttributeError means no backend.
        raise _refused(folder, error) from None
    if language := getattr(found, "src_lang", None):
        raise InputError(
            f"{folder}: the tokenizer marks every text as {language!r}, whatever its language; "
            "save one that adds no mark"
        )
    named = {
        key: value for key, value in found.special_tokens_map.items() if isinstance(value, str)
    }
    return text, named, found.model_max_length


def longest(config: Any, told: int) -> int:
    """Returns a model's maximum sequence length, or a usual value if unspecified."""
    positions = getattr(config.get_text_config(), "max_position_embeddings", None)
    known = [n for n in (told, positions) if isinstance(n, int) and 2 <= n <= _LONGEST]
    return min(known, default=_USUAL_LENGTH)


def _refused(folder: Path, error: Exception) -> InputError:
    return InputError(f"{folder}: transformers cannot load it ({_first_line(error)})")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
