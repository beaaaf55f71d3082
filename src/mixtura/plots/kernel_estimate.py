"""A kernel density estimate beside the mixture: what the rows say without a model.

Scott, D. W. (1992). Multivariate Density Estimation. Wiley. His bandwidth, n^(-1/(d + 4)) times the
rows' covariance, suits one Gaussian, and blurs what has several peaks.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import gaussian_kde

from mixtura.plots.figure import Axes
from mixtura.plots.look import INK, grey, unstuck
from mixtura.plots.rows import Rows
from mixtura.typing import Float

MOST_ROWS = 2000
"""An estimate takes time by the number of rows; so many, evenly chosen, draw the same picture."""


def kernel_estimate(rows: Rows, features: list[int]) -> gaussian_kde:
    """The estimate from those rows that have all of the features.

    Raises
    ------
    ValueError
        Where there are too few of them, or they lie on a line.
    """
    every = max(len(rows) // MOST_ROWS, 1)
    shown = rows.columns(features, slice(None, None, every))
    shown = shown[~np.isnan(shown).any(axis=1)]
    try:
        return gaussian_kde(shown.T)
    except (ValueError, np.linalg.LinAlgError):
        raise ValueError(
            "A kernel estimate needs more rows than features, which do not lie on a line; leave "
            "kde=True out."
        ) from None


def draw_kernel_regions(
    ax: Axes, estimate: gaussian_kde, levels: Sequence[float], x: Float, y: Float
) -> None:
    """Dashed lines around the smallest regions that hold such shares of the estimate."""
    draws = estimate.resample(5000, seed=0)
    thresholds = np.unique(np.quantile(estimate(draws), 1 - np.asarray(levels)))
    points = np.stack(np.meshgrid(x, y)).reshape(2, -1)
    heights = estimate(points).reshape(len(y), len(x))
    lines = ax.contour(
        x,
        y,
        heights,
        levels=thresholds,
        colors=[grey(ax, INK)],
        linewidths=0.8,
        linestyles="dashed",
        zorder=2,
    )
    unstuck(lines)


def draw_kernel_curve(ax: Axes, estimate: gaussian_kde) -> None:
    """The estimate of one feature as a dashed line."""
    reach = 3 * float(np.sqrt(estimate.covariance[0, 0]))
    x = np.linspace(estimate.dataset.min() - reach, estimate.dataset.max() + reach, 400)
    ax.plot(x, estimate(x), color=grey(ax, INK), linewidth=1, linestyle="dashed", zorder=3.5)
