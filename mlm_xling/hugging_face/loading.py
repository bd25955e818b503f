"""Loads a folder in Hugging Face's format as an encoder for any evaluator."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jax
from flax import nnx

from mlm_xling.config import Config, ModelConfig, TrainingConfig
from mlm_xling.config.overrides import override
from mlm_xling.digests import file_record
from mlm_xling.errors import InputError
from mlm_xling.hub_tokenizer import HubTokenizer
from mlm_xling.hugging_face.families import Architecture, architecture
from mlm_xling.hugging_face.folder import (
    CONFIG,
    OUTSIDE,
    TOKENIZER,
    TOKENIZER_NAMES,
    Tensors,
    find_folder,
    read_json,
)
from mlm_xling.hugging_face.parameters import read_parameters
from mlm_xling.languages import derivations
from mlm_xling.model.encoder import Encoder, random_encoder
from mlm_xling.model.language_ids import same_ids
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.paths import user_path

_OF_BERT = {
    "do_lower_case": "lowercase",
    "strip_accents": "strip_accents",
    "tokenize_chinese_chars": "handle_chinese_chars",
}
_TOKENIZER_SETTINGS = (
    ("normalizer", "BertNormalizer", _OF_BERT),
    ("pre_tokenizer", "ByteLevel", {"add_prefix_space": "add_prefix_space"}),
)
"""Parts of `tokenizer.json`, their types, and what `tokenizer_config.json` also says of them."""


def load_imported(place: str, overrides: Mapping[str, Any]) -> Pretrained:
    """Loads the encoder and the tokenizer of `hf:<folder>` or `transformers:<folder>`.

    Args:
      overrides: evaluation settings by dotted field; must include `languages`, since these models
        do not specify theirs.

    Raises:
      InputError: a file is missing or damaged, the encoder is not supported, or a field is invalid.
    """
    folder = find_folder(place)
    if place.startswith(OUTSIDE):
        return _load_outside(place, folder, overrides)
    found = architecture(read_json(folder / CONFIG))
    tokenizer = _tokenizer(folder, found.rows)
    _require_languages(overrides)
    tensors = Tensors(folder)
    files = [folder / CONFIG, folder / TOKENIZER, *tensors.files]
    config = _configuration(_origin(place, folder, files), found.model, overrides)
    parameters, predicts = read_parameters(tensors, found, config.languages)
    config.model.output_transform = "transform" in parameters
    encoder = _encoder(config, found, parameters)
    return Pretrained(config, tokenizer, encoder, 0, None, predicts)


def _load_outside(place: str, folder: Path, overrides: Mapping[str, Any]) -> Pretrained:
    """Loads an encoder that `transformers` runs."""
    read_json(folder / CONFIG)
    _require_languages(overrides)
    try:
        from mlm_xling.hugging_face import transformers_library as library  # Imports PyTorch.
    except ImportError as error:
        raise InputError(
            f"{OUTSIDE}{folder}: needs PyTorch and transformers ({error}); pip install -r "
            "requirements-transformers.txt"
        ) from None
    text, named, told = library.load_tokenizer(folder)
    asked = {"model.dtype": overrides.get("model.dtype", "auto")}
    encoder = library.load_model(folder, override(Config(origin=OUTSIDE), asked).model.dtype)
    tokenizer = _made(folder, text, encoder.rows, named)
    model = encoder.described(library.longest(encoder.config, told))
    files = sorted(path for path in folder.iterdir() if path.suffix in _OF_MODEL)
    config = _configuration(_origin(place, folder, files), model, overrides)
    return Pretrained(config, tokenizer, encoder, 0, None, predicts=False)


_OF_MODEL = {".json", ".safetensors", ".model", ".txt"}


def _require_languages(overrides: Mapping[str, Any]) -> None:
    if not overrides.get("languages"):
        raise InputError(
            "config.languages: Hugging Face's models do not say which languages they know; name "
            'those to look at, --config.languages=en,fr or overrides={"languages": ("en", "fr")}'
        )


def _configuration(origin: str, model: ModelConfig, overrides: Mapping[str, Any]) -> Config:
    training = TrainingConfig(length=model.max_positions)
    described = Config(origin=origin, model=dataclasses.replace(model), training=training)
    config = override(described, overrides)
    for name in config.languages:
        if "shift" in derivations(name):
            raise InputError(
                f"config.languages: this encoder has no ids of {name!r} and would read it as "
                f"{name.replace(':shift', '')!r}; leave it out"
            )
    return config


def _origin(place: str, folder: Path, files: Iterable[Path]) -> str:
    """Names a model by its folder or as the Hub does, and by a digest of its files."""
    prefix, _, name = place.partition(":")
    if folder == user_path(name, prefix):
        name = folder.resolve().name
    records = [file_record(path) for path in files]
    digest = hashlib.sha256(repr(records).encode()).hexdigest()[:12]
    return f"{prefix}:{name} {digest}"


def _tokenizer(folder: Path, rows: int) -> HubTokenizer:
    made = read_json(folder / TOKENIZER)
    named: dict[str, str] = {}
    for file in TOKENIZER_NAMES:
        if (folder / file).is_file():
            told = read_json(folder / file)
            _require_agreement(made, told, folder / file)
            named |= _named(told)
    return _made(folder, (folder / TOKENIZER).read_text(encoding="utf-8"), rows, named)


def _require_agreement(made: Mapping[str, Any], told: Mapping[str, Any], file: Path) -> None:
    """Rejects settings that contradict the tokenizer: some classes of `transformers` apply them."""
    for part, kind, names in _TOKENIZER_SETTINGS:
        does = made.get(part) or {}
        for name, own in names.items() if does.get("type") == kind else ():
            if isinstance(told.get(name), bool) and told[name] != does.get(own):
                raise InputError(
                    f"{file}: {name} is {json.dumps(told[name])}, but {own} of {TOKENIZER} is "
                    f"{json.dumps(does.get(own))}; make them equal, as the model was trained"
                )


def _made(folder: Path, text: str, rows: int, named: Mapping[str, str]) -> HubTokenizer:
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
    """Returns the special tokens, each of which is a string, or an object with its content."""
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
