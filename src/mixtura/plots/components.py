"""Points by cluster, and each component as ellipses of stated probability around its centre."""

from collections.abc import Sequence

from mixtura.plots.density_1d import density_1d
from mixtura.plots.ellipses import draw_ellipses
from mixtura.plots.figure import Axes, axes_or_new
from mixtura.plots.look import caption, equal_where_comparable, listed, name_axes, quiet
from mixtura.plots.models import check_levels, mixture_of, plane_of
from mixtura.plots.numbers import draw_numbers
from mixtura.plots.rows import Rows
from mixtura.plots.scatter import draw_points
from mixtura.typing import AnyND


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
        Rows to show, each in the colour of its most probable component (given all d features).
        More than 20 000 are shown as an image of their density.
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
        Where the number of features is not two, a level is not between 0 and 1, X has another
        width, or an estimator is not fitted.
    TypeError
        Where `model` is neither a mixture nor an estimator.

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture([0.5, 0.5], [[0, 0], [4, 4]], [1, 1], covariance_type="spherical")
    >>> ax = mx.plots.components(m)
    >>> len(ax.patches)
    4
    """
    mixture = mixture_of(model)
    levels = check_levels(levels)
    if mixture.n_features == 1:
        return density_1d(mixture, X, ax=ax)
    chosen, names = plane_of(mixture, features)
    rows = None if X is None else Rows.of(X, mixture.n_features)

    ax = quiet(axes_or_new(ax))
    if rows is not None:
        draw_points(ax, rows, chosen, rows.labels(mixture), mixture.n_components)
    plane = mixture.marginal(chosen)
    draw_ellipses(ax, plane, levels, linewidth=1.3)
    name_axes(ax, *names)
    caption(ax, f"Ellipses hold {listed(levels)} of each component")
    ax.autoscale_view(tight=False)
    equal_where_comparable(ax)
    draw_numbers(ax, plane.means)
    return ax
