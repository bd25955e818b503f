"""Wilson's 95% interval of a proportion (Wilson, 1927), valid near 0 and 1, too."""

import math

NORMAL = 1.959964
"""Half width of a 95% interval in standard errors."""


def wilson(share: float, n: int | float) -> tuple[float, float]:
    """Returns the interval of a proportion of `n` items; `n` may be an effective number."""
    spread = NORMAL * NORMAL / n
    middle = (share + spread / 2) / (1 + spread)
    half = NORMAL * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    # Rounding must not push an end of the interval past the proportion itself.
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))
