"""Detects dimensions that dominate the representation, and thereby linear CKA.

Source: Timkey and van Schijndel, All bark and no bite: rogue dimensions in transformer language
models obscure representational quality, EMNLP 2021.
"""

import numpy as np
from jaxtyping import Bool, Float

from mlm_xling.evaluation.measures.centring import centred

Rows = Float[np.ndarray, "sentence embed"]
DOMINANT = 0.1
"""A dimension is dominant if it has more than this share of the variance."""


def variance_shares(rows: Rows) -> Float[np.ndarray, " embed"]:
    """Returns each dimension's share of the variance; zeros if all are constant."""
    variances = np.square(centred(rows)).mean(axis=0)
    total = variances.sum()
    return variances / total if total else variances


def dominant(rows: Rows) -> Bool[np.ndarray, " embed"]:
    """Returns which dimensions are dominant."""
    return variance_shares(rows) > DOMINANT
