"""Points of a plane, close enough together to show the regions of a mixture."""

import numpy as np

from mixtura.distribution import Mixture
from mixtura.plots.models import covariance_matrices
from mixtura.typing import Float

REACH = 4.5
"""Deviations of a component that the grid covers."""


def grid_over(plane: Mixture, n_points: int = 240) -> tuple[Float, Float]:
    """Points along both axes, dense where a component is narrow."""
    return _axis_points(plane, 0, n_points), _axis_points(plane, 1, n_points)


def as_rows(x: Float, y: Float) -> Float:
    """The points of a grid, shape (len(y) * len(x), 2)."""
    rows: Float = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return rows


def _axis_points(plane: Mixture, axis: int, n_points: int) -> Float:
    """About n_points, or up to three times as many where ellipses are thin and oblique.

    Across a component whose features have correlation rho, the standard deviation is
    sqrt(1 - rho^2) times that along an axis; the grid's steps must be smaller.
    """
    covariances = covariance_matrices(plane)
    variances = covariances[:, axis, axis]
    rho = covariances[:, 0, 1] / np.sqrt(covariances[:, 0, 0] * covariances[:, 1, 1])
    least = max(n_points / plane.n_components, 12)
    counts = np.clip(3 * REACH / np.sqrt(1 - rho**2), least, 3 * least)
    around = [
        mean + np.sqrt(variance) * np.linspace(-REACH, REACH, int(count) | 1)  # odd: with the mean
        for mean, variance, count in zip(plane.means[:, axis], variances, counts, strict=True)
    ]
    points = np.unique(np.concatenate(around))
    return np.union1d(points, np.linspace(points[0], points[-1], n_points // 2))
