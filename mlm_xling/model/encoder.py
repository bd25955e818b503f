"""The encoder: embeddings and layers, each shared or private, with the same interface."""

import copy

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from jaxtyping import Array, Bool, Float, Int, Key

from mlm_xling.config import SPECIALS, Config, ModelConfig
from mlm_xling.model.attention import attend
from mlm_xling.model.cross_entropy import fits, fused_cross_entropy
from mlm_xling.model.functions import key_of
from mlm_xling.model.language_ids import LanguageIds
from mlm_xling.model.layers import Embeddings, Layer, OutputTransform, Positions, Specials
from mlm_xling.model.pairs import across
from mlm_xling.model.sharing import Part, part


class Encoder(nnx.Module):
    """XLM's Transformer encoder with its tied softmax (docs/method.md section 2)."""

    def __init__(self, config: ModelConfig, ids: LanguageIds, rngs: nnx.Rngs):
        def make_part(name, make):
            return part(name, config.private, make, ids.owners, rngs)

        def part_of_embeddings(name, kind):
            """Creates a part of the embeddings that is private while the others are shared."""
            private = name in config.private
            return make_part(name, lambda rngs: kind(config, rngs)) if private else None

        self.ids = ids
        self.own_rows = "embeddings" in config.private
        self.own_ids = self.own_rows or config.predict_own_ids
        rows = ids.most if self.own_rows else ids.size
        self.names = tuple(f"layer_{i}" for i in range(1, config.layers + 1))
        self.embeddings = make_part("embeddings", lambda rngs: Embeddings(config, rows, rngs))
        self.positions = part_of_embeddings("positions", Positions)
        self.specials = part_of_embeddings("specials", Specials)
        for name in self.names:
            setattr(self, name, make_part(name, lambda rngs: Layer(config, rngs)))
        self.language = (
            _language_embeddings(ids.languages, config.width, rngs)
            if config.language_embeddings
            else None
        )
        self.transform = OutputTransform(config, rngs) if config.output_transform else None
        self.attention_dropout = config.attention_dropout
        self.dtype = activation_dtype(config.dtype)

    def __call__(
        self,
        input_ids: Int[Array, "group batch length"],
        padding_mask: Bool[Array, "group batch length"],
        language: Int[Array, " group"],
        key: Key[Array, ""] | None = None,
        paired: bool = False,
    ) -> tuple[Float[Array, "group batch length embed"], ...]:
        """Encodes groups of streams, each group of one language.

        Args:
          input_ids: ids of the vocabulary.
          padding_mask: True at tokens, False at padding.
          language: index into the configuration's languages.
          key: for dropout; None for no dropout.
          paired: groups 2i and 2i + 1 hold the two sides of the same pairs, row by row, and
            attention reads both sides.

        Returns:
          `hidden_states`: the embedding output, then one array per layer.
        """
        keys = [None] * (len(self.names) + 1)
        if key is not None:
            keys = list(jax.random.split(key, len(keys)))
        owner, places = self.ids.owner_of(language), self.rows(input_ids, language)
        offset = None if self.positions is None else self.positions(owner, input_ids)
        if self.language is not None:
            rows = self.language[language][:, None, None, :]
            rows = jnp.broadcast_to(rows, (*input_ids.shape[:2], 1, rows.shape[-1]))
            offset = rows if offset is None else offset + rows
        specials = None if self.specials is None else self.specials(owner, input_ids)
        hidden = self.embeddings(owner, places, padding_mask, offset, specials, key=keys[0])
        hidden_states = [hidden.astype(self.dtype)]
        for name, layer_key in zip(self.names, keys[1:], strict=True):
            apply = across if paired else _within
            inputs = owner, hidden_states[-1], padding_mask, self.attention_dropout, layer_key
            hidden_states.append(apply(getattr(self, name), *inputs))
        return tuple(hidden_states)

    def of_groups(self, language: Int[Array, " group"]) -> "Encoder":
        """Returns the encoder restricted to groups of these languages.

        Private parameters are gathered from their owners once for all uses, embeddings and softmax,
        so that gradients flow back to the owners once.
        """
        owner, of_groups = self.ids.owner_of(language), copy.copy(self)
        for name in ("embeddings", "positions", "specials", *self.names):
            if (own := getattr(self, name)) is not None:
                setattr(of_groups, name, own.of_groups(owner))
        return of_groups

    def rows(
        self, ids: Int[Array, "group *rest"], language: Int[Array, " group"]
    ) -> Int[Array, "group *rest"]:
        """Maps ids to rows of their group's embeddings and softmax.

        Rows are the ids themselves if shared, else indices into the ids of the group's owner."""
        return self.ids.index(language, ids) if self.own_rows else ids

    def logits(
        self, hidden: Float[Array, "group position embed"], language: Int[Array, " group"]
    ) -> Float[Array, "group position row"]:
        """Computes scores of all rows at the given positions, through the tied softmax.

        If embeddings are private, or with `model.predict_own_ids`, only ids of the language's owner
        can be predicted: the others score minus infinity.
        """
        owner = self.ids.owner_of(language)
        if self.transform is not None:
            hidden = self.transform(hidden)
        scores = self.embeddings(owner, hidden, method="logits")
        if self.specials is not None:
            own = self.specials(owner, hidden, method="logits")
            scores = scores.at[..., :SPECIALS].set(own)
        own = self._predicted(language)
        return scores if own is None else jnp.where(own[:, None, :], scores, -jnp.inf)

    def cross_entropy(
        self,
        hidden: Float[Array, "group position embed"],
        language: Int[Array, " group"],
        targets: Int[Array, "group position"],
    ) -> Float[Array, "group position"]:
        """Returns the nats of targets, rows of the group's softmax, by the scores of `logits`."""

        def plain() -> Float[Array, "group position"]:
            scores = self.logits(hidden, language)
            return optax.softmax_cross_entropy_with_integer_labels(scores, targets)

        def fused() -> Float[Array, "group position"]:
            owner = self.ids.owner_of(language)
            table, bias = (self.embeddings.each(owner, name) for name in ("token", "output_bias"))
            predicted = self._predicted(language)
            if predicted is not None:
                bias = jnp.where(predicted, bias, -jnp.inf)
            states = hidden if self.transform is None else self.transform(hidden)
            return fused_cross_entropy(states, table, bias, targets)

        rows = self.embeddings.each(self.ids.owner_of(language), "output_bias").shape[-1]
        if self.specials is not None or not fits(hidden, rows):
            return plain()
        return jax.lax.platform_dependent(tpu=fused, default=plain)

    def _predicted(self, language: Int[Array, " group"]) -> Bool[Array, "group row"] | None:
        """Which rows can be predicted; None if all can."""
        if self.ids.owners == 1 or not self.own_ids:
            return None
        return self.ids.filled(language) if self.own_rows else self.ids.allowed(language)

    def predicted_ids(self, language: int) -> int:
        """Returns the number of ids among which tokens of a language are predicted."""
        return len(self.ids.own[self.ids.owner[language]]) if self.own_ids else self.ids.size

    def token_embeddings(self, ids: Int[Array, " id"], language: int) -> Float[Array, "id embed"]:
        """Returns a language's embeddings of ids of the vocabulary."""
        own = self.embeddings.of(self.ids.owner[language])
        return own.token[self.rows(ids[None], jnp.array([language]))[0]]


