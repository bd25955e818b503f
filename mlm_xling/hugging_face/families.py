"""Families of encoders that differ from ours only in details, and the names of their tensors.

BERT: Devlin et al. (2019), with its names in `transformers`; RoBERTa and XLM-RoBERTa differ in the
first position and in the name of the masked-LM head. XLM: Conneau and Lample (2019).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mlm_xling.config import ModelConfig
from mlm_xling.errors import InputError
from mlm_xling.hugging_face.folder import CONFIG

_ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "relu": "relu",
}
"""Activations by name in `transformers`."""


class Head(NamedTuple):
    """Names of the tensors of a masked-LM head."""

    bias: str
    linear: str = ""
    """Matrix of the transform before the tied softmax, if there is one."""
    norm: str = ""
    untied: str = ""
    """An untied softmax, if the model has one."""

    @property
    def biases(self) -> tuple[str, str]:
        """Names that the bias may have: some models store only that of the softmax, its equal."""
        return self.bias, f"{self.untied.removesuffix('weight')}bias"


class Names(NamedTuple):
    """Names of tensors, where `{}` is the index of the layer, from 0."""

    token: str
    position: str
    embeddings_norm: str
    query: str
    key: str
    value: str
    attention_output: str
    attention_norm: str
    inner: str
    outer: str
    feed_forward_norm: str
    prefix: str
    """Prefix of the names in a model with a head."""
    head: Head
    token_type: str = ""
    language: str = ""


class Architecture(NamedTuple):
    """The encoder described by `config.json`."""

    model: ModelConfig
    rows: int
    """Number of rows of the token embeddings."""
    names: Names
    first_position: int = 0
    """Row of the position table at which sequences begin."""
    token_types: int = 0
    language_rows: Mapping[str, int] | None = None
    """Rows of the language embeddings by name; None if there are no language embeddings."""
    all_languages: int = 0


def architecture(values: Mapping[str, Any]) -> Architecture:
    """Parses the content of `config.json`.

    Raises:
      InputError: the encoder is not supported, or a field is missing or invalid.
    """
    kind = values.get("model_type")
    if kind not in _READERS:
        raise InputError(
            f"{CONFIG}: model_type {kind!r} is not one of {', '.join(_READERS)}, which are read "
            "natively; --workdir=transformers:<folder> runs all others by the transformers library"
        )
    return _READERS[kind](_Fields(values))


class _Fields:
    """Validating access to the fields of `config.json`."""

    def __init__(self, values: Mapping[str, Any]):
        self._values = values

    def integer(self, *names: str, default: int | None = None) -> int:
        """Returns the first of several fields that is set."""
        value = next((self._values[n] for n in names if self._values.get(n) is not None), default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise InputError(f"{CONFIG}: {names[0]} is {value!r}, and must be a number from 0 on")
        return value

    def number(self, name: str, default: float) -> float:
        value = self._values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
            raise InputError(f"{CONFIG}: {name} is {value!r}, and must be from 0 to less than 1")
        return float(value)

    def get(self, name: str, default: Any = None) -> Any:
        return self._values.get(name, default)

    def refuse(self, name: str, wanted: Any) -> None:
        """Rejects encoders that work differently from ours."""
        value = self._values.get(name, wanted)
        if value != wanted:
            raise InputError(f"{CONFIG}: {name} is {value!r}; only {wanted!r} can be read")

    def activation(self, name: str) -> str:
        if name not in _ACTIVATIONS:
            known = ", ".join(_ACTIVATIONS)
            raise InputError(f"{CONFIG}: hidden_act is {name!r}, and must be one of {known}")
        return _ACTIVATIONS[name]


def _bert(fields: _Fields, prefix: str = "bert.", head: Head | None = None) -> Architecture:
    fields.refuse("position_embedding_type", "absolute")
    fields.refuse("is_decoder", False)
    model = ModelConfig(
        layers=fields.integer("num_hidden_layers"),
        heads=fields.integer("num_attention_heads"),
        width=fields.integer("hidden_size"),
        mlp=fields.integer("intermediate_size"),
        dropout=fields.number("hidden_dropout_prob", 0.1),
        attention_dropout=fields.number("attention_probs_dropout_prob", 0.1),
        max_positions=fields.integer("max_position_embeddings"),
        activation=fields.activation(fields.get("hidden_act", "gelu")),
        norm_eps=fields.number("layer_norm_eps", 1e-12),
    )
    names = Names(
        token="embeddings.word_embeddings",
        position="embeddings.position_embeddings",
        token_type="embeddings.token_type_embeddings",
        embeddings_norm="embeddings.LayerNorm",
        query="encoder.layer.{}.attention.self.query",
        key="encoder.layer.{}.attention.self.key",
        value="encoder.layer.{}.attention.self.value",
        attention_output="encoder.layer.{}.attention.output.dense",
        attention_norm="encoder.layer.{}.attention.output.LayerNorm",
        inner="encoder.layer.{}.intermediate.dense",
        outer="encoder.layer.{}.output.dense",
        feed_forward_norm="encoder.layer.{}.output.LayerNorm",
        prefix=prefix,
        head=head or _BERT_HEAD,
    )
    rows, types = fields.integer("vocab_size"), fields.integer("type_vocab_size", default=2)
    return Architecture(model, rows, names, token_types=types)


_BERT_HEAD = Head(
    bias="cls.predictions.bias",
    linear="cls.predictions.transform.dense",
    norm="cls.predictions.transform.LayerNorm",
    untied="cls.predictions.decoder.weight",
)
_ROBERTA_HEAD = Head(
    bias="lm_head.bias",
    linear="lm_head.dense",
    norm="lm_head.layer_norm",
    untied="lm_head.decoder.weight",
)


def _roberta(fields: _Fields) -> Architecture:
    """Reads RoBERTa's fields like BERT's; positions are counted from after the padding id."""
    found = _bert(fields, "roberta.", _ROBERTA_HEAD)
    first = fields.integer("pad_token_id", default=1) + 1
    found.model.max_positions -= first
    return found._replace(first_position=first)


XLM_NAMES = Names(
    token="embeddings",
    position="position_embeddings",
    embeddings_norm="layer_norm_emb",
    query="attentions.{}.q_lin",
    key="attentions.{}.k_lin",
    value="attentions.{}.v_lin",
    attention_output="attentions.{}.out_lin",
    attention_norm="layer_norm1.{}",
    inner="ffns.{}.lin1",
    outer="ffns.{}.lin2",
    feed_forward_norm="layer_norm2.{}",
    prefix="transformer.",
    head=Head(bias="pred_layer.proj.bias", untied="pred_layer.proj.weight"),
    language="lang_embeddings",
)


def _xlm(fields: _Fields) -> Architecture:
    fields.refuse("causal", False)
    fields.refuse("is_encoder", True)
    fields.refuse("asm", False)
    width = fields.integer("emb_dim")
    languages = fields.integer("n_langs", default=1)
    embedded = bool(fields.get("use_lang_emb", True)) and languages > 1
    model = ModelConfig(
        layers=fields.integer("n_layers"),
        heads=fields.integer("n_heads"),
        width=width,
        mlp=4 * width,
        dropout=fields.number("dropout", 0.1),
        attention_dropout=fields.number("attention_dropout", 0.1),
        max_positions=fields.integer("max_position_embeddings", default=512),
        positions="sinusoidal" if fields.get("sinusoidal_embeddings") else "learned",
        language_embeddings=embedded,
        activation="gelu" if fields.get("gelu_activation", True) else "relu",
        norm_eps=fields.number("layer_norm_eps", 1e-12),
    )
    rows = _language_rows(fields.get("lang2id"), languages) if embedded else None
    return Architecture(
        model, fields.integer("vocab_size", "n_words"), XLM_NAMES,
        language_rows=rows, all_languages=languages,
    )  # fmt: skip


def _language_rows(named: Any, languages: int) -> dict[str, int]:
    if not isinstance(named, dict) or not all(
        isinstance(row, int) and 0 <= row < languages for row in named.values()
    ):
        raise InputError(
            f"{CONFIG}: use_lang_emb needs lang2id, the rows of the languages below n_langs="
            f"{languages}"
        )
    return named


_READERS = {"bert": _bert, "roberta": _roberta, "xlm-roberta": _roberta, "xlm": _xlm}
"""Readers of the families' fields, by `model_type`."""
