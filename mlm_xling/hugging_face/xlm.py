"""Conversion of our encoder to XLM's configuration and tensors in `transformers`.

`parameters.py` reads them back for `hf:`; both use the names of `families.XLM_NAMES`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Array, Float, Float32, Int

from mlm_xling.config import SPECIALS, Config
from mlm_xling.errors import InputError
from mlm_xling.hugging_face.families import XLM_NAMES as NAMES
from mlm_xling.model.encoder import Encoder
from mlm_xling.model.layers import Embeddings, Layer, LayerNorm, sinusoids
from mlm_xling.vocabulary import END, MASK, PAD, START, UNKNOWN

_NEVER = -1e9
"""Bias of ids that are not predicted; minus infinity times 0 would be NaN."""
Tensors = dict[str, Float32[np.ndarray, "..."]]


def require_xlm(config: Config) -> None:
    """Checks that XLM can represent what the configuration describes.

    Raises:
      InputError: names a field that XLM does not support.
    """
    model, largest = config.model, 4 * config.model.width
    beyond = (
        ("mlp", model.mlp, model.mlp > largest, f"at most 4 x width, {largest}"),
        ("activation", model.activation, model.activation == "gelu_tanh", "gelu or relu"),
        ("output_transform", model.output_transform, model.output_transform, "none"),
    )
    for field, value, is_beyond, instead in beyond:
        if is_beyond:
            raise InputError(
                f"config.model.{field}={value}: cannot be exported, since XLM, in which "
                f"transformers holds such encoders, has {instead}"
            )


def xlm_config(config: Config, languages: Sequence[str], rows: int) -> dict[str, Any]:
    """Returns the content of `config.json`.

    Args:
      languages: languages of the folder; a single one's embedding is added to the positions.
      rows: number of ids of the vocabulary.
    """
    model, embedded = config.model, _has_languages(config, languages)
    return {
        "model_type": "xlm",
        "architectures": ["XLMWithLMHeadModel"],
        "dtype": "float32",
        "vocab_size": rows,
        "emb_dim": model.width,
        "n_layers": model.layers,
        "n_heads": model.heads,
        "dropout": model.dropout,
        "attention_dropout": model.attention_dropout,
        "layer_norm_eps": model.norm_eps,
        "gelu_activation": model.activation == "gelu",
        # Later positions were never reached in training.
        "max_position_embeddings": config.training.length,
        "sinusoidal_embeddings": False,
        "use_lang_emb": embedded,
        "n_langs": len(languages) if embedded else 1,
        **({"lang2id": {name: i for i, name in enumerate(languages)}} if embedded else {}),
        "bos_token_id": START,
        "eos_token_id": END,
        "pad_token_id": PAD,
        "unk_index": UNKNOWN,
        "mask_index": MASK,
        "mask_token_id": MASK,
        "tie_word_embeddings": True,
    }


def xlm_tensors(encoder: Encoder, config: Config, languages: Sequence[str]) -> Tensors:
    """Returns the tensors; private parts are those of the languages' owner.

    Args:
      languages: as in `xlm_config`; several have no private parts.
    """
    numbers = [config.languages.index(name) for name in languages]
    owner = encoder.ids.owner[numbers[0]]
    made = dict(_embeddings(encoder, owner))
    positions = _positions(encoder, owner, config.training.length)
    if encoder.language is not None:
        table = np.asarray(encoder.language[...])[numbers]
        if _has_languages(config, languages):
            made[f"{NAMES.prefix}{NAMES.language}.weight"] = table
        else:
            positions = positions + table
    made[f"{NAMES.prefix}{NAMES.position}.weight"] = positions
    for number, name in enumerate(encoder.names):
        made |= dict(_layer(getattr(encoder, name).of(owner), number))
    return {name: np.ascontiguousarray(tensor, np.float32) for name, tensor in made.items()}


def _has_languages(config: Config, languages: Sequence[str]) -> bool:
    return config.model.language_embeddings and len(languages) > 1


def _embeddings(encoder: Encoder, owner: int) -> Iterator[tuple[str, np.ndarray]]:
    """Yields rows for the whole vocabulary; ids that an owner lacks are never predicted."""
    ours: Embeddings = encoder.embeddings.of(owner)
    own, rows = encoder.ids.own[owner], encoder.ids.size
    token, bias = np.array(ours.token[...]), np.array(ours.output_bias[...])
    if encoder.specials is not None:
        special = encoder.specials.of(owner)
        token[:SPECIALS], bias[:SPECIALS] = special.token[...], special.output_bias[...]
    if encoder.own_rows:
        filled = np.zeros((rows, token.shape[1]), np.float32)
        filled[own] = token[: len(own)]
        token, bias = filled, _spread(bias[: len(own)], own, rows)
    elif encoder.own_ids:
        bias = _spread(bias[own], own, rows)
    yield f"{NAMES.prefix}{NAMES.token}.weight", token
    yield NAMES.head.bias, bias
    yield from _norm(NAMES.embeddings_norm, ours.norm)


def _spread(
    bias: Float[np.ndarray, " own"], own: Int[np.ndarray, " own"], rows: int
) -> Float32[np.ndarray, " row"]:
    """Spreads an owner's biases over all rows; other rows are never predicted."""
    spread = np.full(rows, _NEVER, np.float32)
    spread[own] = bias
    return spread


def _positions(encoder: Encoder, owner: int, length: int) -> Float32[np.ndarray, "position embed"]:
    ours: Embeddings = encoder.embeddings.of(owner)
    if encoder.positions is not None:
        return np.asarray(encoder.positions.of(owner).position[:length])
    width = ours.token.shape[-1]
    return np.asarray(ours.position[:length] if ours.learned else sinusoids(length, width))


def _layer(ours: Layer, number: int) -> Iterator[tuple[str, np.ndarray]]:
    attention, width = ours.attention, ours.attention.kernel.shape[0]
    for i, name in enumerate((NAMES.query, NAMES.key, NAMES.value)):
        kernel, bias = attention.kernel[:, i].reshape(width, -1), attention.bias[i].reshape(-1)
        yield from _linear(name.format(number), kernel, bias)
    output, inner, outer = attention.output, ours.feed_forward.inner, ours.feed_forward.outer
    yield from _linear(NAMES.attention_output.format(number), output.kernel[...], output.bias[...])
    yield from _norm(NAMES.attention_norm.format(number), ours.attention_norm)
    # XLM's inner layer is four times as wide, so it is padded with disconnected units.
    spare = 4 * width - inner.bias.shape[0]
    kernel, bias = (
        np.pad(inner.kernel[...], ((0, 0), (0, spare))),
        np.pad(inner.bias[...], (0, spare)),
    )
    yield from _linear(NAMES.inner.format(number), kernel, bias)
    kernel = np.pad(outer.kernel[...], ((0, spare), (0, 0)))
    yield from _linear(NAMES.outer.format(number), kernel, outer.bias[...])
    yield from _norm(NAMES.feed_forward_norm.format(number), ours.feed_forward_norm)


def _linear(
    name: str, kernel: Array | np.ndarray, bias: Array | np.ndarray
) -> Iterator[tuple[str, np.ndarray]]:
    yield f"{NAMES.prefix}{name}.weight", np.asarray(kernel).T
    yield f"{NAMES.prefix}{name}.bias", np.asarray(bias)


def _norm(name: str, ours: LayerNorm) -> Iterator[tuple[str, np.ndarray]]:
    yield f"{NAMES.prefix}{name}.weight", np.asarray(ours.scale[...])
    yield f"{NAMES.prefix}{name}.bias", np.asarray(ours.bias[...])
