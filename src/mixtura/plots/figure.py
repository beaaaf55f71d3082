"""The only door to matplotlib: where pictures are drawn, and how they are written."""

import os
from typing import Any, TypeAlias

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb, to_rgba
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse
from matplotlib.transforms import offset_copy
from numpy.typing import NDArray

from mixtura._atomic import replacing

__all__ = [
    "Artist",
    "Axes",
    "AxesGrid",
    "AxesImage",
    "Color",
    "Ellipse",
    "Line2D",
    "LinearSegmentedColormap",
    "axes_or_new",
    "font_scale",
    "grid_or_new",
    "inches",
    "offset_copy",
    "to_rgb",
    "to_rgba",
    "write",
]

Color: TypeAlias = tuple[float, float, float]
"""Red, green and blue, 0 to 1."""

AxesGrid: TypeAlias = NDArray[Any]
"""An array of Axes, shape (d, d)."""

SIZE = (5.2, 4.0)
"""Inches: a page's text is a little wider, and a slide takes it at twice the size."""


def axes_or_new(ax: Axes | None) -> Axes:
    """`ax`, or the axes of a new pyplot figure."""
    if ax is None:
        _, ax = plt.subplots(figsize=SIZE, layout="constrained")
    if not isinstance(ax, Axes):
        raise TypeError(f"ax must be a matplotlib Axes, not {type(ax).__name__}.")
    return ax


def grid_or_new(ax: Axes | AxesGrid | None, n: int, *, width: float) -> AxesGrid:
    """An n x n array of axes: `ax` itself, in the place of the one Axes `ax`, or a new figure's.

    Parameters
    ----------
    ax : matplotlib Axes or array of Axes of shape (n, n), optional
        One Axes is taken away, and the grid stands in its place.
    n : int
    width : float
        Inches of a new figure.
    """
    if ax is None:
        size = (width, 0.9 * width)
        _, grid = plt.subplots(n, n, squeeze=False, figsize=size, layout="constrained")
        return np.asarray(grid)
    if isinstance(ax, Axes):
        place = ax.get_subplotspec()
        if place is None:
            raise ValueError(
                "A grid can stand only in the place of a subplot, and ax is none; leave ax out, "
                f"or give the {n} x {n} Axes of plt.subplots({n}, {n})."
            )
        ax.remove()
        return np.asarray(place.subgridspec(n, n).subplots(squeeze=False), dtype=object)
    grid = np.asarray(ax, dtype=object)
    if grid.shape != (n, n):
        raise ValueError(
            f"ax must be one Axes or an array of {n} x {n} Axes, but its shape is {grid.shape}."
        )
    return grid


def inches(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes."""
    figure: Any = ax.figure
    box = ax.get_window_extent()
    return box.width / figure.dpi, box.height / figure.dpi


def font_scale() -> float:
    """How large the user's letters are, beside matplotlib's own 10 points."""
    size: float = plt.rcParams["font.size"]
    return size / 10


def write(ax: Axes | AxesGrid, path: str | os.PathLike[str]) -> None:
    """Write the figure of some axes, whole or not at all, as its name says, and close it."""
    figure: Any = np.asarray(ax, dtype=object).flat[0].figure
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=200)
    plt.close(figure)
