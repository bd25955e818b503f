"""A folder in Hugging Face's format as an encoder that every evaluator takes."""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jax
from flax import nnx

from mlm_xling.config import Config, TrainingConfig
from mlm_xling.config.overrides import override
from mlm_xling.digests import file_record
from mlm_xling.errors import InputError
from mlm_xling.hub_tokenizer import HubTokenizer
from mlm_xling.hugging_face.families import Architecture, architecture
from mlm_xling.hugging_face.folder import (
    CONFIG,
    PREFIX,
    TOKENIZER,
    TOKENIZER_NAMES,
    Tensors,
    find_folder,
    read_json,
)
from mlm_xling.hugging_face.parameters import read_parameters
from mlm_xling.model.encoder import Encoder, random_encoder
from mlm_xling.model.language_ids import same_ids
from mlm_xling.model.pretrained import Pretrained


def load_imported(place: str, overrides: Mapping[str, Any]) -> Pretrained:
    """Loads the encoder and the tokenizer of `hf:<folder>`.

    Args:
      overrides: settings of evaluation by dotted field; `languages` must be among them, since
        these models do not say which they know.

    Raises:
      InputError: a file is missing, damaged or of an encoder of another kind, or a field is wrong.
    """
    folder = find_folder(place.removeprefix(PREFIX))
    found = architecture(read_json(folder / CONFIG))
    tokenizer = _tokenizer(folder, found.rows)
    if not overrides.get("languages"):
        raise InputError(
            "config.languages: Hugging Face's models do not say which languages they know; name "
            "those to look at, --config.languages=en,fr"
        )
    tensors = Tensors(folder)
    files = [folder / CONFIG, folder / TOKENIZER, *tensors.files]
    config = override(_configuration(folder, found, files), overrides)
    parameters, predicts = read_parameters(tensors, found, config.languages)
    config.model.output_transform = "transform" in parameters
    encoder = _encoder(config, found, parameters)
    return Pretrained(config, tokenizer, encoder, 0, None, predicts)


def _configuration(folder: Path, found: Architecture, files: Iterable[Path]) -> Config:
    origin = f"{PREFIX}{folder.resolve().name} {_digest(files)}"
    training = TrainingConfig(length=found.model.max_positions)
    return Config(origin=origin, model=dataclasses.replace(found.model), training=training)


def _digest(files: Iterable[Path]) -> str:
    records = [file_record(path) for path in files]
    return hashlib.sha256(repr(records).encode()).hexdigest()[:12]


def _tokenizer(folder: Path, rows: int) -> HubTokenizer:
    read_json(folder / TOKENIZER)
    named: dict[str, str] = {}
    for file in TOKENIZER_NAMES:
        if (folder / file).is_file():
            named |= _named(read_json(folder / file))
    text = (folder / TOKENIZER).read_text(encoding="utf-8")
    try:
        tokenizer = HubTokenizer(text, rows, named)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder / TOKENIZER}: not a tokenizer ({error})") from None
    if tokenizer.ids > rows:
        raise InputError(
            f"{folder / TOKENIZER}: has {tokenizer.ids:,} ids, but the embeddings only {rows:,} "
            f"rows (vocab_size in {CONFIG}); it belongs to another model"
        )
    return tokenizer


def _named(values: Mapping[str, Any]) -> dict[str, str]:
    """The special tokens; each is a string, or an object with its content."""
    contents = {
        name: value.get("content") if isinstance(value, dict) else value
        for name, value in values.items()
        if name.endswith("_token")
    }
    return {name: value for name, value in contents.items() if isinstance(value, str)}


def _encoder(config: Config, found: Architecture, parameters: dict[str, Any]) -> Encoder:
    ids = same_ids(found.rows, config)
    graph, _ = nnx.split(nnx.eval_shape(lambda: random_encoder(config, ids, seed=0)))
    return nnx.merge(graph, jax.device_put(parameters, jax.local_devices()[0]))
