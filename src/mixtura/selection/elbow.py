"""The elbow of a curve: where two straight lines, one on each side of it, fit best.

    minimize sum_{j <= c} (y_j - a - b x_j)^2 + sum_{j >= c} (y_j - a' - b' x_j)^2    over c, a, b

The point c, the elbow, belongs to both, and is neither the first point nor the last.

Baudry, J.-P., Raftery, A. E., Celeux, G., Lo, K. and Gottardo, R. (2010). Combining mixture
components for clustering. Journal of Computational and Graphical Statistics 19, 332-353.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from mixtura.typing import Float

Line: TypeAlias = tuple[float, float]
"""Intercept and slope."""


@dataclass(frozen=True)
class Elbow:
    """Where a curve bends.

    Attributes
    ----------
    index : int
        The point that ends one line and begins the other, from 0.
    before, after : (float, float)
        Intercept and slope of the line on either side.
    """

    index: int
    before: Line
    after: Line


def elbow_of(x: Float, y: Float) -> Elbow:
    """The elbow of at least three points; of equally good ones the first."""
    best, least = None, np.inf
    for c in range(1, len(x) - 1):
        before, left = _fitted(x[: c + 1], y[: c + 1])
        after, right = _fitted(x[c:], y[c:])
        if left + right < least:
            best, least = Elbow(c, before, after), left + right
    if best is None:
        raise ValueError(f"An elbow needs at least three points, but there are {len(x)}.")
    return best


def _fitted(x: Float, y: Float) -> tuple[Line, float]:
    """The least-squares line, and the sum of squares that it leaves."""
    dx, dy = x - x.mean(), y - y.mean()
    spread = dx @ dx
    slope = float(dx @ dy / spread) if spread > 0 else 0.0
    residuals = dy - slope * dx
    return (float(y.mean() - slope * x.mean()), slope), float(residuals @ residuals)
