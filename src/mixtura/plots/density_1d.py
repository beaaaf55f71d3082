"""Bell curves: a one-dimensional mixture, its components, and a histogram of rows."""

from mixtura.plots.curves import draw_curves, draw_histogram, peaks
from mixtura.plots.figure import Axes, axes_or_new
from mixtura.plots.kernel_estimate import draw_kernel_curve, kernel_estimate
from mixtura.plots.look import caption, name_axes, quiet
from mixtura.plots.models import mixture_of, name_of
from mixtura.plots.numbers import draw_numbers
from mixtura.plots.rows import Rows, needed
from mixtura.typing import AnyND


def density_1d(
    model: object, X: AnyND | None = None, *, kde: bool = False, ax: Axes | None = None
) -> Axes:
    """Draw the density of a one-dimensional mixture, with each component's share below it.

    Parameters
    ----------
    model : Mixture or fitted estimator
        Of one feature.
    X : array-like of shape (n, 1), optional
        Rows, shown as a histogram.
    kde : bool, default=False
        Whether a kernel density estimate of X is drawn too, as a dashed line.
    ax : matplotlib Axes, optional

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ValueError
        Where the mixture has several features, X has another width than one, kde is asked for and
        X is not there or has too few rows, or an estimator is not fitted.
    TypeError
        Where `model` is neither a mixture nor an estimator.

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture([0.3, 0.7], [[-2], [1]], [[[1]], [[0.5]]])
    >>> mx.plots.density_1d(m).get_ylabel()
    'density'
    """
    mixture = mixture_of(model)
    if mixture.n_features != 1:
        raise ValueError(
            f"Curves show one feature, and this mixture has {mixture.n_features}; "
            "take mixture.marginal(feature), or plots.components."
        )
    rows = None if X is None else Rows.of(X, 1)
    estimate = kernel_estimate(needed(rows), [0]) if kde else None
    ax = quiet(axes_or_new(ax))
    if rows is not None:
        draw_histogram(ax, mixture, rows, 0)
    draw_curves(ax, mixture, linewidth=1.4)
    words = "The mixture and its components' shares"
    if estimate is not None:
        draw_kernel_curve(ax, estimate)
        words += "; dashed, a kernel estimate"
    ax.autoscale_view(tight=False)
    if mixture.n_components > 1:
        draw_numbers(ax, peaks(mixture))
    name_axes(ax, name_of(mixture, 0), "density")
    caption(ax, words)
    return ax
