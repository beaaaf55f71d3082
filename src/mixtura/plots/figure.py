"""The look of all pictures, and the only door to matplotlib."""

import os
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from mixtura._atomic import replacing

__all__ = ["INK", "MUTED", "Axes", "Ellipse", "axes_or_new", "blank_axes", "color", "write"]

INK = "#222222"
MUTED = "#8a8a8a"

# Okabe and Ito (2008): told apart by the colour-blind, and of different lightness in greyscale.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#333333")

SIZE = (5.2, 4.2)
"""Inches: one column of a page."""


def color(component: int) -> str:
    """The colour of a component."""
    return PALETTE[component % len(PALETTE)]


def axes_or_new(ax: Axes | None) -> Axes:
    """`ax`, or the axes of a new pyplot figure."""
    if ax is None:
        _, ax = plt.subplots(figsize=SIZE, layout="constrained")
    return _quiet(ax)


def blank_axes() -> Axes:
    """Axes of a figure that no window shows, to be written to a file."""
    return _quiet(Figure(figsize=SIZE, layout="constrained").subplots())


def write(ax: Axes, path: str | os.PathLike[str]) -> None:
    """Write the figure of `ax`, whole or not at all, in the format that the name says."""
    figure: Any = ax.figure
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=200)


def _quiet(ax: Axes) -> Axes:
    """Axes that leave the ink to the data."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(MUTED)
    ax.tick_params(colors=INK, color=MUTED)
    ax.set_axisbelow(True)
    return ax
