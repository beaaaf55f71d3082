"""Of several runs the best is kept, and one that fails does not end the others."""

import numpy as np
import pytest

import mixtura as mx
from mixtura.em import Outcome, Stopping, solve, watching
from mixtura.errors import DegenerateFitError
from support.problems import Recorder, rows_and_start, steps_for

STOPPING = Stopping(tol=1e-3, max_iter=2)


def starts(*proposals):
    """A maker of one start after the other, some of which fail."""
    waiting = iter(proposals)

    def begin():
        proposal = next(waiting)
        if proposal is None:
            raise DegenerateFitError
        return proposal, ()

    return begin


@pytest.fixture
def rows():
    return rows_and_start()[0]


@pytest.fixture
def good():
    return rows_and_start()[1]


@pytest.fixture
def bad(good):
    return mx.Mixture(good.weights, good.means + 20, good.covariances)


@pytest.mark.parametrize("best", [0, 1, 2])
def test_the_run_with_the_highest_lower_bound_is_kept(rows, good, bad, best):
    order = [bad, bad, bad]
    order[best] = good
    solution = solve(starts(*order), steps_for(rows), STOPPING, n_init=3)
    assert solution.best is solution.traces[best]
    assert solution.best.lower_bound == max(trace.lower_bound for trace in solution.traces)
    alone = solve(starts(good), steps_for(rows), STOPPING)
    assert np.array_equal(solution.mixture.means, alone.mixture.means)


def test_of_equal_runs_the_first_is_kept(rows, good):
    solution = solve(starts(good, good), steps_for(rows), STOPPING, n_init=2)
    assert solution.best is solution.traces[0]


def test_the_best_mixture_is_factored_to_the_last_bits(rows, good):
    mixture = solve(starts(good), steps_for(rows), STOPPING).mixture
    again = mx.Mixture(mixture.weights, mixture.means, mixture.covariances)
    assert np.array_equal(again.storage.inverse_factors, mixture.storage.inverse_factors)


def test_a_failed_run_does_not_end_the_others(rows, good):
    solution = solve(starts(None, good, None), steps_for(rows), STOPPING, n_init=3)
    outcomes = [trace.outcome for trace in solution.traces]
    assert outcomes == [Outcome.DEGENERATE, solution.best.outcome, Outcome.DEGENERATE]
    assert np.isfinite(solution.best.lower_bound)


def test_only_failed_runs_are_an_error(rows):
    with pytest.raises(DegenerateFitError, match="ill-defined empirical covariance"):
        solve(starts(None, None), steps_for(rows), STOPPING, n_init=2)


def test_components_repaired_in_the_start_are_in_the_trace(rows, good):
    solution = solve(lambda: (good, (1,)), steps_for(rows), STOPPING)
    assert solution.best.repairs == ((0, (1,)),)
    assert solution.traces == (solution.best,)


def test_watchers_see_runs_begin_and_end(rows, good):
    recorder = Recorder()
    with watching(recorder):
        solve(starts(good, None, good), steps_for(rows), STOPPING, n_init=3)
    assert recorder.begun == [0, 1, 2]
    assert recorder.ended == [Outcome.MAX_ITER, Outcome.DEGENERATE, Outcome.MAX_ITER]
    assert [number for number, _, _ in recorder.iterations] == [1, 2, 1, 2]
