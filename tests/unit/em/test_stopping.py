"""When a run ends, and what is told of it."""

import math

import pytest

from mixtura.em import Outcome, Stopping, Trace
from mixtura.em.stopping import Course, left_to_gain
from mixtura.errors import DegenerateFitError


def course_of(*bounds):
    return Course(list(bounds), objectives=list(bounds))


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
    assert Stopping(tol=0.1 - 1e-9, max_iter=3).outcome(course_of(*bounds)) is outcome


def test_without_tolerance_only_max_iter_ends_a_run():
    stopping = Stopping(tol=0, max_iter=3)
    assert stopping.outcome(course_of(-5, -5)) is Outcome.RUNNING
    assert stopping.outcome(course_of(-5, -5, -5)) is Outcome.MAX_ITER


def test_a_continued_fit_gains_on_the_last_one():
    continued = Stopping(tol=0.1, max_iter=3, previous_bound=-5.05)
    assert continued.change(course_of(-5)) == pytest.approx(0.05)
    assert continued.outcome(course_of(-5)) is Outcome.CONVERGED
    assert Stopping(tol=0.1, max_iter=3).change(course_of(-5)) == math.inf


def test_a_run_that_collapses_again_and_again_is_given_up():
    stopping, course = Stopping(tol=0.1, max_iter=100, max_repairs=2), course_of(-5)
    for repaired in ((0,), (1, 2), (0, 3)):
        course.add_repair(repaired)
        assert stopping.outcome(course) is Outcome.RUNNING
    course.add_repair((0,))
    with pytest.raises(DegenerateFitError):
        stopping.outcome(course)


def test_a_trace_is_a_course_that_has_ended():
    course = Course()
    course.add_bound(-3.0, -3.0)
    early = course.ended(Outcome.MAX_ITER)
    course.add_repair(())
    course.add_repair((1, 2))
    course.add_bound(-2.0, -2.0)
    course.add_repair((0,))
    late = course.ended(Outcome.CONVERGED)
    assert early == Trace(Outcome.MAX_ITER, (-3.0,))
    assert late == Trace(Outcome.CONVERGED, (-3.0, -2.0), ((1, (1, 2)), (2, (0,))))
    assert (late.n_iter, late.lower_bound) == (2, -2.0)
    assert Trace(Outcome.NOT_RUN).lower_bound == -math.inf


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_a_sentence(outcome):
    assert outcome.sentence.endswith(".")


def test_aitken_knows_the_limit_of_a_geometric_series():
    """Gains that halve: 1, 1/2, 1/4; as much as the last is left."""
    course = course_of(-2.0, -1.0, -0.5)
    assert left_to_gain(course) == pytest.approx(0.5)
    assert Stopping(tol=0.51, max_iter=9, aitken=True).outcome(course) is Outcome.CONVERGED
    assert Stopping(tol=0.49, max_iter=9, aitken=True).outcome(course) is Outcome.RUNNING


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ((-2.0,), math.inf),
        ((-2.0, -1.0), math.inf),
        ((-math.inf, -2.0, -1.0), 0.0),
        ((-3.0, -2.0, -1.0), math.inf),  # gains that do not shrink
        ((-3.0, -2.5, -1.0), math.inf),
        ((-3.0, -2.0, -2.0), 0.0),
        ((-3.0, -2.0, -2.5), -0.5),
    ],
)
def test_aitken_where_gains_are_no_series(bounds, expected):
    assert left_to_gain(course_of(*bounds)) == expected


def test_a_span_of_iterations_must_gain_less_than_tol_together():
    stopping = Stopping(tol=0.1, max_iter=9, span=3)
    assert stopping.outcome(course_of(-1, -0.5, -0.5)) is Outcome.RUNNING
    assert stopping.outcome(course_of(-1, -0.5, -0.5, -0.5)) is Outcome.RUNNING
    assert stopping.outcome(course_of(-1, -0.5, -0.5, -0.5, -0.45)) is Outcome.CONVERGED
    continued = Stopping(tol=0.1, max_iter=9, previous_bound=-0.5, span=3)
    assert continued.outcome(course_of(-0.45)) is Outcome.CONVERGED
