"""Drawing many outcomes at once, each under its own condition."""

import numpy as np
from jaxtyping import Float, Int

Generator = np.random.Generator


class Choice:
    """Categorical distributions, one for each condition."""

    def __init__(self, weights: Float[np.ndarray, "condition outcome"], outcomes=None):
        """Takes weights that need not sum to 1, and names of the outcomes (default: 0, 1, ...).

        A condition whose weights are all zero gives 0.
        """
        count = weights.shape[1]
        names = np.arange(count) if outcomes is None else np.asarray(outcomes)
        total = weights.sum(1, keepdims=True)
        shares = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
        # One increasing array for all conditions: condition i takes the interval [i, i + 1).
        steps = np.minimum(np.cumsum(shares, 1), 1) + np.arange(len(weights))[:, None]
        self._steps = steps.ravel()
        self._names = np.append(names, 0).astype(np.int16)
        self._last = _last_possible(shares)
        self._count = count

    def draw(
        self, rng: Generator, conditions: Int[np.ndarray, " draw"]
    ) -> Int[np.ndarray, " draw"]:
        """Names of outcomes, one for each condition given."""
        conditions = np.asarray(conditions, np.int64)
        found = np.searchsorted(self._steps, conditions + rng.random(len(conditions)), "right")
        # Rounding may lead past the last outcome that is possible.
        return self._names[np.minimum(found - conditions * self._count, self._last[conditions])]


class Deviates:
    """Standard normal deviates, in part the same for all languages."""

    def __init__(self, stream: list[int], language: str, share: float):
        """Correlates the deviates of two languages by the share; without a language, by 1."""
        self._common = np.random.default_rng(stream)
        self._own = np.random.default_rng([*stream, *language.encode()])
        self._share = share if language else 1.0

    def __call__(self, *shape: int) -> np.ndarray:
        """The next deviates."""
        common, own = (rng.standard_normal(shape) for rng in (self._common, self._own))
        return np.sqrt(self._share) * common + np.sqrt(1 - self._share) * own


def _last_possible(shares: Float[np.ndarray, "condition outcome"]) -> Int[np.ndarray, " condition"]:
    count = shares.shape[1]
    last = count - 1 - np.argmax(shares[:, ::-1] > 0, 1)
    return np.where((shares > 0).any(1), last, count)


def by_rank(scores: Float[np.ndarray, " outcome"], exponent: float = 0.9) -> np.ndarray:
    """Frequencies by Zipf's law, rank^-exponent; the highest score has rank 1."""
    ranks = np.argsort(np.argsort(-scores)) + 1.0
    return ranks**-exponent


def uneven(deviates: np.ndarray, spread: float = 1.2) -> np.ndarray:
    """Preferences that differ by a few factors of e (log-normal), so that no two are alike."""
    return np.exp(spread * deviates)
