"""When a run ends, and what is told of it."""

import math

import pytest

from mixtura.em import Outcome, Stopping, Trace
from mixtura.errors import DegenerateFitError

RUNNING = Trace(Outcome.RUNNING)


def trace_of(*bounds):
    trace = RUNNING
    for bound in bounds:
        trace = trace.with_bound(bound)
    return trace


@pytest.mark.parametrize(
    ("bounds", "outcome"),
    [
        ([-5.0], Outcome.RUNNING),
        ([-5.0, -4.0], Outcome.RUNNING),
        ([-5.0, -4.9], Outcome.RUNNING),
        ([-5.0, -4.99], Outcome.CONVERGED),
        ([-5.0, -5.01], Outcome.CONVERGED),  # as scikit-learn's rule has it
        ([-5.0, -6.0], Outcome.RUNNING),
        ([-5.0, -4.0, -3.0], Outcome.MAX_ITER),
        ([-5.0, -4.0, -3.99], Outcome.CONVERGED),
        ([-math.inf, -math.inf], Outcome.RUNNING),
    ],
)
def test_outcomes(bounds, outcome):
    assert Stopping(tol=0.1 - 1e-9, max_iter=3).outcome(trace_of(*bounds)) is outcome


def test_without_tolerance_only_max_iter_ends_a_run():
    stopping = Stopping(tol=0, max_iter=3)
    assert stopping.outcome(trace_of(-5, -5)) is Outcome.RUNNING
    assert stopping.outcome(trace_of(-5, -5, -5)) is Outcome.MAX_ITER


def test_a_continued_fit_gains_on_the_last_one():
    continued = Stopping(tol=0.1, max_iter=3, previous_bound=-5.05)
    assert continued.change(trace_of(-5)) == pytest.approx(0.05)
    assert continued.outcome(trace_of(-5)) is Outcome.CONVERGED
    assert Stopping(tol=0.1, max_iter=3).change(trace_of(-5)) == math.inf


def test_a_run_that_collapses_again_and_again_is_given_up():
    stopping, trace = Stopping(tol=0.1, max_iter=100, max_repairs=2), trace_of(-5)
    for repaired in ((0,), (1, 2), (0, 3)):
        trace = trace.with_repair(repaired)
        assert stopping.outcome(trace) is Outcome.RUNNING
    with pytest.raises(DegenerateFitError):
        stopping.outcome(trace.with_repair((0,)))


def test_traces_grow_and_keep_what_was():
    trace = RUNNING.with_bound(-3.0)
    longer = trace.with_repair(()).with_repair((1, 2)).with_bound(-2.0).with_repair((0,))
    assert trace.lower_bounds == (-3.0,)
    assert longer.lower_bounds == (-3.0, -2.0)
    assert longer.repairs == ((1, (1, 2)), (2, (0,)))
    assert (longer.n_iter, longer.lower_bound) == (2, -2.0)
    assert RUNNING.lower_bound == -math.inf


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_a_sentence(outcome):
    assert outcome.sentence.endswith(".")
