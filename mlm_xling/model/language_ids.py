"""Ownership of ids: the link between one id space and the private parts of an encoder.

Data and interfaces use ids of the whole vocabulary. An owner is a language, or several that share
private parts; if nothing is private, all languages form one owner. In the rows of Table 1 with
private parts, random replacements are drawn from the ids of the language's owner; private
embeddings hold no other ids, so predictions are restricted likewise (docs/method.md section 3).
Private positions or specials alone change neither.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, Int32, Key

from mlm_xling.config import SPECIALS, Config
from mlm_xling.config.fields import IN_EMBEDDINGS
from mlm_xling.languages import derivations
from mlm_xling.tokenizer import Tokenizer
from mlm_xling.vocabulary import UNKNOWN, inventory


@dataclass(frozen=True, eq=False)
class LanguageIds:
    """The owner of each language and the ids of each owner; compares by content.

    JAX sees it as a constant of the program, not an array, so that encoders carry it unchanged.
    """

    size: int
    """Size of the whole vocabulary."""
    owner: tuple[int, ...]
    """Index of the owner of each language of the configuration."""
    own: tuple[Int32[np.ndarray, " _"], ...]
    """The ids of each owner in ascending order, specials first."""
    replacements: tuple[Int32[np.ndarray, " _"], ...] = ()
    """The ids that randomly replace tokens of each language; if empty, those of the owner."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LanguageIds) and self._digest == other._digest

    def __hash__(self) -> int:
        return hash(self._digest)

    @property
    def languages(self) -> int:
        """Number of languages."""
        return len(self.owner)

    @property
    def owners(self) -> int:
        """Number of owners."""
        return len(self.own)

    @property
    def most(self) -> int:
        """Largest number of ids of an owner: the rows of a private table."""
        return max(map(len, self.own))

    def owner_of(self, language: Int[Array, " group"]) -> Int[Array, " group"]:
        """Returns the owner of each group's language."""
        return jnp.asarray(self.owner)[language]

    def draw(
        self, key: Key[Array, ""], language: Int[Array, " group"], shape: tuple[int, ...]
    ) -> Int[Array, "group *rest"]:
        """Draws ids of `shape` uniformly from the `replacements` of each group's language."""
        if self.owners == 1 and not self.replacements:
            return jax.random.randint(key, shape, 0, self.size)  # The single owner has every id.
        own = self.replacements or self.own
        row = language if self.replacements else self.owner_of(language)
        row = row.reshape(-1, *(1 for _ in shape[1:]))
        counts = jnp.asarray([len(ids) for ids in own], jnp.int32)
        index = jax.random.randint(key, shape, 0, counts[row])
        return jnp.asarray(self._table(own))[row, index]

    def index(
        self, language: Int[Array, " group"], ids: Int[Array, "group *rest"]
    ) -> Int[Array, "group *rest"]:
        """Returns each id's index among the ids of its group's owner; unknown if foreign."""
        own = jnp.asarray(self._own)[self.owner_of(language)]
        # A binary search keeps memory linear in the rows, however many languages there are.
        found = jax.vmap(partial(jnp.searchsorted, method="scan_unrolled"))(own, ids)
        matches = jnp.take_along_axis(own, found.reshape(len(own), -1), axis=1, mode="clip")
        return jnp.where(matches.reshape(ids.shape) == ids, found, UNKNOWN)

    def allowed(self, language: Int[Array, " group"]) -> Bool[Array, "group id"]:
        """Returns which ids of the whole vocabulary each group's owner has."""
        own = jnp.asarray(self._own)[self.owner_of(language)]
        nothing = jnp.zeros((len(own), self.size), bool)
        return nothing.at[jnp.arange(len(own))[:, None], own].set(True, mode="drop")

    def filled(self, language: Int[Array, " group"]) -> Bool[Array, "group row"]:
        """Returns which rows of a private table hold ids of each group's owner."""
        return jnp.arange(self.most) < jnp.asarray(self._counts)[self.owner_of(language)][:, None]

    @cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256(f"{self.size} {self.owner}".encode())
        for ids in (*self.own, *self.replacements):
            digest.update(ids.tobytes() + b"\n")
        return digest.hexdigest()

    @cached_property
    def _counts(self) -> Int32[np.ndarray, " owner"]:
        return np.array([len(ids) for ids in self.own], np.int32)

    @cached_property
    def _own(self) -> Int32[np.ndarray, "owner row"]:
        return self._table(self.own)

    def _table(self, lists: tuple[Int32[np.ndarray, " _"], ...]) -> Int32[np.ndarray, "list id"]:
        """Stacks lists of ids into one array, padded with a number larger than any id."""
        table = np.full((len(lists), max(map(len, lists))), self.size, np.int32)
        for row, ids in zip(table, lists, strict=True):
            row[: len(ids)] = ids
        return table


