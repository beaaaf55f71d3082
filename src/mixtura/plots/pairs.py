"""All planes of several features at once: a grid of pictures."""

from collections.abc import Sequence

import numpy as np

from mixtura.distribution import Mixture
from mixtura.plots.curves import draw_curves, draw_histogram, peaks
from mixtura.plots.discriminant import draw_projection
from mixtura.plots.ellipses import draw_ellipses
from mixtura.plots.figure import Axes, AxesGrid, grid_or_new
from mixtura.plots.look import MUTED, figure_caption, grey, listed, name_axes, quiet
from mixtura.plots.models import (
    check_levels,
    covariance_matrices,
    indices_of,
    mixture_of,
    most_separating,
    name_of,
)
from mixtura.plots.numbers import draw_numbers
from mixtura.plots.rows import Labels, Rows
from mixtura.plots.scatter import draw_points
from mixtura.typing import AnyND

MAX_FEATURES = 10
N_DRAWS = 20_000


def pairs(
    model: object,
    X: AnyND | None = None,
    *,
    features: Sequence[int | str] | None = None,
    levels: Sequence[float] = (0.5, 0.95),
    ax: Axes | AxesGrid | None = None,
) -> AxesGrid:
    """Draw the components in every plane of two features, and the density of each feature.

    Below the diagonal are the planes, as `components` draws them; on it the features, as
    `density_1d` draws them. Each plane tells how often its two features alone find the component
    that a row came from: the mean of max_k r_k over rows that the mixture makes. Above the diagonal
    is the plane in which the components of d > 2 features are best apart, as `discriminant` draws
    it.

    Parameters
    ----------
    model : Mixture or fitted estimator
    X : array-like of shape (n, d), optional
        Rows to show, each in the colour of its most probable component (given all d features).
    features : sequence of indices or names, optional
        At most ten; by default all.
    levels : sequence of float, default=(0.5, 0.95)
        How much of a component each of its ellipses holds.
    ax : array of matplotlib Axes of shape (m, m), or matplotlib Axes, optional
        Where to draw m features; one Axes is replaced by a grid in its place.

    Returns
    -------
    axes : ndarray of matplotlib Axes of shape (m, m)
        Feature j is the horizontal axis of column j, and the vertical one of row j. Those above
        the diagonal are empty, apart from the last of the first row, which has the discriminant
        plane, over as many columns and rows as there is room for.

    Raises
    ------
    ValueError
        Where there are more than ten features, a level is not between 0 and 1, X has another
        width, `ax` another shape, or an estimator is not fitted.
    TypeError
        Where `model` is neither a mixture nor an estimator.

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture([0.5, 0.5], [[0, 0, 0], [4, 4, 1]], [1, 1], covariance_type="spherical")
    >>> axes = mx.plots.pairs(m)
    >>> axes.shape, len(axes[1, 0].patches)
    ((3, 3), 4)
    """
    mixture = mixture_of(model)
    levels = check_levels(levels)
    chosen = _chosen(mixture, features)
    rows = None if X is None else Rows.of(X, mixture.n_features)
    labels = None if rows is None else rows.labels(mixture)

    axes = grid_or_new(ax, len(chosen), width=float(np.clip(1.7 * len(chosen), 4, 11)))
    limits = [_limits(mixture, rows, feature) for feature in chosen]
    for j, feature in enumerate(chosen):
        _draw_feature(axes[j, j], mixture, rows, feature, limits[j])
        for i in range(j + 1, len(chosen)):
            plane = [feature, chosen[i]]
            _draw_plane(axes[i, j], mixture, rows, labels, plane, levels)
            axes[i, j].set(xlim=limits[j], ylim=limits[i])
            _write_certainty(axes[i, j], mixture.marginal(plane))
            axes[j, i].set_axis_off()
    _name_edges(axes, [name_of(mixture, feature) for feature in chosen])
    if len(chosen) > 1 and mixture.n_features > 2 and mixture.n_components > 1:
        draw_projection(_corner(axes), mixture, rows, labels, levels, fontsize="small")
    if ax is None:
        words = f"Ellipses hold {listed(levels)} of each component"
        if mixture.n_components > 1:
            words += "; over each plane: labels that its two features get right"
        figure_caption(axes[0, 0], words)
    return axes


