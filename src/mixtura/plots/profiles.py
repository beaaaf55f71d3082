"""How the features of each component differ from those of the others: a map of numbers."""

import numpy as np

from mixtura.plots.figure import Axes, LinearSegmentedColormap, axes_or_new, inches, to_rgb
from mixtura.plots.look import INK, MUTED, PALETTE, caption, edge, grey
from mixtura.plots.models import mixture_of, name_of
from mixtura.typing import Float
from mixtura.uses import summarize

STRONGEST = 2.0
"""Standard deviations from which on all cells have the strongest colour."""


def profiles(model: object, *, ax: Axes | None = None) -> Axes:
    """Draw what sets the components apart: a column for each, a row for each feature.

    A cell tells by how many standard deviations of the whole mixture the component's mean is above
    (blue) or below (orange) that of the other components together; see `summarize`. The features
    that differ most come first.

    Parameters
    ----------
    model : Mixture or fitted estimator
        Of at least two components.
    ax : matplotlib Axes, optional

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ValueError
        Where there is one component only, or an estimator is not fitted.
    TypeError
        Where `model` is neither a mixture nor an estimator.

    Examples
    --------
    >>> import mixtura as mx
    >>> m = mx.Mixture([0.5, 0.5], [[0, 0, 0], [0, 4, 1]], [1, 1], covariance_type="spherical")
    >>> ax = mx.plots.profiles(m)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['feature 1', 'feature 2', 'feature 0']
    """
    mixture = mixture_of(model)
    if mixture.n_components == 1:
        raise ValueError("profiles compares components, and this mixture has one.")
    differences = summarize(mixture).differences.T
    order = np.argsort(-np.abs(differences).max(axis=1), kind="stable")
    cells = differences[order]
    ax = axes_or_new(ax)
    middle = grey(ax, 0.03)
    colors = LinearSegmentedColormap.from_list(
        "differences", [to_rgb(PALETTE[1]), middle, to_rgb(PALETTE[4])]
    )
    ax.imshow(cells, cmap=colors, vmin=-STRONGEST, vmax=STRONGEST, aspect="auto")
    _name(ax, [name_of(mixture, int(feature)) for feature in order], mixture.n_components)
    _write(ax, cells)
    caption(ax, "Difference from the others, in sd")
    return ax


def _name(ax: Axes, features: list[str], n_components: int) -> None:
    """Features and numbers of components on the edges, and paper between the cells."""
    n_features = len(features)
    ax.set_xticks(range(n_components), [str(k) for k in range(n_components)])
    step = int(np.ceil(n_features / max(1, 72 * inches(ax)[1] / 9)))  # lines of 9 points
    ax.set_yticks(range(0, n_features, step), features[::step])
    ax.set_xlabel("component", color=grey(ax, INK))
    ax.tick_params(length=0, labelcolor=grey(ax, INK), labelsize="small")
    for k, label in enumerate(ax.get_xticklabels()):
        label.set(color=edge(ax, k), fontweight="bold")
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xticks(np.arange(0.5, n_components - 1), minor=True)
    ax.set_yticks(np.arange(0.5, n_features - 1), minor=True)
    ax.grid(which="minor", color=grey(ax, 0), linewidth=min(2.0, 40 / n_features))
    ax.tick_params(which="minor", length=0)


def _write(ax: Axes, cells: Float) -> None:
    """The numbers, where there is room for them."""
    width, height = inches(ax)
    if 72 * height / len(cells) < 10 or 72 * width / cells.shape[1] < 26:
        return
    for (i, k), value in np.ndenumerate(cells):
        strength = INK if abs(value) >= 0.5 else MUTED
        text = f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")
        ax.text(k, i, text, ha="center", va="center", fontsize="small", color=grey(ax, strength))