def language_ids(vocabulary: Tokenizer, config: Config) -> LanguageIds:
    """Divides the ids of a vocabulary among the owners of a configuration."""
    return _divide(config, vocabulary.size, vocabulary.ids_of)


def same_ids(size: int, config: Config) -> LanguageIds:
    """Divides a joint vocabulary of `size` ids: every language has all of them."""
    everything = np.arange(size, dtype=np.int32)
    return _divide(config, size, lambda _: everything)


def expected_ids(config: Config) -> LanguageIds:
    """Divides ids before there is a vocabulary, assuming the configured sizes.

    Languages with their own models are assumed to have no piece in common: kind `union` will have
    fewer ids in total, kinds `joint` and `disjoint` exactly as many.
    """
    size = config.vocabulary.size
    holder = {name: inventory(name, config.vocabulary.kind) for name in config.languages}
    # Same order as in a vocabulary: models come before derived languages.
    names = sorted(set(holder.values()), key=lambda name: (bool(derivations(name)), name))
    if len(names) == 1:
        return same_ids(size, config)
    pieces = size - SPECIALS

    def ids_of(name: str) -> Int32[np.ndarray, " id"]:
        first = SPECIALS + names.index(holder[name]) * pieces
        own = np.arange(first, first + pieces, dtype=np.int32)
        return np.concatenate([np.arange(SPECIALS, dtype=np.int32), own])

    return _divide(config, SPECIALS + len(names) * pieces, ids_of)


def private_owners(config: Config) -> tuple[tuple[str, ...], ...]:
    """Lists the languages of each owner, in configuration order.

    The languages of a group (`model.private_groups`) form one owner, every other language its own;
    if nothing is private, all languages form one.
    """
    if not config.model.private:
        return (config.languages,)
    group_of = {
        language: group for group in config.model.private_groups for language in group.split("+")
    }
    owners: dict[str, list[str]] = {}
    for language in config.languages:
        owners.setdefault(group_of.get(language, language), []).append(language)
    return tuple(map(tuple, owners.values()))


def _divide(
    config: Config, size: int, ids_of: Callable[[str], Int32[np.ndarray, " id"]]
) -> LanguageIds:
    owners: Sequence[tuple[str, ...]] = private_owners(config)
    owner = {language: i for i, names in enumerate(owners) for language in names}
    return LanguageIds(
        size,
        tuple(owner[language] for language in config.languages),
        tuple(np.unique(np.concatenate([ids_of(name) for name in names])) for names in owners),
        _replacements(config, size, ids_of),
    )


def _replacements(
    config: Config, size: int, ids_of: Callable[[str], Int32[np.ndarray, " id"]]
) -> tuple[Int32[np.ndarray, " _"], ...]:
    if config.training.replace_by_own_ids:
        return tuple(map(ids_of, config.languages))
    private = config.model.private
    # Such parts hold no words: in everything else, languages stay as similar as without them.
    if private and set(private) <= set(IN_EMBEDDINGS):
        return (np.arange(size, dtype=np.int32),) * len(config.languages)
    return ()
