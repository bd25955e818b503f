"""Do a few dimensions carry the representation? Then linear CKA sees little else.

Source: Timkey and van Schijndel, All bark and no bite: rogue dimensions in transformer language
models obscure representational quality, EMNLP 2021.
"""

import numpy as np
from jaxtyping import Bool, Float

from mlm_xling.evaluation.measures.centring import centred

Rows = Float[np.ndarray, "sentence embed"]
DOMINANT = 0.1
"""A dimension dominates if it has more than this share of the variance."""


def variance_shares(rows: Rows) -> Float[np.ndarray, " embed"]:
    """Gives each dimension's share of the variance; zeros if nothing varies."""
    variances = np.square(centred(rows)).mean(axis=0)
    total = variances.sum()
    return variances / total if total else variances


def dominant(rows: Rows) -> Bool[np.ndarray, " embed"]:
    """Marks the dimensions that dominate."""
    return variance_shares(rows) > DOMINANT
