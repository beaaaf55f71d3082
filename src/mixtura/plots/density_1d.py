"""Bell curves: a one-dimensional mixture, its components, and a histogram of rows."""

import numpy as np
from scipy.stats import norm

from mixtura._array import to_numpy
from mixtura.distribution import as_mixture
from mixtura.distribution.checks import check_rows
from mixtura.plots.figure import INK, MUTED, Axes, axes_or_new, color
from mixtura.typing import AnyND


def density_1d(model: object, X: AnyND | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the density of a one-dimensional mixture, with each component's share below it.

    Parameters
    ----------
    model : Mixture or fitted estimator
        Of one feature.
    X : array-like of shape (n, 1), optional
        Rows, shown as a histogram.
    ax : matplotlib Axes, optional

    Returns
    -------
    ax : matplotlib Axes

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture([0.3, 0.7], [[-2], [1]], [[[1]], [[0.5]]])
    >>> mx.plots.density_1d(m).get_ylabel()
    'density'
    """
    mixture = as_mixture(model)
    if mixture.n_features != 1:
        raise ValueError(
            f"Curves show one feature, and this mixture has {mixture.n_features}; "
            "take mixture.marginal(feature), or plots.components."
        )
    ax = axes_or_new(ax)
    deviations = np.sqrt(np.broadcast_to(mixture.storage.variances(), mixture.means.shape))[:, 0]
    means = mixture.means[:, 0]
    x = np.linspace((means - 4 * deviations).min(), (means + 4 * deviations).max(), 800)
    if X is not None:
        rows = to_numpy(check_rows(X, 1))[:, 0]
        x = np.linspace(min(x[0], rows.min()), max(x[-1], rows.max()), 800)
        ax.hist(rows, bins="auto", density=True, color="#dddddd", edgecolor="white", zorder=1)
    for k, (weight, mean, deviation) in enumerate(
        zip(mixture.weights, means, deviations, strict=True)
    ):
        share = weight * norm.pdf(x, mean, deviation)
        ax.plot(x, share, color=color(k), linewidth=1.6, zorder=3)
        ax.fill_between(x, share, color=color(k), alpha=0.15, linewidth=0, zorder=2)
    ax.plot(x, np.exp(mixture.log_prob(x[:, None])), color=INK, linewidth=1.4, zorder=4)
    ax.set_xlabel(mixture.feature_names[0] if mixture.feature_names else "x", color=INK)
    ax.set_ylabel("density", color=INK)
    ax.set_ylim(bottom=0)
    ax.axhline(0, color=MUTED, linewidth=0.8)
    return ax
