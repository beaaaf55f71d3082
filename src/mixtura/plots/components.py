"""Points by cluster, and each component as ellipses of stated probability around its centre."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import chi2

from mixtura._array import to_numpy
from mixtura.distribution import Mixture, as_mixture
from mixtura.distribution.checks import check_rows
from mixtura.plots.density_1d import density_1d
from mixtura.plots.figure import INK, MUTED, Axes, Ellipse, axes_or_new, color
from mixtura.typing import AnyND, ArrayDD, HostND

MANY_ROWS = 20_000
"""Beyond so many rows, points would be a blot: their density is drawn instead."""


def components(
    model: object,
    X: AnyND | None = None,
    *,
    features: Sequence[int | str] | None = None,
    levels: Sequence[float] = (0.5, 0.95),
    ax: Axes | None = None,
) -> Axes:
    """Draw the components of a mixture in the plane of two features.

    Parameters
    ----------
    model : Mixture or fitted estimator
    X : array-like of shape (n, d), optional
        Rows to show, each in the colour of its most probable component.
    features : two indices or names, optional
        The axes; by default the two features that separate the means best.
    levels : sequence of float, default=(0.5, 0.95)
        How much of a component each of its ellipses holds.
    ax : matplotlib Axes, optional

    Returns
    -------
    ax : matplotlib Axes
        Of a one-dimensional mixture, the curves of `density_1d`.

    Raises
    ------
    ValueError
        Where the number of features is not two, or a level is not between 0 and 1.

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture([0.5, 0.5], [[0, 0], [4, 4]], [1, 1], covariance_type="spherical")
    >>> ax = mx.plots.components(m)
    >>> len(ax.patches)
    4
    """
    mixture = as_mixture(model)
    if not all(0 < level < 1 for level in levels):
        raise ValueError(f"levels must lie between 0 and 1, but they are {tuple(levels)}.")
    if mixture.n_features == 1:
        return density_1d(mixture, X, ax=ax)
    chosen = _most_separating(mixture) if features is None else features
    if len(chosen) != 2:
        raise ValueError(f"A plane has two features, but features has {len(chosen)}.")
    plane = mixture.marginal(chosen)

    ax = axes_or_new(ax)
    if X is not None:
        _draw_rows(ax, mixture, plane, chosen, X)
    for k in range(mixture.n_components):
        _draw_component(ax, plane, k, levels)
    names = plane.feature_names or tuple(f"feature {feature}" for feature in chosen)
    ax.set_xlabel(names[0], color=INK)
    ax.set_ylabel(names[1], color=INK)
    percents = " and ".join(f"{100 * level:g} %" for level in sorted(levels))
    caption = f"ellipses hold {percents} of each component"
    ax.set_title(caption, loc="left", fontsize=8, color=MUTED)
    ax.autoscale_view()
    _equal_where_comparable(ax)
    return ax


def _most_separating(mixture: Mixture) -> list[int]:
    """The two features with the largest share of variance between the components."""
    between = mixture.weights @ (mixture.means - mixture.mean()) ** 2
    shares = between / np.diagonal(mixture.covariance())
    return sorted(np.argsort(-shares, kind="stable")[:2].tolist())


def _draw_rows(
    ax: Axes, mixture: Mixture, plane: Mixture, features: Sequence[int | str], X: AnyND
) -> None:
    rows = to_numpy(check_rows(X, mixture.n_features))
    labels = mixture.responsibilities(rows).argmax(axis=1)
    shown = _columns(mixture, rows, features)
    if len(rows) > MANY_ROWS:
        ax.hexbin(*shown.T, gridsize=80, bins="log", mincnt=1, cmap="Greys", linewidths=0)
        return
    size = float(np.clip(4000 / len(rows), 4, 24))
    for k in range(plane.n_components):
        x, y = shown[labels == k].T
        ax.scatter(x, y, s=size, color=color(k), alpha=0.55, linewidths=0, zorder=1)


def _columns(mixture: Mixture, rows: HostND, features: Sequence[int | str]) -> HostND:
    names = mixture.feature_names
    indices = [
        names.index(feature) if isinstance(feature, str) and names else int(feature)
        for feature in features
    ]
    return rows[:, indices]


def _draw_component(ax: Axes, plane: Mixture, k: int, levels: Sequence[float]) -> None:
    dense = plane.storage.dense()
    covariance = dense[0 if plane.storage.shared else k]
    for level in sorted(levels):
        ax.add_patch(_ellipse(plane.means[k], covariance, level, color(k)))
    ax.plot(*plane.means[k], marker="o", markersize=5, color="white", mec=INK, mew=1.2, zorder=4)


def _ellipse(mean: HostND, covariance: ArrayDD, level: float, edge: str) -> Ellipse:
    """The set (x - mu)^T Sigma^-1 (x - mu) <= q, with q the chi-squared quantile of the level."""
    lengths, directions = np.linalg.eigh(covariance)
    minor, major = 2 * np.sqrt(lengths * chi2.ppf(level, df=2))
    angle = float(np.degrees(np.arctan2(directions[1, 1], directions[0, 1])))
    return Ellipse(
        (float(mean[0]), float(mean[1])),
        width=float(major),
        height=float(minor),
        angle=angle,
        facecolor="none",
        edgecolor=edge,
        linewidth=1.4,
        zorder=3,
    )


def _equal_where_comparable(ax: Axes) -> None:
    """Equal scales where both axes span about as much, so that circles look round."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    if 0.5 <= (right - left) / (top - bottom) <= 2:
        ax.set_aspect("equal", adjustable="datalim")
