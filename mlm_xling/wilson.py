"""The 95% interval of a share (Wilson, 1927), sound near 0 and 1, too."""

import math

NORMAL = 1.959964
"""Standard errors to either side of a 95% interval."""


def wilson(share: float, n: int | float) -> tuple[float, float]:
    """Gives the interval of a share of `n` items; `n` may be an effective number."""
    spread = NORMAL * NORMAL / n
    middle = (share + spread / 2) / (1 + spread)
    half = NORMAL * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    # Rounding must not push an end of the interval past the share itself.
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))