def _chosen(mixture: Mixture, features: Sequence[int | str] | None) -> list[int]:
    if isinstance(features, str):
        raise TypeError(f"features must be a list of indices or names, but it is {features!r}.")
    chosen = list(range(mixture.n_features)) if features is None else features
    if len(chosen) <= MAX_FEATURES:
        return indices_of(mixture, chosen)
    best: list[int | str] = list(most_separating(mixture, 4))
    if mixture.feature_names is not None:
        best = [mixture.feature_names[int(feature)] for feature in best]
    raise ValueError(
        f"pairs shows at most {MAX_FEATURES} features legibly, and there are {len(chosen)}: choose "
        f"some, for instance those that separate the means best, features={best}."
    )


def _limits(mixture: Mixture, rows: Rows | None, feature: int) -> tuple[float, float]:
    """What the axes of a feature show: three deviations of each component, and all rows."""
    means = mixture.means[:, feature]
    reach = 3 * np.sqrt(covariance_matrices(mixture)[:, feature, feature])
    low, high = rows.span(feature) if rows is not None else (np.inf, -np.inf)
    low, high = min(low, (means - reach).min()), max(high, (means + reach).max())
    margin = 0.03 * (high - low)
    return float(low - margin), float(high + margin)


def _draw_feature(
    ax: Axes, mixture: Mixture, rows: Rows | None, feature: int, limits: tuple[float, float]
) -> None:
    marginal = mixture.marginal([feature])
    quiet(ax)
    if rows is not None:
        draw_histogram(ax, marginal, rows, feature)
    draw_curves(ax, marginal, linewidth=1)
    ax.spines["left"].set_visible(False)
    ax.set(xlim=limits, yticks=[])
    ax.autoscale_view(tight=False)
    if mixture.n_components > 1:
        draw_numbers(ax, peaks(marginal))


def _draw_plane(
    ax: Axes,
    mixture: Mixture,
    rows: Rows | None,
    labels: Labels | None,
    features: list[int],
    levels: Sequence[float],
) -> None:
    quiet(ax)
    if rows is not None and labels is not None:
        draw_points(ax, rows, features, labels, mixture.n_components)
    draw_ellipses(ax, mixture.marginal(features), levels, linewidth=1)


def _write_certainty(ax: Axes, plane: Mixture) -> None:
    """E max_k r_k, from draws."""
    if plane.n_components == 1:
        return
    draws, _ = plane.sample(N_DRAWS, np.random.default_rng(0))
    certainty = float(plane.responsibilities(draws).max(axis=1).mean())
    ax.set_title(
        f"{100 * certainty:.0f} %", loc="right", fontsize="x-small", color=grey(ax, MUTED), pad=2
    )


def _corner(axes: AxesGrid) -> Axes:
    """The last axes of the first row, grown to the largest rectangle above the diagonal.

    Their numbers stand on the outer edge, as those of the planes do on theirs.
    """
    ax: Axes = axes[0, -1]
    place, n = ax.get_subplotspec(), len(axes)
    if place is not None and place.get_gridspec().get_geometry() == (n, n):
        ax.set_subplotspec(place.get_gridspec()[: n // 2, n // 2 :])
    ax.set_axis_on()
    quiet(ax)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.yaxis.tick_right()
    ax.yaxis.set_label_position("right")
    for side in ax.spines:
        ax.spines[side].set(visible=side in {"top", "right"}, color=grey(ax, MUTED))
    ax.tick_params(labelsize="x-small")
    return ax


def _name_edges(axes: AxesGrid, names: list[str]) -> None:
    """Names and numbers on the outer edge alone."""
    last = len(names) - 1
    for i, j in zip(*np.tril_indices(len(names)), strict=True):
        name_axes(
            axes[i, j],
            names[j] if i == last else "",
            names[i] if j == 0 and i > 0 else "",
            fontsize="small",
        )
        axes[i, j].tick_params(
            labelsize="x-small", labelbottom=bool(i == last), labelleft=bool(j == 0)
        )
        axes[i, j].locator_params(nbins=4)
