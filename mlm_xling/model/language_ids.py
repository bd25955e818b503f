"""Whose ids are whose: the link between one id space and the private parts of an encoder.

Data and interfaces speak of the ids of the whole vocabulary. Languages that have their private
parts together form a block; where nothing is private, all languages form one. In the rows of
Table 1 with private parts, a language lives within the ids of its block: random replacements and
predictions come from there (docs/method.md section 3), and private embeddings hold no other rows.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, Int32, Key

from mlm_xling.config import Config
from mlm_xling.vocabulary import UNKNOWN, Vocabulary


@dataclass(frozen=True, eq=False)
class LanguageIds:
    """The blocks of languages and their ids; equal if their content is.

    It is no array to JAX but a constant of the program, so that encoders carry it unchanged.
    """

    size: int
    """Ids of the whole vocabulary."""
    block: tuple[int, ...]
    """The block of each language of the configuration."""
    own: tuple[Int32[np.ndarray, " _"], ...]
    """The ids of each block in ascending order, specials first."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LanguageIds) and self._digest == other._digest

    def __hash__(self) -> int:
        return hash(self._digest)

    @property
    def languages(self) -> int:
        """How many languages there are."""
        return len(self.block)

    @property
    def blocks(self) -> int:
        """How many blocks they form."""
        return len(self.own)

    @property
    def most(self) -> int:
        """Ids of the block that has the most: the rows of a private table."""
        return max(map(len, self.own))

    def block_of(self, language: Int[Array, " group"]) -> Int[Array, " group"]:
        """The block of each group's language."""
        return jnp.asarray(self.block)[language]

    def draw(
        self, key: Key[Array, ""], language: Int[Array, " group"], shape: tuple[int, ...]
    ) -> Int[Array, "group *rest"]:
        """Ids of `shape`, drawn evenly from those of each group's block."""
        if self.blocks == 1:  # It has every id, so an index among its ids is an id.
            return jax.random.randint(key, shape, 0, self.size)
        block = self.block_of(language).reshape(-1, *(1 for _ in shape[1:]))
        index = jax.random.randint(key, shape, 0, jnp.asarray(self._counts)[block])
        return jnp.asarray(self._own)[block, index]

    def index(
        self, language: Int[Array, " group"], ids: Int[Array, "group *rest"]
    ) -> Int[Array, "group *rest"]:
        """The place of each id among those of its group's block; a foreign one is unknown."""
        own = jnp.asarray(self._own)[self.block_of(language)]
        # A binary search keeps memory linear in the rows, however many languages there are.
        found = jax.vmap(partial(jnp.searchsorted, method="scan_unrolled"))(own, ids)
        matches = jnp.take_along_axis(own, found.reshape(len(own), -1), axis=1, mode="clip")
        return jnp.where(matches.reshape(ids.shape) == ids, found, UNKNOWN)

    def allowed(self, language: Int[Array, " group"]) -> Bool[Array, "group id"]:
        """Which ids of the whole vocabulary each group's block has."""
        own = jnp.asarray(self._own)[self.block_of(language)]
        nothing = jnp.zeros((len(own), self.size), bool)
        return nothing.at[jnp.arange(len(own))[:, None], own].set(True, mode="drop")

    def filled(self, language: Int[Array, " group"]) -> Bool[Array, "group row"]:
        """Which rows of a private table the block of each group fills with its ids."""
        return jnp.arange(self.most) < jnp.asarray(self._counts)[self.block_of(language)][:, None]

    @cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256(f"{self.size} {self.block}".encode())
        for ids in self.own:
            digest.update(ids.tobytes() + b"\n")
        return digest.hexdigest()

    @cached_property
    def _counts(self) -> Int32[np.ndarray, " block"]:
        return np.array([len(ids) for ids in self.own], np.int32)

    @cached_property
    def _own(self) -> Int32[np.ndarray, "block row"]:
        """`own` as one array, filled up with a number that is no id and larger than all."""
        table = np.full((self.blocks, self.most), self.size, np.int32)
        for row, ids in zip(table, self.own, strict=True):
            row[: len(ids)] = ids
        return table


def language_ids(vocabulary: Vocabulary, config: Config) -> LanguageIds:
    """Divides the ids of a vocabulary among the blocks of a configuration."""
    return _divide(config, vocabulary.size, vocabulary.ids_of)


def same_ids(size: int, config: Config) -> LanguageIds:
    """As of a joint vocabulary of `size` ids: every language has all of them."""
    everything = np.arange(size, dtype=np.int32)
    return _divide(config, size, lambda _: everything)


def private_blocks(config: Config) -> tuple[tuple[str, ...], ...]:
    """The languages of each block, in the order in which the configuration names them.

    The languages of a group (`model.private_groups`) form one, every other language its own; where
    nothing is private, there is one block.
    """
    if not config.model.private:
        return (config.languages,)
    group_of = {
        language: group for group in config.model.private_groups for language in group.split("+")
    }
    blocks: dict[str, list[str]] = {}
    for language in config.languages:
        blocks.setdefault(group_of.get(language, language), []).append(language)
    return tuple(map(tuple, blocks.values()))


def _divide(
    config: Config, size: int, ids_of: Callable[[str], Int32[np.ndarray, " id"]]
) -> LanguageIds:
    blocks: Sequence[tuple[str, ...]] = private_blocks(config)
    block = {language: i for i, names in enumerate(blocks) for language in names}
    return LanguageIds(
        size,
        tuple(block[language] for language in config.languages),
        tuple(np.unique(np.concatenate([ids_of(name) for name in names])) for names in blocks),
    )
