"""The density of a mixture as contours that bound regions of stated probability."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import gaussian_kde

from mixtura._array import to_numpy
from mixtura.distribution import Mixture
from mixtura.plots.density_1d import density_1d
from mixtura.plots.figure import Axes, axes_or_new
from mixtura.plots.kernel_estimate import draw_kernel_regions, kernel_estimate
from mixtura.plots.look import (
    caption,
    equal_where_comparable,
    listed,
    name_axes,
    quiet,
    shades,
    unstuck,
)
from mixtura.plots.models import check_levels, mixture_of, plane_of
from mixtura.plots.regions import as_rows, grid_over
from mixtura.plots.rows import Rows, needed
from mixtura.plots.scatter import draw_plain_points
from mixtura.typing import AnyND, Float
from mixtura.uses.highest_density import log_density_thresholds


def density(
    model: object,
    X: AnyND | None = None,
    *,
    features: Sequence[int | str] | None = None,
    levels: Sequence[float] = (0.5, 0.8, 0.95, 0.99),
    kde: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the density of a mixture in the plane of two features.

    Each shade is the smallest region that holds its share of the probability; its contour is one
    of the log-density. With more features than two it is the density of those two alone.

    Parameters
    ----------
    model : Mixture or fitted estimator
    X : array-like of shape (n, d), optional
        Rows to show. More than 20 000 are shown as an image of their density below the contours,
        which then stay unfilled.
    features : two indices or names, optional
        The axes; by default the two features that separate the means best.
    levels : sequence of float, default=(0.5, 0.8, 0.95, 0.99)
        How much of the mixture each region holds.
    kde : bool, default=False
        Whether the regions of a kernel density estimate of X, which hold as much, are drawn beside
        those of the mixture, as dashed lines.
    ax : matplotlib Axes, optional

    Returns
    -------
    ax : matplotlib Axes
        Of a one-dimensional mixture, the curves of `density_1d`.

    Raises
    ------
    ValueError
        Where the number of features is not two, a level is not between 0 and 1, X has another
        width, kde is asked for and X is not there or has too few rows, or an estimator is not
        fitted.
    TypeError
        Where `model` is neither a mixture nor an estimator.

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture([0.5, 0.5], [[0, 0], [4, 4]], [1, 1], covariance_type="spherical")
    >>> ax = mx.plots.density(m, levels=[0.5, 0.9])
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('feature 0', 'feature 1')
    """
    mixture = mixture_of(model)
    levels = check_levels(levels)
    if mixture.n_features == 1:
        return density_1d(mixture, X, kde=kde, ax=ax)
    chosen, names = plane_of(mixture, features)
    rows = None if X is None else Rows.of(X, mixture.n_features)
    estimate = kernel_estimate(needed(rows), chosen) if kde else None

    ax = quiet(axes_or_new(ax))
    plane = mixture.marginal(chosen)
    draw_regions(ax, plane, levels, filled=rows is None or not rows.many)
    if rows is not None:
        draw_plain_points(ax, rows, chosen)
    words = f"Regions hold {listed(levels)}"
    if estimate is not None:
        draw_kernel_regions(ax, estimate, levels, *_around(estimate, plane))
        words += "; dashed, those of a kernel estimate"
    name_axes(ax, *names)
    caption(ax, words)
    ax.autoscale_view(tight=False)
    equal_where_comparable(ax)
    return ax


def draw_regions(ax: Axes, plane: Mixture, levels: Sequence[float], *, filled: bool) -> None:
    """The regions from the largest, which is the lightest, to the smallest."""
    thresholds = log_density_thresholds(plane, levels)[::-1]
    x, y = grid_over(plane)
    heights = to_numpy(plane.log_prob(as_rows(x, y))).reshape(len(y), len(x))
    x, y, heights = _cropped(x, y, heights, thresholds[0])
    n = len(levels)
    if filled:
        bounds = [*thresholds, max(heights.max(), thresholds[-1]) + 1]
        unstuck(ax.contourf(x, y, heights, levels=bounds, colors=shades(ax, n), zorder=1))
    lines = shades(ax, n, 0.5, 1) if filled else shades(ax, n, 1, 1.5)
    unstuck(ax.contour(x, y, heights, levels=thresholds, colors=lines, linewidths=0.8, zorder=1.2))


def _around(estimate: gaussian_kde, plane: Mixture) -> tuple[Float, Float]:
    """A grid over the mixture and what the estimate reaches beyond."""
    ends = estimate.dataset
    margin = 3 * np.sqrt(np.diagonal(estimate.covariance))
    low, high = ends.min(axis=1) - margin, ends.max(axis=1) + margin
    x, y = (
        np.linspace(min(low[axis], points[0]), max(high[axis], points[-1]), 160)
        for axis, points in enumerate(grid_over(plane))
    )
    return x, y


def _cropped(x: Float, y: Float, heights: Float, lowest: float) -> tuple[Float, Float, Float]:
    """The part of the grid where the density exceeds a threshold, and one more line around it."""
    inside = np.asarray(heights >= min(lowest, heights.max()))
    columns, rows = _range(np.any(inside, axis=0)), _range(np.any(inside, axis=1))
    return x[columns], y[rows], heights[rows, columns]


def _range(flags: NDArray[np.bool_]) -> slice:
    found = np.flatnonzero(flags)
    return slice(max(found[0] - 1, 0), found[-1] + 2)
