"""Bell curves over a histogram: what `density_1d` draws, and the diagonal of `pairs`."""

import math

import numpy as np
from scipy.stats import norm

from mixtura.distribution import Mixture
from mixtura.plots.figure import Axes
from mixtura.plots.look import INK, MUTED, color, edge, grey
from mixtura.plots.rows import Rows
from mixtura.typing import Float

MAX_BINS = 200


def draw_histogram(ax: Axes, mixture: Mixture, rows: Rows, feature: int) -> None:
    """One feature of the rows as a histogram of area 1."""
    edges = bin_edges(mixture, rows, feature)
    counts = rows.histogram(feature, edges)
    ax.stairs(
        counts / (counts.sum() * np.diff(edges)),
        edges,
        color=grey(ax, MUTED),
        linewidth=0.8,
        zorder=1,
    )


def draw_curves(ax: Axes, mixture: Mixture, *, linewidth: float) -> None:
    """Each component's share of the density, pi_k N(x | mu_k, sigma_k^2), and their sum."""
    everywhere = []
    for k, (weight, mean, spread) in enumerate(
        zip(mixture.weights, mixture.means[:, 0], deviations(mixture), strict=True)
    ):
        x = mean + spread * np.linspace(-4, 4, 161)
        share = weight * norm.pdf(x, mean, spread)
        ax.fill_between(x, share, color=(color(k), 0.22), linewidth=0, zorder=2)
        ax.plot(x, share, color=edge(ax, k), linewidth=linewidth, zorder=3)
        everywhere.append(x)
    x = np.unique(everywhere)
    x = np.union1d(x, np.linspace(x[0], x[-1], 400))
    density = np.exp(mixture.log_prob(x[:, None]))
    (total,) = ax.plot(x, density, color=grey(ax, INK), linewidth=linewidth, zorder=4)
    total.sticky_edges.y.append(0)  # no margin below the axis


def peaks(mixture: Mixture) -> Float:
    """Where each component's share is highest, and how high: shape (K, 2)."""
    heights = mixture.weights * norm.pdf(0) / deviations(mixture)
    return np.column_stack([mixture.means[:, 0], heights])


def deviations(mixture: Mixture) -> Float:
    """sigma_k of a one-dimensional mixture, shape (K,)."""
    variances = np.broadcast_to(mixture.storage.variances(), mixture.means.shape)
    return np.asarray(np.sqrt(variances[:, 0]))


def bin_edges(mixture: Mixture, rows: Rows, feature: int) -> Float:
    """Edges of equal bins over a feature, in which no component is lost.

    The width is Scott's, 3.49 sigma n^(-1/3), the smallest of those of the whole mixture and of the
    components that have ten rows or more. Where the values are rounded, to integers for instance,
    every bin holds equally many of the values that there can be: others would show a comb.

    References
    ----------
    Scott, D. W. (1979). On optimal and data-based histograms. Biometrika 66, 605-610.
    """
    low, high = rows.span(feature)
    counts = np.append(mixture.weights, 1) * len(rows)
    spreads = np.append(deviations(mixture), math.sqrt(mixture.covariance()[0, 0]))
    widths = 3.49 * spreads / np.cbrt(np.maximum(counts, 1))
    width = max(widths[(counts >= 10) | (counts == len(rows))].min(), (high - low) / MAX_BINS)
    step = rounding_step(rows.columns([feature], slice(0, 10_000))[:, 0])
    if step > 0:
        width, low = max(round(width / step), 1) * step, low - step / 2
        high += step / 2
    n_bins = max(math.ceil((high - low) / width - 1e-6), 1)
    return np.asarray(low + width * np.arange(n_bins + 1))


def rounding_step(values: Float) -> float:
    """1, 0.1 or 0.01 where all values are multiples of it, and 0 for none of them."""
    values = values[~np.isnan(values)]
    for step in (1.0, 0.1, 0.01):
        multiples = values / step
        tolerance = np.minimum(1e-6 * (1 + np.abs(multiples)), 0.01)  # for float32 too
        if (np.abs(multiples - np.round(multiples)) < tolerance).all() and len(values):
            return step
    return 0.0
