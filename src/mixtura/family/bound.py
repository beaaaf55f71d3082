"""A bound on the ratio of eigenvalues (Fritz, Garcia-Escudero and Mayo-Iscar 2013).

Where every component has a covariance of its own, the likeliest ones whose eigenvalues l_kj, of all
components and axes, lie within a factor c of each other keep their axes, and have

    l'_kj = min(max(l_kj, m), c m)

for the m that minimizes sum_kj N_k (log l'_kj + l_kj / l'_kj). The derivative of that sum by log m,

    sum over l_kj < m of N_k (1 - l_kj / m)  -  sum over l_kj > c m of N_k (l_kj / (c m) - 1),

never falls as m grows, and times m it is straight between the points l_kj and l_kj / c, so that two
neighbours among them give its zero exactly.
"""

from dataclasses import replace

import numpy as np

from mixtura.family.base import Family
from mixtura.moments import DIAGONAL, FULL, TRACE, Moments
from mixtura.typing import ArrayK, Float


def is_boundable(family: Family) -> bool:
    """Whether every component has a covariance of its own, which nothing ties to the others."""
    private = family.n_covariance_parameters(2, 2) == 2 * family.n_covariance_parameters(1, 2)
    return private and family.need in (FULL, DIAGONAL, TRACE)


def bounded(centred: Moments, ratio: float) -> Moments:
    """Moments about the means whose covariances are the likeliest within the bound."""
    if centred.need is FULL:
        matrices = centred.scatter / centred.counts[:, None, None]
        values, axes = np.linalg.eigh(matrices)
        kept = truncated(np.maximum(values, 0), centred.counts, ratio)
        changed = (kept != values).any(axis=1)[:, None, None]
        rebuilt = (axes * kept[:, None, :]) @ axes.swapaxes(1, 2)
        rebuilt = (rebuilt + rebuilt.swapaxes(1, 2)) / 2
        scatter = np.where(changed, rebuilt * centred.counts[:, None, None], centred.scatter)
    else:
        values = centred.scatter.reshape(len(centred.counts), -1) / centred.counts[:, None]
        kept = truncated(values, centred.counts, ratio) * centred.counts[:, None]
        scatter = kept.reshape(centred.scatter.shape)
    return replace(centred, scatter=scatter)


def truncated(values: Float, counts: ArrayK, ratio: float) -> Float:
    """Eigenvalues (K, m) of covariances with N_k rows, truncated to [m, c m]."""
    if values.max() <= ratio * values.min():
        return values
    floor = _floor(values.ravel(), np.repeat(counts, values.shape[1]), ratio)
    return np.clip(values, floor, ratio * floor)


def _floor(values: Float, counts: Float, ratio: float) -> float:
    """The m of the module's docstring: where a function that rises in straight pieces is 0."""

    def excess(m: float) -> float:  # the derivative, times m
        below, above = np.maximum(m - values, 0), np.maximum(values / ratio - m, 0)
        return float(counts @ below - counts @ above)

    points = np.unique(np.concatenate([values, values / ratio]))
    low, high = 0, len(points) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if excess(points[middle]) < 0:
            low = middle
        else:
            high = middle
    lower, upper = excess(points[low]), excess(points[high])
    step = -lower / (upper - lower)
    return float(points[low] + step * (points[high] - points[low]))
