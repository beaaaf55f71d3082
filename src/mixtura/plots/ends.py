"""Names at the right ends of lines, in their order, of which none covers another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.isotonic import isotonic_regression

from mixtura.plots.figure import Axes, Color, font_scale, inches
from mixtura.plots.look import grey
from mixtura.typing import Float

LINE = 8.5
"""Points from one name to the next."""

GAP = 14
"""Points from the lines to their names, in which threads lead from one to the other."""


@dataclass(frozen=True)
class End:
    """The last point of a line, its name, and how it stands out."""

    x: float
    y: float
    name: str
    color: Color
    weight: str = "normal"


def name_ends(ax: Axes, ends: Sequence[End]) -> None:
    """Write the names of as many lines as there is room for, the first of them.

    Where a line ends outside the frame, an arrow tells on which side. The limits of the axes must
    be set before.
    """
    for x in dict.fromkeys(end.x for end in ends):
        _name_column(ax, [end for end in ends if end.x == x])


def _name_column(ax: Axes, ends: Sequence[End]) -> None:
    """Those of lines that end above each other."""
    width, height = (72 * length for length in inches(ax))
    step = LINE * font_scale()
    ends = ends[: max(int(height / step), 1)]
    low, high = ax.get_ylim()
    left, right = ax.get_xlim()
    heights = (np.array([end.y for end in ends]) - low) / (high - low)
    places = spread(np.clip(heights, 0, 1), min(step / height, 1 / len(ends)))
    for end, wanted, place in zip(ends, heights, places, strict=True):
        is_inside = 0 <= wanted <= 1
        ax.annotate(
            end.name if is_inside else f"{end.name} {'↑' if wanted > 1 else '↓'}",
            (end.x, np.clip(end.y, low, high)),
            ((end.x - left) / (right - left) + GAP / width, place),
            textcoords=ax.transAxes,
            va="center",
            annotation_clip=False,
            fontsize="x-small",
            color=end.color,
            weight=end.weight,
            arrowprops=_thread(ax) if is_inside else None,
            bbox={"facecolor": (*grey(ax, 0), 0.7), "edgecolor": "none", "pad": 0.3},
            zorder=4.5,
        )


def _thread(ax: Axes) -> dict[str, object]:
    return {
        "arrowstyle": "-",
        "color": grey(ax, 0.15),
        "linewidth": 0.6,
        "shrinkA": 1,
        "shrinkB": 3,
        "relpos": (0, 0.5),
        "zorder": 1,
    }


def spread(wanted: Float, distance: float) -> Float:
    """Places between 0 and 1 at least a distance apart, in the order of those wanted.

    They are the nearest in the sum of squares: places less the distances to those before must
    not fall, which is isotonic regression.
    """
    order = np.argsort(wanted, kind="stable")
    before = distance * np.arange(len(wanted))
    places = np.empty(len(wanted))
    rising = isotonic_regression(wanted[order] - before, y_min=0, y_max=1 - before[-1])
    places[order] = rising + before
    return places
