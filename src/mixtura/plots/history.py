"""How a fit went: the log-likelihood per row, iteration by iteration, of every run."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em import Outcome, Trace
from mixtura.plots.figure import Axes, axes_or_new
from mixtura.plots.look import INK, caption, color, edge, grey, name_axes, quiet
from mixtura.plots.models import mixture_of


def history(model: object, *, ax: Axes | None = None) -> Axes:
    """Draw the log-likelihood per row by iteration, one line for each run of a fit.

    The best run, which the fit kept, stands out. A run ends in a full point where it converged, and
    in a hollow one where it was stopped; crosses mark iterations after which a component collapsed
    and was repaired.

    Parameters
    ----------
    model : fitted estimator
    ax : matplotlib Axes, optional

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    NotFittedError
        Where the estimator has not been fitted.
    TypeError
        For a `Mixture`, which has no history, and anything else.

    Examples
    --------
    >>> import mixtura as mx
    >>> X = [[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]]
    >>> gm = mx.GaussianMixture(n_components=2, random_state=0).fit(X)
    >>> line = mx.plots.history(gm).lines[0]
    >>> line.get_ydata().tolist() == gm.lower_bounds_
    True
    """
    traces = _traces_of(model)
    best = max(range(len(traces)), key=lambda run: _merit(traces[run]))
    ax = quiet(axes_or_new(ax))
    _draw_run(ax, traces[best], color=edge(ax, 0), linewidth=1.8, zorder=3, label="best run")
    for run, trace in enumerate(traces):
        if run != best:
            _draw_run(ax, trace, color=grey(ax, 0.38), linewidth=0.8, zorder=2, label="other run")
    _draw_repairs(ax, traces)
    name_axes(ax, "iteration", "log-likelihood per row")
    ax.locator_params(axis="x", integer=True)
    ax.ticklabel_format(axis="y", useOffset=False)
    _name_lines(ax)
    _leave_out_the_fall_in(ax, traces)
    caption(ax, _outcome_in_words(traces, best))
    return ax


def _leave_out_the_fall_in(ax: Axes, traces: Sequence[Trace]) -> None:
    """Begin at the third iteration where the first two lie so far below that all else is flat."""
    bounds = [trace.lower_bounds for trace in traces if trace.n_iter > 2]
    if not bounds:
        return
    top = max(max(run) for run in bounds)
    third = min(run[2] for run in bounds)
    if top > third and top - min(run[0] for run in bounds) > 20 * (top - third):
        ax.set_ylim(third - 0.1 * (top - third), top + 0.1 * (top - third))


def _traces_of(model: object) -> Sequence[Trace]:
    if isinstance(model, Mixture):
        raise TypeError(
            "A Mixture has no history, since it was not fitted here; give the fitted estimator."
        )
    mixture_of(model)
    traces: Sequence[Trace] = getattr(model, "history_", ())
    if not traces:
        raise TypeError(f"{type(model).__name__} keeps no history_ of its fit.")
    return traces


def _merit(trace: Trace) -> tuple[bool, float]:
    """What the fit chose its best run by: the lower bound, among runs that did not fail."""
    return trace.outcome is not Outcome.DEGENERATE, trace.lower_bound


def _draw_run(ax: Axes, trace: Trace, **style: Any) -> None:
    iterations = np.arange(1, trace.n_iter + 1)
    (line,) = ax.plot(iterations, trace.lower_bounds, **style)
    if trace.n_iter:
        converged = trace.outcome is Outcome.CONVERGED
        line.set(
            marker="o",
            markevery=[trace.n_iter - 1],
            markersize=5,
            markerfacecolor=line.get_color() if converged else grey(ax, 0),
        )


def _draw_repairs(ax: Axes, traces: Sequence[Trace]) -> None:
    """A cross at the iteration after which components were repaired; the first, where before it."""
    marked = [
        (max(iteration, 1), trace.lower_bounds[max(iteration, 1) - 1])
        for trace in traces
        for iteration, _ in trace.repairs
        if trace.n_iter
    ]
    if marked:
        x, y = np.array(marked).T
        repairs = ax.scatter(x, y, 50, color(5), marker="X", zorder=4, label="repair")
        repairs.set(edgecolor=grey(ax, 0), linewidth=0.7)


def _name_lines(ax: Axes) -> None:
    """One entry for each kind of line, where there is more than one kind."""
    handles, labels = ax.get_legend_handles_labels()
    kinds = dict(zip(reversed(labels), reversed(handles), strict=True))
    if len(kinds) > 1:
        order = [name for name in ("best run", "other run", "repair") if name in kinds]
        ax.legend(
            [kinds[name] for name in order],
            order,
            loc="lower right",
            frameon=False,
            fontsize="small",
            labelcolor=grey(ax, INK),
        )


def _outcome_in_words(traces: Sequence[Trace], best: int) -> str:
    trace = traces[best]
    failed = sum(run.outcome is Outcome.DEGENERATE for run in traces)
    parts = [f"{len(traces)} runs, the best with" if len(traces) > 1 else "One run with"]
    parts.append(f"{trace.n_iter} iteration{'' if trace.n_iter == 1 else 's'}.")
    parts.append(trace.outcome.sentence)
    if failed:
        parts.append(f"{failed} run{'' if failed == 1 else 's'} failed.")
    return " ".join(parts)
