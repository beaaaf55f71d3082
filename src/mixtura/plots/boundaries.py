"""Lines between components: where the most probable one changes."""

import numpy as np

from mixtura._array import to_numpy
from mixtura.distribution import Mixture, posterior
from mixtura.plots.figure import Axes
from mixtura.plots.look import grey
from mixtura.plots.regions import as_rows, grid_over
from mixtura.plots.rows import Rows
from mixtura.typing import Float


def draw_boundaries(ax: Axes, plane: Mixture) -> None:
    """The zero lines of m_k(x) = log pi_k N(x | k) - max_j log pi_j N(x | j), j other than k.

    They reach across the axes, whose limits must be set before, and do not change them.
    """
    if plane.n_components == 1:
        return
    limits, box = (ax.get_xlim(), ax.get_ylim()), ax.dataLim.frozen()
    x, y = (
        _within(points, *limit) for points, limit in zip(grid_over(plane, 120), limits, strict=True)
    )
    margins = label_margins(plane, as_rows(x, y)).reshape(len(y), len(x), plane.n_components)
    for margin in np.moveaxis(margins, -1, 0):
        if margin.max() > 0 > margin.min():
            ax.contour(
                x, y, margin, levels=[0], colors=[grey(ax, 0.35)], linewidths=0.6, zorder=1.2
            )
    ax.dataLim.set(box)
    ax.autoscale_view(tight=False)


def label_margins(mixture: Mixture, rows: Float) -> Float:
    """m_k of each row, shape (n, K): positive for its most probable component alone."""
    joint = Rows(rows).map(mixture, lambda block: to_numpy(posterior.log_joint(mixture, block)))
    ordered = np.sort(joint, axis=1)
    best, second = ordered[:, -1:], ordered[:, -2:-1]
    margins: Float = joint - np.where(joint == best, second, best)
    return np.clip(margins, -1e300, 1e300)


def _within(points: Float, low: float, high: float) -> Float:
    """Grid points between limits and some way beyond, which later layout may bring into view."""
    reach = 0.2 * (high - low)
    low, high = low - reach, high + reach
    inner = points[(points > low) & (points < high)]
    return np.union1d(inner, np.linspace(low, high, 240))
