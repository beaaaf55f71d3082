"""How a family and a number of components were chosen: scores by K, a line for each family."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from mixtura.plots.ends import LINE, End, name_ends
from mixtura.plots.figure import Axes, Color, axes_or_new, font_scale
from mixtura.plots.look import INK, MUTED, caption, edge, grey, marker, name_axes, quiet
from mixtura.plots.scores import NAMES, Score, Scores

LEADERS = 4
"""So many families have a colour; the others are grey."""

REACH = 2.5
"""The frame ends so many times as far from the best score as the median is."""


def criterion(model: object, *, criterion: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw a criterion by number of components, one line for each family of covariances.

    The chosen cell has a ring. The four families with the best scores have colours, and all have
    their names at the ends of their lines, as far as there is room. Hollow points are fits with a
    spurious component, on few rows or of no extent: they are not chosen, however good their score.
    Cells without a score, which failed or were stopped because they could not win, are counted
    below the axis. Scores that lie far behind are outside the frame, and counted above it.

    Parameters
    ----------
    model : fitted AutoGaussianMixture
    criterion : {"bic", "icl", "aic", "cv"}, optional
        Which score; by default the one that the model was chosen by. Lower is better, but for
        "cv", as the axis says.
    ax : matplotlib Axes, optional

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    NotFittedError
        Where the estimator has not been fitted.
    TypeError
        For what has no table of scores.
    ValueError
        For a criterion that is not in the table.

    Examples
    --------
    >>> import numpy as np
    >>> import mixtura as mx
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> auto = mx.AutoGaussianMixture(range(1, 4), covariance_types=["EII", "VVV"], effort="fast")
    >>> ax = mx.plots.criterion(auto.fit(X))
    >>> ax.get_ylabel()
    'BIC (lower is better)'
    """
    scores = Scores.of(model, criterion)
    ax = quiet(axes_or_new(ax))
    better = "higher" if scores.higher_is_better else "lower"
    name_axes(ax, "number of components", f"{NAMES[scores.criterion]} ({better} is better)")
    numbers = sorted({cell.n_components for cell in scores.cells})
    ax.set_xticks(numbers)
    ax.set_xlim(numbers[0] - 0.3, numbers[-1] + 0.3)
    ax.set_ylim(_frame(scores))
    ax.ticklabel_format(axis="y", useOffset=False)
    for rank, family in enumerate(scores.families()):
        _draw_line(ax, scores.line(family), rank)
    _ring(ax, scores)
    _name_lines(ax, scores)
    _count_missing(ax, scores)
    caption(ax, _in_words(ax, scores))
    return ax


def _frame(scores: Scores) -> tuple[float, float]:
    """From the best score to far behind the median, in which differences near the best show."""
    ranked = scores.ranked()
    admissible = [cell for cell in ranked if cell.admissible] or ranked
    values = np.array([cell.value for cell in admissible])
    best = admissible[0].value
    behind = np.abs(values - best)
    reach = min(behind.max(), REACH * float(np.median(behind))) or 1.0
    sign = -1 if scores.higher_is_better else 1
    near, far = best - sign * 0.16 * reach, best + sign * 1.04 * reach
    return min(near, far), max(near, far)


def _color(ax: Axes, rank: int) -> Color:
    return edge(ax, rank) if rank < LEADERS else grey(ax, 0.3)


def _draw_line(ax: Axes, line: Sequence[Score], rank: int) -> None:
    """The leading families over the others; parts that lead to spurious fits are dotted."""
    leads, color = rank < LEADERS, _color(ax, rank)
    zorder = 4 - 0.1 * rank if leads else 2
    shape, area = marker(rank) if leads else ("o", 1.0)
    width = 1.5 if leads else 0.8
    for first, second in pairwise(line):
        sound = first.admissible and second.admissible
        ax.plot(
            [first.n_components, second.n_components],
            [first.value, second.value],
            color=color,
            linewidth=width if sound else 0.7 * width,
            linestyle="-" if sound else ":",
            zorder=zorder,
        )
    for cell in line:
        ax.plot(
            cell.n_components,
            cell.value,
            marker=shape,
            markersize=(5 if leads else 3) * np.sqrt(area),
            color=color if cell.admissible else grey(ax, 0),
            markeredgecolor=color,
            markeredgewidth=1 if leads else 0.7,
            zorder=zorder,
        )


def _ring(ax: Axes, scores: Scores) -> None:
    """A ring around the chosen cell, and its name on the side where nothing is better."""
    chosen = scores.chosen
    ink = grey(ax, INK)
    ax.plot(
        chosen.n_components,
        chosen.value,
        marker="o",
        markersize=12,
        markerfacecolor="none",
        markeredgecolor=ink,
        markeredgewidth=1.2,
        zorder=5,
    )
    side = 1 if scores.higher_is_better else -1
    ax.annotate(
        f"{chosen.family}, {chosen.n_components}",
        (chosen.n_components, chosen.value),
        (0, side * 9),
        textcoords="offset points",
        ha="center",
        va="bottom" if side > 0 else "top",
        color=ink,
        weight="bold",
        fontsize="small",
        zorder=6,
    )


def _name_lines(ax: Axes, scores: Scores) -> None:
    ends = []
    for rank, family in enumerate(scores.families()):
        last = scores.line(family)[-1]
        leads = rank < LEADERS
        color = _color(ax, rank) if leads else grey(ax, MUTED + 0.1)
        weight = "bold" if leads else "normal"
        ends.append(End(last.n_components, last.value, family, color, weight))
    name_ends(ax, ends)


def _count_missing(ax: Axes, scores: Scores) -> None:
    """A row below the axis for each reason why cells have no score, with their number by K."""
    row = 1.2 * LINE * font_scale()
    down = -17 * font_scale()
    for status in ("failed", "stopped"):
        counts = Counter(cell.n_components for cell in scores.cells if cell.status == status)
        if not counts:
            continue
        style: dict[str, Any] = {"va": "top", "fontsize": "x-small", "color": grey(ax, MUTED + 0.1)}
        style["textcoords"] = "offset points"
        ax.annotate(status, (0, 0), (-5, down), "axes fraction", ha="right", **style)
        for number, count in counts.items():
            place = ("data", "axes fraction")
            ax.annotate(str(count), (number, 0), (0, down), place, ha="center", **style)
        down -= row
        ax.xaxis.labelpad += row


def _in_words(ax: Axes, scores: Scores) -> str:
    """What was chosen, what comes next, and what the picture does not show."""
    chosen, ranked = scores.chosen, scores.ranked()
    best, *others = [cell for cell in ranked if cell.admissible] or ranked
    choice = f"{NAMES[scores.chosen_by]} chose {chosen}"
    if best is not chosen:
        choice += f"; {NAMES[scores.criterion]} would choose {best}"
    elif others:
        choice += f"; {others[0]} is {_digits(abs(others[0].value - best.value))} behind"
    words = [f"{choice}."]
    if not all(cell.admissible for cell in ranked):
        words.append("Hollow points have a component on too few rows, or too thin.")
    low, high = ax.get_ylim()
    outside = sum(not low <= cell.value <= high for cell in ranked)
    if outside:
        words.append(f"{outside} scores lie outside the frame.")
    return " ".join(words)


def _digits(difference: float) -> str:
    return f"{difference:.1f}" if difference >= 1 else f"{difference:.2g}"
