"""The shapes that each family of covariances can take."""

import numpy as np

from mixtura.distribution import Mixture
from mixtura.family import SAME
from mixtura.plots.ellipses import draw_ellipses
from mixtura.plots.figure import Axes, AxesGrid, grid_or_new
from mixtura.plots.look import INK, MUTED, figure_caption, grey
from mixtura.typing import ArrayKDD

TABLE = (
    ("EII", "VII", "", ""),
    ("EEI", "VEI", "EVI", "VVI"),
    ("EEE", "VEE", "EVE", "VVE"),
    ("EEV", "VEV", "EVV", "VVV"),
)
ROWS = ("balls", "axes along\nthe features", "the same axes\nfor all", "axes of\ntheir own")
COLUMNS = ("the same\nvolume and shape", "the same shape", "the same volume", "neither")

MEANS = np.array([[-1.15, -0.8], [1.15, -0.8], [0.0, 0.85]])
VOLUMES = {"E": np.full(3, 0.16), "V": np.array([0.06, 0.12, 0.26])}
ELONGATIONS = {"I": np.ones(3), "E": np.full(3, 2.6), "V": np.array([4.5, 1.3, 2.6])}
ANGLES = {"I": np.zeros(3), "E": np.full(3, 0.6), "V": np.array([0.6, 2.4, 1.4])}
LEVEL = 0.8


def families(*, ax: Axes | AxesGrid | None = None) -> AxesGrid:
    """Draw three components of each family of covariances (Celeux and Govaert 1995).

    From left to right fewer things are the same in all components; from top to bottom the axes of
    the ellipses are freer. Under each name of three letters (volume, shape and axes, each Equal or
    Variable, or the Identity) stands the one that scikit-learn has for it, if it has.

    Parameters
    ----------
    ax : array of matplotlib Axes of shape (4, 4), or matplotlib Axes, optional
        Where to draw; one Axes is replaced by a grid in its place.

    Returns
    -------
    axes : ndarray of matplotlib Axes of shape (4, 4)

    Raises
    ------
    ValueError
        Where `ax` has another shape.

    References
    ----------
    Celeux, G. and Govaert, G. (1995). Gaussian parsimonious clustering models. Pattern Recognition
    28, 781-793.

    Examples
    --------
    >>> import mixtura as mx
    >>> axes = mx.plots.families()
    >>> axes.shape, axes[0, 1].get_title(loc="left")
    ((4, 4), 'VII')
    """
    axes = grid_or_new(ax, 4, width=7.2)
    for names, kind, row in zip(TABLE, ROWS, axes, strict=True):
        for name, panel in zip(names, row, strict=True):
            _draw_family(panel, name)
        row[0].set_ylabel(kind, color=grey(row[0], INK), fontsize="small")
    for panel, words in zip(axes[-1], COLUMNS, strict=True):
        panel.set_xlabel(words, color=grey(panel, INK), fontsize="small")
    if ax is None:
        figure_caption(
            axes[0, 0], "Names: volume, shape and axes are Equal, Variable, or the Identity"
        )
    return axes


def example(name: str) -> ArrayKDD:
    """Covariances (3, 2, 2) of the family of that name."""
    volume, shape, orientation = list(name)
    ratios = np.sqrt(ELONGATIONS[shape])
    if name.endswith("VI"):
        ratios = ratios ** np.array([1, -1, -1])  # along either feature
    variances = VOLUMES[volume][:, None] * np.column_stack([ratios, 1 / ratios])
    cos, sin = np.cos(ANGLES[orientation]), np.sin(ANGLES[orientation])
    axes = np.array([[cos, -sin], [sin, cos]]).transpose(2, 0, 1)
    matrices: ArrayKDD = (axes * variances[:, None, :]) @ axes.swapaxes(1, 2)
    return matrices


def _draw_family(ax: Axes, name: str) -> None:
    ax.set(xticks=[], yticks=[], xlim=(-2.4, 2.4), ylim=(-1.9, 2.2), aspect="equal")
    for spine in ax.spines.values():
        spine.set_visible(bool(name))
        spine.set_color(grey(ax, MUTED / 2))
    ax.patch.set_visible(bool(name))
    if not name:
        return
    mixture = Mixture(np.full(3, 1 / 3), MEANS, example(name))
    draw_ellipses(ax, mixture, [LEVEL], linewidth=1.2)
    ax.set_title(name, loc="left", fontsize="small", color=grey(ax, INK), pad=3)
    ax.set_title(SAME.get(name, ""), loc="right", fontsize="small", color=grey(ax, MUTED), pad=3)
