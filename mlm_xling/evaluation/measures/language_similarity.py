"""How alike the same sentences are in each two of many languages, from products of matrices.

Source: Lin et al., mPLM-Sim: Better cross-lingual similarity and transfer in multilingual
pretrained language models, Findings of EACL 2024. Theirs is the mean cosine of translations as the
encoder has them; what is beside it here, we added.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from mlm_xling.evaluation.measures.centring import CONSTANT
from mlm_xling.evaluation.measures.procrustes import unit

Rows = Float[np.ndarray, "sentence embed"]
FitRows = Float[np.ndarray, "fit_sentence embed"]
Pairs = Float64[np.ndarray, " pair"]
"""A number for each two languages, in the order of `np.triu_indices(languages, 1)`."""
BLOCK = 1 << 23
"""Numbers held at a time, or those of one sentence."""


class Similarities(NamedTuple):
    """Similarities of each two languages in one layer."""

    value: Pairs
    """Mean cosine of translations."""
    permuted: Pairs
    """Mean cosine of sentences that are no translations, over all ways to put them together."""
    low: Pairs
    """Ends of the 95% interval over resampled sentences; the value itself without resamples."""
    high: Pairs


def spaces(languages: Sequence[Rows], fit: Sequence[FitRows]) -> dict[str, list[Rows]]:
    """Makes the spaces in which cosines are taken, by name.

    `raw` is as the encoder has them. In `centred` the mean of each language is taken off; in
    `standardised` each dimension is also divided by its standard deviation within languages, the
    same for all (Timkey and van Schijndel, 2021). Both are estimated on other sentences.

    Args:
      languages: vectors of the same sentences in each language.
      fit: others; without any, there is `raw` alone.
    """
    found = {"raw": list(languages)}
    if len(fit[0]):
        means = [rows.mean(axis=0, dtype=np.float64) for rows in fit]
        variance = np.mean([rows.var(axis=0, dtype=np.float64) for rows in fit], axis=0)
        largest = np.max([np.abs(mean) for mean in means], axis=0)
        scale = np.where(np.sqrt(variance) <= CONSTANT * largest, np.inf, np.sqrt(variance))
        found["centred"] = [rows - mean for rows, mean in zip(languages, means, strict=True)]
        found["standardised"] = [rows / scale for rows in found["centred"]]
    return found


def similarities(languages: Sequence[Rows], resamples: int = 0, seed: int = 0) -> Similarities:
    """Averages the cosine of translations over sentences, for each two languages.

    Sentences are taken some at a time, so memory does not grow with them.

    Args:
      languages: vectors of the same sentences, two or more, in each language.
      resamples: of the sentences, for the intervals.
    """
    count, first, second = len(languages[0]), *np.triu_indices(len(languages), 1)
    weights = _weights(count, resamples, seed)
    sums = np.zeros((len(weights), len(first)))
    directions = np.zeros((len(languages), languages[0].shape[1]))
    held = len(languages) * (len(languages) + languages[0].shape[1])
    step = max(1, BLOCK // held)
    for start in range(0, count, step):
        some = slice(start, start + step)
        vectors = unit(np.stack([rows[some] for rows in languages], axis=1).astype(np.float64))
        cosines = vectors @ vectors.swapaxes(1, 2)
        sums += weights[:, some] @ cosines[:, first, second]
        directions += vectors.sum(axis=0)
    value, resampled = sums[0] / count, sums[1:] / count
    # All sentences with all others, less those with their translations.
    everything = (directions @ directions.T)[first, second]
    permuted = (everything - sums[0]) / (count * (count - 1))
    if not resamples:
        return Similarities(value, permuted, value, value)
    low, high = np.quantile(resampled, (0.025, 0.975), axis=0)
    return Similarities(value, permuted, np.minimum(low, value), np.maximum(high, value))


def _weights(count: int, resamples: int, seed: int) -> Float64[np.ndarray, "draw sentence"]:
    """How often each sentence is drawn: once, and in each resample."""
    drawn = np.random.default_rng(seed).integers(count, size=(resamples, count))
    return np.array([np.ones(count), *(np.bincount(one, minlength=count) for one in drawn)])
