"""Components in a plane: ellipses that hold a stated share of each."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import chi2

from mixtura.distribution import Mixture
from mixtura.plots.figure import Axes, Ellipse
from mixtura.plots.look import color, edge
from mixtura.plots.models import covariance_matrices
from mixtura.typing import ArrayDD, HostND


def draw_ellipses(ax: Axes, plane: Mixture, levels: Sequence[float], *, linewidth: float) -> None:
    """Each component's ellipses, which hold the shares `levels` of it."""
    for k, covariance in enumerate(covariance_matrices(plane)):
        for level in levels:
            ellipse = _ellipse(plane.means[k], covariance, level)
            ellipse.set(
                facecolor=(color(k), 0.07), edgecolor=edge(ax, k), linewidth=linewidth, zorder=3
            )
            ax.add_patch(ellipse)


def _ellipse(mean: HostND, covariance: ArrayDD, level: float) -> Ellipse:
    """The set (x - mu)^T Sigma^-1 (x - mu) <= q, with q the chi-squared quantile of the level."""
    lengths, directions = np.linalg.eigh(covariance)
    minor, major = 2 * np.sqrt(lengths * chi2.ppf(level, df=2))
    angle = float(np.degrees(np.arctan2(directions[1, 1], directions[0, 1])))
    return Ellipse(
        (float(mean[0]), float(mean[1])), width=float(major), height=float(minor), angle=angle
    )
