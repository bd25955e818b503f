"""Similarity of translations for all pairs of many languages, by matrix products.

Source: Lin et al., mPLM-Sim: Better cross-lingual similarity and transfer in multilingual
pretrained language models, Findings of EACL 2024. Their measure is the mean cosine of translations
in the encoder's raw space; the other variants are ours.
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
"""One number per pair of languages, in the order of `np.triu_indices(languages, 1)`."""
BLOCK = 1 << 23
"""Maximum number of array elements held at a time, or those of one sentence."""


class Similarities(NamedTuple):
    """Similarities of all pairs of languages in one layer."""

    value: Pairs
    """Mean cosine of translations."""
    permuted: Pairs
    """Mean cosine over all pairs of sentences that are not translations."""
    low: Pairs
    """95% interval over resampled sentences; equal to the value without resamples."""
    high: Pairs


def spaces(languages: Sequence[Rows], fit: Sequence[FitRows]) -> dict[str, list[Rows]]:
    """Returns the spaces in which cosines are computed, by name.

    `raw` is the encoder's output. `centred` subtracts the mean of each language; `standardised`
    also divides each dimension by its standard deviation within languages, the same for all (Timkey
    and van Schijndel, 2021). Both are estimated on other sentences.

    Args:
      languages: vectors of the same sentences in each language.
      fit: other sentences; if empty, only `raw` is returned.
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
    """Returns the mean cosine of translations over sentences, for all pairs of languages.

    Sentences are processed in blocks, so memory does not grow with their number.

    Args:
      languages: vectors of the same two or more sentences in each language.
      resamples: number of resamples of the sentences, for the intervals.
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
    # All pairs of sentences, minus the translations.
    everything = (directions @ directions.T)[first, second]
    permuted = (everything - sums[0]) / (count * (count - 1))
    if not resamples:
        return Similarities(value, permuted, value, value)
    low, high = np.quantile(resampled, (0.025, 0.975), axis=0)
    return Similarities(value, permuted, np.minimum(low, value), np.maximum(high, value))


def _weights(count: int, resamples: int, seed: int) -> Float64[np.ndarray, "draw sentence"]:
    """Returns how often each sentence is drawn: once, and in each resample."""
    drawn = np.random.default_rng(seed).integers(count, size=(resamples, count))
    return np.array([np.ones(count), *(np.bincount(one, minlength=count) for one in drawn)])
