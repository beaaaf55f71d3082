"""How uncertain the label of each row is, after mclust's picture of that name.

References
----------
Scrucca, L., Fraley, C., Murphy, T. B. and Raftery, A. E. (2023). Model-Based Clustering,
Classification, and Density Estimation Using mclust in R. Chapman and Hall/CRC.
"""

from collections.abc import Sequence

import numpy as np

from mixtura.plots.boundaries import draw_boundaries
from mixtura.plots.figure import Axes, Line2D, axes_or_new, inches
from mixtura.plots.look import (
    MUTED,
    caption,
    equal_where_comparable,
    grey,
    grey_map,
    name_axes,
    quiet,
)
from mixtura.plots.models import mixture_of, plane_of
from mixtura.plots.numbers import draw_numbers
from mixtura.plots.rows import Rows
from mixtura.plots.scatter import draw_image, grid_shape, point_area
from mixtura.typing import AnyND, Float

GREYS = (0.22, 1.0)
"""Strengths of certain and of most uncertain rows."""

KEY = (0.0, 0.5, 1.0)
"""Shares of the largest uncertainty that the key shows."""


def uncertainty(
    model: object,
    X: AnyND | None = None,
    *,
    features: Sequence[int | str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw rows the larger and darker, the less certain the component is that they came from.

    The uncertainty of a row is 1 - max_k r_k: the probability that its label is wrong, which is at
    most 1 - 1/K. Thin lines show where the label changes (of the two features in the axes alone,
    where there are more).

    Parameters
    ----------
    model : Mixture or fitted estimator
        Of at least two features.
    X : array-like of shape (n, d)
        The rows. Of more than 20 000, each cell of a grid shows the mean of its rows.
    features : two indices or names, optional
        The axes; by default the two features that separate the means best.
    ax : matplotlib Axes, optional

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ValueError
        Where X is missing or has another width, the number of features is not two, or an estimator
        is not fitted.
    TypeError
        Where `model` is neither a mixture nor an estimator.

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture([0.5, 0.5], [[0, 0], [4, 4]], [1, 1], covariance_type="spherical")
    >>> ax = mx.plots.uncertainty(m, [[0, 0], [2, 2], [4, 4]])
    >>> areas = ax.collections[0].get_sizes()  # from the most certain row to the least
    >>> bool(areas[0] < areas[2])
    True
    """
    mixture = mixture_of(model)
    if X is None:
        raise ValueError("Uncertainty belongs to rows: give them as X.")
    if mixture.n_features == 1:
        raise ValueError(
            "uncertainty shows a plane of two features, and this mixture has one; "
            "plots.density_1d shows where its components overlap."
        )
    chosen, names = plane_of(mixture, features)
    rows = Rows.of(X, mixture.n_features)

    ax = quiet(axes_or_new(ax))
    draw = _draw_cells if rows.many else _draw_points
    draw(ax, rows, chosen, rows.uncertainties(mixture))
    name_axes(ax, *names)
    ax.autoscale_view(tight=False)
    equal_where_comparable(ax)
    plane = mixture.marginal(chosen)
    draw_boundaries(ax, plane)
    draw_numbers(ax, plane.means)
    return ax


def _draw_points(ax: Axes, rows: Rows, features: list[int], uncertainties: Float) -> None:
    order = np.argsort(uncertainties, kind="stable")  # the most uncertain on top
    x, y = rows.columns(features)[order].T
    ordered = uncertainties[order]
    most = max(0.5, float(ordered[-1]))
    smallest = point_area(ax, len(rows)) / 2
    ax.scatter(
        x,
        y,
        s=_areas(smallest, ordered / most),
        c=ordered,
        cmap=grey_map(ax, *GREYS),
        vmin=0,
        vmax=most,
        linewidth=0,
        zorder=1.5,
        rasterized=len(rows) > 2000,
    )
    caption(ax, "Uncertainty")
    _draw_key(ax, most, "o", _areas(max(smallest, 4), np.array(KEY)))


def _draw_cells(ax: Axes, rows: Rows, features: list[int], uncertainties: Float) -> None:
    box, shape = rows.box(features), grid_shape(ax, len(rows))
    (counts,) = rows.sums(features, box, shape)
    (totals,) = rows.sums(features, box, shape, of=uncertainties)
    means = np.ma.masked_where(counts == 0, totals / np.maximum(counts, 1))
    most = max(0.5, float(means.max()))
    draw_image(ax, means, box).set(cmap=grey_map(ax, *GREYS), clim=(0, most))
    caption(ax, "Mean uncertainty")
    _draw_key(ax, most, "s", np.full(len(KEY), 30.0))


def _areas(smallest: float, shares: Float) -> Float:
    """Square points of markers, for shares of the largest uncertainty."""
    return smallest * (1 + 7 * shares)


def _draw_key(ax: Axes, most: float, shape: str, areas: Float) -> None:
    """Sizes and greys with their values, at the end of the caption's line if they fit there."""
    if inches(ax)[0] < 2.2:
        return
    greys = grey_map(ax, *GREYS)
    handles = [
        Line2D(
            [],
            [],
            linestyle="",
            marker=shape,
            markersize=float(np.sqrt(area)),
            markeredgewidth=0,
            color=greys(share),
            label=f"{most * share:.2g}",
        )
        for share, area in zip(KEY, areas, strict=True)
    ]
    ax.legend(
        handles=handles,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=len(KEY),
        frameon=False,
        fontsize="small",
        labelcolor=grey(ax, MUTED + 0.1),
        borderpad=0.2,
        borderaxespad=0.0,
        columnspacing=0.8,
        handletextpad=0.2,
        handlelength=1.0,
    )
