"""Components in the plane of the two directions along which they differ most."""

from collections.abc import Sequence

from mixtura.distribution import Mixture
from mixtura.plots.ellipses import draw_ellipses
from mixtura.plots.figure import Axes, axes_or_new
from mixtura.plots.look import caption, listed, name_axes, quiet
from mixtura.plots.models import check_levels, mixture_of, name_of
from mixtura.plots.numbers import draw_numbers
from mixtura.plots.rows import Labels, Rows
from mixtura.plots.scatter import draw_points
from mixtura.typing import AnyND, ArrayD
from mixtura.uses import discriminant_projection


def discriminant(
    model: object,
    X: AnyND | None = None,
    *,
    levels: Sequence[float] = (0.5, 0.95),
    ax: Axes | None = None,
) -> Axes:
    r"""Draw the components where they are best apart, whatever the number of features.

    The axes are the two directions of `discriminant_projection`, in standard deviations of the
    whole mixture. Their names tell the feature that each is correlated with most.

    Parameters
    ----------
    model : Mixture or fitted estimator
        Of at least two features.
    X : array-like of shape (n, d), optional
        Rows to show, each in the colour of its most probable component (given all d features).
        Where entries are missing, a row stands where the mixture expects it.
    levels : sequence of float, default=(0.5, 0.95)
        How much of a component each of its ellipses holds.
    ax : matplotlib Axes, optional

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ValueError
        Where there is one feature only, a level is not between 0 and 1, X has another width, or an
        estimator is not fitted.
    TypeError
        Where `model` is neither a mixture nor an estimator.

    References
    ----------
    Scrucca, L. (2010). Dimension reduction for model-based clustering. Statistics and Computing 20,
    471-484.

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture([0.5, 0.5], [[0, 0, 0], [5, 3, 1]], [1, 1], covariance_type="spherical")
    >>> ax = mx.plots.discriminant(m)
    >>> ax.get_xlabel().split("\N{NO-BREAK SPACE}")
    ['direction 1 (feature 0', '+0.98)']
    """
    mixture = mixture_of(model)
    levels = check_levels(levels)
    if mixture.n_features == 1:
        raise ValueError(
            "discriminant shows a plane, and this mixture has one feature; plots.density_1d shows "
            "where its components overlap."
        )
    rows = None if X is None else Rows.of(X, mixture.n_features)
    ax = quiet(axes_or_new(ax))
    draw_projection(ax, mixture, rows, None if rows is None else rows.labels(mixture), levels)
    caption(ax, f"Ellipses hold {listed(levels)} of each component")
    return ax


def draw_projection(
    ax: Axes,
    mixture: Mixture,
    rows: Rows | None,
    labels: Labels | None,
    levels: Sequence[float],
    fontsize: str = "medium",
) -> None:
    """The projected components, and rows that have these labels."""
    projection = discriminant_projection(mixture)
    if rows is not None and labels is not None:
        projected = Rows(rows.map(mixture, projection.transform))
        draw_points(ax, projected, [0, 1], labels, mixture.n_components)
    draw_ellipses(ax, projection.mixture, levels, linewidth=1.3)
    first, second = (
        f"direction {i} ({_most_correlated(mixture, correlations)})"
        for i, correlations in enumerate(projection.correlations.T, start=1)
    )
    name_axes(ax, first, second, fontsize=fontsize)
    ax.autoscale_view(tight=False)
    draw_numbers(ax, projection.mixture.means)


def _most_correlated(mixture: Mixture, correlations: ArrayD) -> str:
    feature = int(abs(correlations).argmax())
    correlation = f"{correlations[feature]:+.2f}".replace("-", "\N{MINUS SIGN}")
    return f"{name_of(mixture, feature)}\xa0{correlation}"
