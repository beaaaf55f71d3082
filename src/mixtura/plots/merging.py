"""How certain labels become as components are merged: the entropy, and its elbow."""

import numpy as np

from mixtura.plots.figure import Axes, axes_or_new
from mixtura.plots.look import INK, MUTED, caption, edge, grey, name_axes, quiet
from mixtura.selection import MergedClusters
from mixtura.selection.elbow import Elbow
from mixtura.typing import Float


def merging(clusters: MergedClusters, *, normalized: bool = False, ax: Axes | None = None) -> Axes:
    """Draw what is not known of the labels, against the number of clusters.

    Dashed lines are fitted on both sides of the elbow; a ring marks the number of clusters that
    `predict` takes by default.

    Parameters
    ----------
    clusters : MergedClusters
        From `merge_clusters`.
    normalized : bool, default=False
        Whether against how many rows have been merged, instead of the number of clusters; the
        points are numbered then. Each line is as steep as what each merged row gains.
    ax : matplotlib Axes, optional

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    TypeError
        For anything but merged clusters.

    References
    ----------
    Baudry, J.-P., Raftery, A. E., Celeux, G., Lo, K. and Gottardo, R. (2010). Combining mixture
    components for clustering. Journal of Computational and Graphical Statistics 19, 332-353.

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture([0.3, 0.3, 0.4], [[0], [0.5], [9]], [1, 1, 1], covariance_type="spherical")
    >>> clusters = mx.merge_clusters(m, m.sample(200, rng=0)[0])
    >>> mx.plots.merging(clusters).get_xlabel()
    'number of clusters'
    """
    if not isinstance(clusters, MergedClusters):
        raise TypeError(
            f"Expected what merge_clusters gives, not {type(clusters).__name__}; call "
            "merge_clusters(estimator, X) first."
        )
    ax = quiet(axes_or_new(ax))
    x, y = clusters.curve(normalized=normalized)
    if len(x) > 2:
        _draw_elbow(ax, clusters.elbow(normalized=normalized), x)
    ax.plot(x, y, "o", color=edge(ax, 0), markersize=5, zorder=3)
    chosen = len(x) - clusters.n_clusters
    ax.plot(
        x[chosen],
        y[chosen],
        "o",
        color="none",
        markersize=12,
        markeredgecolor=edge(ax, 5),
        markeredgewidth=1.6,
        zorder=4,
    )
    if normalized:
        _number(ax, x, y)
        name_axes(ax, "rows merged so far", "entropy of the labels (nats)")
    else:
        name_axes(ax, "number of clusters", "entropy of the labels (nats)")
        ax.set_xticks(
            np.sort(x) if len(x) <= 12 else np.unique(np.linspace(1, len(x), 8, dtype=int))
        )
    top = max(y[0], 1e-9)
    ax.set_ylim(-0.06 * top, 1.1 * top)
    caption(ax, _in_words(clusters))
    return ax


def _draw_elbow(ax: Axes, elbow: Elbow, x: Float) -> None:
    for (intercept, slope), part in (
        (elbow.before, x[: elbow.index + 1]),
        (elbow.after, x[elbow.index :]),
    ):
        ends = part[[0, -1]]
        ax.plot(
            ends,
            intercept + slope * ends,
            color=grey(ax, MUTED),
            linewidth=1.2,
            linestyle=(0, (4, 3)),
            zorder=2,
        )


def _number(ax: Axes, x: Float, y: Float) -> None:
    """Beside each point, of how many clusters it is."""
    for k, point in zip(range(len(x), 0, -1), zip(x, y, strict=True), strict=True):
        ax.annotate(
            str(k),
            point,
            xytext=(7, 7),
            textcoords="offset points",
            fontsize="small",
            color=grey(ax, INK),
        )


def _in_words(clusters: MergedClusters) -> str:
    n, k = clusters.mixture.n_components, clusters.n_clusters
    numbers = [" + ".join(map(str, own)) for own in clusters.components() if len(own) > 1]
    found = f"{n} component{'' if n == 1 else 's'}, {k} cluster{'' if k == 1 else 's'}"
    return f"{found}: {', '.join(numbers)} merged." if numbers else f"{found}: none is merged."
