"""Fine-tuning heads: a linear classifier and a biaffine parser.

Both read word vectors (the state of a word's first subword; a whole sentence is treated as one
word, its first token) and share one interface, `scores`, `loss` and `predict`. An entry of
`targets` that is -1 has no gold answer and does not contribute to the loss.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, Int, Key

from mlm_xling.model.functions import dropout
from mlm_xling.model.layers import Linear
from mlm_xling.model.objective import GOLD, IMPOSSIBLE, Objective, mean_nats

Words = Float[Array, "batch word embed"]
Root = Float[Array, "batch embed"]
"""State of the opening `</s>`."""
Targets = Int[Array, "batch word target"]
AnswerScores = tuple[Float[Array, "batch word _"], ...]
"""The scores of all answers, one array per entry of `targets`."""
MaybeKey = Key[Array, ""] | None
ARC_WIDTH, LABEL_WIDTH, PARSER_DROPOUT = 512, 128, 0.33
"""docs/method.md section 5, after Dozat and Manning (2017)."""


class LinearHead(nnx.Module):
    """Dropout, then one linear layer: NLI's classifier and NER's tagger."""

    def __init__(self, width: int, labels: int, dropout: float, rngs: nnx.Rngs):
        self.output = Linear(("embed", "label"), width, labels, rngs)
        self.dropout = dropout

    def scores(
        self, words: Words, root: Root, real: Bool[Array, "batch word"], targets: Targets,
        key: MaybeKey = None,
    ) -> AnswerScores:  # fmt: skip
        """Scores all labels of each word."""
        del root, real, targets
        return (self.output(dropout(words.astype(jnp.float32), self.dropout, key)),)

    def loss(
        self, words: Words, root: Root, real: Bool[Array, "batch word"], targets: Targets,
        key: MaybeKey = None, objective: Objective = GOLD, soft: AnswerScores = (),
    ) -> Float[Array, ""]:  # fmt: skip
        """Returns the mean over words, in nats; `targets` holds the label of each word.

        `soft` is a teacher's `scores`, empty without a teacher.
        """
        (scores,) = self.scores(words, root, real, targets, key)
        return mean_nats(scores, targets[..., 0], objective, *soft)

    def predict(
        self, words: Words, root: Root, real: Bool[Array, "batch word"]
    ) -> Int[Array, "batch word"]:
        """Returns the best label of each word."""
        del root, real
        return self.output(words.astype(jnp.float32)).argmax(-1)


class Parse(NamedTuple):
    """Scores from which trees are decoded; column 0 of `head` is the root."""

    arcs: Float[Array, "batch word head"]
    """Log probability of each head."""
    relations: Int[Array, "batch word head"]
    """The best relation, given this head."""


class _Views(NamedTuple):
    """Projections of every word as a dependent and as a head, for arcs and for labels."""

    arc_dependent: Float[Array, "batch word arc"]
    arc_head: Float[Array, "batch head arc"]
    label_dependent: Float[Array, "batch word label_width"]
    label_head: Float[Array, "batch head label_width"]


class BiaffineParser(nnx.Module):
    """Scores of all arcs and labels of a sentence (Dozat and Manning, 2017)."""

    def __init__(self, width: int, relations: int, rngs: nnx.Rngs):
        def mlp(outputs: int) -> Linear:
            return Linear(("embed", "mlp"), width, outputs, rngs)

        self.arc_dependent, self.arc_head = mlp(ARC_WIDTH), mlp(ARC_WIDTH)
        self.label_dependent, self.label_head = mlp(LABEL_WIDTH), mlp(LABEL_WIDTH)
        self.arc = nnx.Param(jnp.zeros((ARC_WIDTH + 1, ARC_WIDTH)), axes=("mlp", None))
        shape = (LABEL_WIDTH + 1, relations, LABEL_WIDTH + 1)
        self.label = nnx.Param(jnp.zeros(shape), axes=("mlp", None, None))

    def scores(
        self, words: Words, root: Root, real: Bool[Array, "batch word"], targets: Targets,
        key: MaybeKey = None,
    ) -> AnswerScores:  # fmt: skip
        """Scores all heads of each word (column 0 is the root), and all relations to its gold head.

        `targets` holds the head (0 for the root) and the relation of each word.
        """
        views = self._views(words, root, key)
        heads = targets[..., 0]
        at_gold = jnp.take_along_axis(views.label_head, jnp.maximum(heads, 0)[..., None], axis=1)
        labels = jnp.einsum(
            "bwi,irj,bwj->bwr",
            _with_one(views.label_dependent),
            self.label[...],
            _with_one(at_gold),
        )
        return self._arcs(views, real), labels

    def loss(
        self, words: Words, root: Root, real: Bool[Array, "batch word"], targets: Targets,
        key: MaybeKey = None, objective: Objective = GOLD, soft: AnswerScores = (),
    ) -> Float[Array, ""]:  # fmt: skip
        """Returns arc loss plus label loss at the gold heads, each a mean over words, in nats.

        `soft` is a teacher's `scores`, empty without a teacher.
        """
        arcs, labels = self.scores(words, root, real, targets, key)
        soft_arcs, soft_labels = soft or (None, None)
        heads, relations = targets[..., 0], targets[..., 1]
        relations = jnp.where(heads < 0, -1, relations)
        return mean_nats(arcs, heads, objective, soft_arcs) + mean_nats(
            labels, relations, objective, soft_labels
        )

    def predict(self, words: Words, root: Root, real: Bool[Array, "batch word"]) -> Parse:
        """Returns the scores of one forward pass, from which `best_tree` decodes trees."""
        views = self._views(words, root, None)
        labels = jnp.einsum(
            "bwi,irj,bhj->bwhr",
            _with_one(views.label_dependent),
            self.label[...],
            _with_one(views.label_head),
        )
        return Parse(jax.nn.log_softmax(self._arcs(views, real)), labels.argmax(-1))

    def _views(self, words: Words, root: Root, key: MaybeKey) -> _Views:
        keys = [None] * 4 if key is None else list(jax.random.split(key, 4))
        words = words.astype(jnp.float32)
        heads = jnp.concatenate([root.astype(jnp.float32)[:, None], words], axis=1)

        def view(layer: Linear, x: Words, key: MaybeKey) -> Float[Array, "batch word view"]:
            return dropout(jax.nn.elu(layer(x)), PARSER_DROPOUT, key)

        return _Views(
            view(self.arc_dependent, words, keys[0]),
            view(self.arc_head, heads, keys[1]),
            view(self.label_dependent, words, keys[2]),
            view(self.label_head, heads, keys[3]),
        )

    def _arcs(
        self, views: _Views, real: Bool[Array, "batch word"]
    ) -> Float[Array, "batch word head"]:
        # A bias on the head's side would add the same amount to all heads of a word.
        scores = jnp.einsum(
            "bwi,ij,bhj->bwh", _with_one(views.arc_dependent), self.arc[...], views.arc_head
        )
        words = scores.shape[1]
        candidates = jnp.pad(real, ((0, 0), (1, 0)), constant_values=True)
        itself = jnp.eye(words, words + 1, k=1, dtype=bool)
        return jnp.where(candidates[:, None] & ~itself, scores, IMPOSSIBLE)


def _with_one(x: Float[Array, "*rows width"]) -> Float[Array, "*rows width_and_one"]:
    return jnp.concatenate([x, jnp.ones((*x.shape[:-1], 1), x.dtype)], axis=-1)