def _within(
    layer: Part,
    owner: Int[Array, " group"],
    hidden: Float[Array, "group batch length embed"],
    mask: Bool[Array, "group batch length"],
    rate: float,
    key: Key[Array, ""] | None,
) -> Float[Array, "group batch length embed"]:
    """Applies a layer; attention has no parameters, so it runs on the streams of all groups."""
    attended = *layer(owner, hidden, key=key, method="project"), mask
    projected, seeds, streams = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), attended)
    mixed = attend(projected, streams, rate, seeds).reshape(hidden.shape)
    return layer(owner, hidden, mixed, mask, key=key, method="finish")


def _language_embeddings(languages: int, width: int, rngs: nnx.Rngs) -> nnx.Param:
    table = jax.random.normal(rngs.params(), (languages, width)) / width**0.5
    return nnx.Param(table, axes=("language", "embed"))


def activation_dtype(name: str) -> jnp.dtype:
    """Returns float32 or bfloat16; `auto` means bfloat16 on accelerators, float32 on CPUs."""
    if name == "auto":
        name = "float32" if jax.default_backend() == "cpu" else "bfloat16"
    return jnp.dtype(name)


def random_encoder(config: Config, ids: LanguageIds, seed: int) -> Encoder:
    """Creates the untrained encoder of a configuration, the baseline of every probe."""
    return Encoder(config.model, ids, nnx.Rngs(params=key_of(seed)))
