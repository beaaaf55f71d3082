"""The components' numbers on small discs: what tells them apart without colours."""

from typing import Any

import numpy as np

from mixtura.plots.figure import Axes, Color, font_scale, inches, offset_copy
from mixtura.plots.look import INK, edge, grey
from mixtura.typing import Float


def draw_numbers(ax: Axes, points: Float) -> None:
    """Number k at points[k], shape (K, 2), or beside it where it would cover another number.

    The limits of the axes must be set before. A single component has a disc without number.
    """
    if len(points) == 1:
        _draw_disc(ax, points[0], 5.5, grey(ax, 0), edge(ax, 0))
        return
    figure: Any = ax.figure
    diameter = font_scale() * float(np.clip(9 * min(inches(ax)), 6.5, 10))
    places = ax.transData.transform(points) * 72 / figure.dpi
    shifts = _apart(places, diameter + 1) - places
    for k, (point, shift) in enumerate(zip(points, shifts, strict=True)):
        if np.abs(shift).max() > 0.5:
            _draw_disc(ax, point, 3.5, edge(ax, k), grey(ax, 0))
        beside = offset_copy(ax.transData, figure, shift[0], shift[1], units="points")
        _draw_disc(ax, point, diameter, grey(ax, 0), edge(ax, k), transform=beside)
        ax.text(
            point[0],
            point[1],
            str(k),
            transform=beside,
            ha="center",
            va="center_baseline",
            fontsize=0.7 * diameter,
            color=grey(ax, INK),
            zorder=6,
            clip_on=True,
        )


def _draw_disc(
    ax: Axes, point: Float, size: float, face: Color, rim: Color, **options: Any
) -> None:
    ax.plot(
        point[0],
        point[1],
        marker="o",
        markersize=size,
        color=face,
        markeredgecolor=rim,
        markeredgewidth=1,
        zorder=5,
        **options,
    )


def _apart(points: Float, distance: float) -> Float:
    """Points moved until no two are nearer than a distance, for at most a hundred rounds."""
    angles = np.arange(len(points))
    moved = points + 1e-3 * np.column_stack([np.cos(angles), np.sin(angles)])  # none coincide
    for _ in range(100):
        between = moved[:, None, :] - moved[None, :, :]
        lengths = np.sqrt((between**2).sum(axis=2)) + distance * np.eye(len(points))
        lacking = np.clip(distance - lengths, 0, None) / 2
        if not lacking.any():
            break
        moved = moved + ((lacking / lengths)[:, :, None] * between).sum(axis=1)
    return np.where(np.abs(moved - points) > 0.5, moved, points)
