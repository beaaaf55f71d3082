"""The look that all pictures share: quiet axes, colours of components, shades, captions.

A component keeps its colour, its marker and its number in every picture. The colours are those of
Okabe and Ito (2008), which the colour-blind tell apart; markers and numbers stand in for them in
greyscale. All greys lie between paper and ink, the colour of the axes and what contrasts with it,
so that pictures are legible on dark slides too.

References
----------
Okabe, M. and Ito, K. (2008). Color Universal Design: How to make figures and presentations that
are friendly to colorblind people. https://jfly.uni-koeln.de/color/
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from mixtura.plots.figure import (
    Artist,
    Axes,
    Color,
    LinearSegmentedColormap,
    font_scale,
    inches,
    to_rgb,
    to_rgba,
)
from mixtura.typing import Float

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#333333")

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "h")
"""One more than there are colours, so that the first 72 components differ in one of the two."""

MARKER_AREAS = (1.0, 0.85, 1.1, 0.75, 1.1, 1.2, 1.1, 1.1, 1.05)
"""What makes the markers look equally large."""

INK, MUTED = 0.87, 0.5
"""Strengths of grey: words and curves, and what stands back."""


def color(component: int) -> str:
    """The colour of a component's area and points."""
    return PALETTE[component % len(PALETTE)]


def marker(component: int) -> tuple[str, float]:
    """The marker of a component's points, and the factor that its area needs."""
    return MARKERS[component % len(MARKERS)], MARKER_AREAS[component % len(MARKERS)]


def edge(ax: Axes, component: int) -> Color:
    """The colour of a component's lines: its own, as far from the paper as thin lines must be."""
    rgb, paper = np.array(to_rgb(color(component))), _paper(ax)
    for strength in np.linspace(0, 1, 21):
        mixed = (1 - strength) * rgb + strength * _ink(paper)
        if _contrast(mixed, paper) >= 3:
            break
    return _as_color(mixed)


def grey(ax: Axes, strength: float) -> Color:
    """A grey between the paper (0) and the ink (1)."""
    paper = _paper(ax)
    return _as_color((1 - strength) * paper + strength * _ink(paper))


def shades(ax: Axes, n: int, weakest: float = 0.13, strongest: float = 0.75) -> Float:
    """n shades of blue in even steps between the paper (0), blue (1) and the ink (2): (n, 3)."""
    stops = np.array([grey(ax, 0), to_rgb(PALETTE[0]), grey(ax, 1)])
    at = np.linspace(weakest, strongest, n)
    return np.stack([np.interp(at, (0, 1, 2), channel) for channel in stops.T], axis=1)


def grey_map(ax: Axes, weakest: float, strongest: float) -> LinearSegmentedColormap:
    """Greys from one strength to another, in even steps."""
    return LinearSegmentedColormap.from_list("greys", [grey(ax, weakest), grey(ax, strongest)])


def quiet(ax: Axes) -> Axes:
    """Axes that leave the ink to the data."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(grey(ax, MUTED))
    ax.tick_params(labelcolor=grey(ax, INK), color=grey(ax, MUTED), labelsize="small", length=3)
    ax.set_axisbelow(True)
    return ax


def name_axes(ax: Axes, x: str = "", y: str = "", fontsize: str = "medium") -> None:
    """Write the names of the axes, in lines that are no longer than these."""
    style: dict[str, Any] = {"color": grey(ax, INK), "fontsize": fontsize}
    small = 1.0 if fontsize == "small" else 1.2
    width, height = (_letters(length / small) for length in inches(ax))
    ax.set_xlabel("\n".join(broken(x, width)), **style)
    ax.set_ylabel("\n".join(broken(y, height)), **style)


def caption(ax: Axes, text: str) -> None:
    """A line above the axes that says what is drawn; below the title, which stays the user's.

    It is the label of a second axis on top, because matplotlib lifts titles above those.
    """
    earlier = [child for child in ax.child_axes if child.get_gid() == "caption"]
    line = earlier[0] if earlier else ax.secondary_xaxis("top")
    line.set_gid("caption")
    line.set_xticks([])
    line.spines["top"].set_visible(False)
    words = "\n".join(broken(text, _letters(inches(ax)[0])))
    said = line.get_xlabel()
    if said:
        words = said if words in said else f"{said}\n{words}"
    line.set_xlabel(words, loc="left", fontsize="small", color=grey(ax, MUTED + 0.1))


def figure_caption(ax: Axes, text: str) -> None:
    """A line above all axes of a figure that is the picture's own."""
    figure: Any = ax.figure
    lines = broken(text, _letters(figure.get_figwidth()))
    figure.suptitle(
        "\n".join(lines), x=0.01, ha="left", fontsize="small", color=grey(ax, MUTED + 0.1)
    )


def unstuck(artist: Artist) -> None:
    """Let the axes have a margin around an image or contours, as around points."""
    artist.sticky_edges.x.clear()
    artist.sticky_edges.y.clear()


def equal_where_comparable(ax: Axes) -> None:
    """Equal scales where both axes span about as much, so that circles look round."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    shared = (ax.get_shared_x_axes(), ax.get_shared_y_axes())
    if all(len(axes.get_siblings(ax)) > 1 for axes in shared):
        return  # matplotlib has no way to change the limits of all of them
    if 2 / 3 <= (right - left) / (top - bottom) <= 3 / 2:
        ax.set_aspect("equal", adjustable="datalim")
        ax.apply_aspect()


def listed(values: Sequence[float]) -> str:
    """Probabilities as words: "50, 80 and 95 %", the last two of which stay in one line."""
    *first, last = (f"{100 * value:.6g}" for value in sorted(values))
    return f"{', '.join(first)} and {last}\xa0%" if first else f"{last}\xa0%"


def broken(text: str, width: int) -> list[str]:
    """Lines of at most `width` letters if possible, broken at spaces and inside of long_names."""
    lines = [""]
    for piece in re.findall(r"[^ _/-]*[ _/-]?", text):
        if lines[-1] and len(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def _letters(length: float) -> int:
    """How many small letters fit into a length in inches: one is about 4.2 points wide."""
    return max(8, int(length * 72 / (4.2 * font_scale())))


def _as_color(rgb: Float) -> Color:
    red, green, blue = rgb.tolist()
    return red, green, blue


def _paper(ax: Axes) -> Float:
    """The colour behind the axes, through those that are transparent."""
    figure: Any = ax.figure
    paper = np.ones(3)
    for red, green, blue, opacity in (to_rgba(figure.get_facecolor()), to_rgba(ax.get_facecolor())):
        paper = (1 - opacity) * paper + opacity * np.array([red, green, blue])
    return np.asarray(paper)


def _ink(paper: Float) -> Float:
    """Black or white, whichever contrasts more."""
    return np.zeros(3) if _luminance(paper) > 0.18 else np.ones(3)


def _luminance(rgb: Float) -> float:
    """Relative luminance of an sRGB colour (IEC 61966-2-1)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def _contrast(first: Float, second: Float) -> float:
    """Contrast ratio, 1 to 21 (Web Content Accessibility Guidelines 2.1)."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)
