"""History: one line for each run, as it was, and how the fit ended."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

import mixtura as mx
from mixtura.em import Trace


def fitted(mixture, *traces):
    """What an estimator is after a fit with these runs."""
    return SimpleNamespace(mixture_=mixture, history_=traces)


def caption(ax):
    (line,) = ax.child_axes
    return line.get_xlabel().replace("\n", " ")


def test_lines_are_the_lower_bounds_of_the_runs():
    rows = np.random.default_rng(0).normal(size=(200, 2))
    gm = mx.GaussianMixture(3, n_init=4, init_params="random", random_state=0).fit(rows)
    ax = mx.plots.history(gm)
    best, *others = ax.lines
    assert best.get_ydata().tolist() == gm.lower_bounds_
    assert best.get_xdata().tolist() == list(range(1, gm.n_iter_ + 1))
    drawn = sorted(tuple(line.get_ydata()) for line in ax.lines)
    assert drawn == sorted(trace.lower_bounds for trace in gm.history_)
    assert all(best.get_linewidth() > other.get_linewidth() for other in others)
    assert all(best.get_zorder() > other.get_zorder() for other in others)
    assert caption(ax).startswith(f"4 runs, the best with {gm.n_iter_} iterations.")
    assert caption(ax).endswith(gm.outcome_.sentence)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("iteration", "log-likelihood per row")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["best run", "other run"]


def test_a_run_that_was_stopped_ends_in_a_hollow_point():
    rows = np.random.default_rng(0).normal(size=(200, 2))
    with pytest.warns(ConvergenceWarning):
        gm = mx.GaussianMixture(3, max_iter=3, tol=0, random_state=0).fit(rows)
    ax = mx.plots.history(gm)
    (line,) = ax.lines
    assert line.get_markevery() == [2]
    np.testing.assert_allclose(line.get_markerfacecolor(), (1, 1, 1))
    assert caption(ax) == "One run with 3 iterations. " + mx.Outcome.MAX_ITER.sentence
    assert ax.get_legend() is None


def test_a_run_that_converged_ends_in_a_full_point(curves):
    ax = mx.plots.history(fitted(curves, Trace(mx.Outcome.CONVERGED, (-3.0,))))
    (line,) = ax.lines
    assert line.get_markerfacecolor() == line.get_color()
    assert "1 iteration. " in caption(ax)


def test_repairs_are_marked_where_they_happened(curves):
    repaired = Trace(mx.Outcome.CONVERGED, (-5.0, -4.0, -3.0), ((0, (1,)), (2, (0, 1))))
    ax = mx.plots.history(fitted(curves, repaired))
    (crosses,) = ax.collections
    np.testing.assert_array_equal(crosses.get_offsets(), [[1, -5], [2, -4]])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["best run", "repair"]


def test_failed_runs_are_counted(curves):
    failed = Trace(mx.Outcome.DEGENERATE)
    good = Trace(mx.Outcome.CONVERGED, (-5.0, -4.0))
    ax = mx.plots.history(fitted(curves, failed, good, failed))
    assert ax.lines[0].get_ydata() == pytest.approx([-5, -4])
    assert caption(ax).endswith("2 runs failed.")


def test_a_fit_without_iterations_says_so(curves):
    ax = mx.plots.history(fitted(curves, Trace(mx.Outcome.NOT_RUN)))
    assert caption(ax).endswith(mx.Outcome.NOT_RUN.sentence)
    ax.figure.canvas.draw()


def test_a_mixture_has_no_history(curves):
    with pytest.raises(TypeError, match="A Mixture has no history"):
        mx.plots.history(curves)
    with pytest.raises(TypeError, match="SimpleNamespace keeps no history_"):
        mx.plots.history(SimpleNamespace(mixture_=curves))
