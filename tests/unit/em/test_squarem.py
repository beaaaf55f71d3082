"""SQUAREM: the third step length by hand, the safeguard, and fewer passes to the same maximum."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

import mixtura as mx
from mixtura.em import accelerate, iterate
from mixtura.em.squarem import _Coordinates, _leap, _units
from mixtura.family import FAMILIES
from support.closeness import assert_close, assert_moments_close
from support.problems import rows_and_start, steps_for

by_family = pytest.mark.parametrize("family", FAMILIES)
leaps = pytest.mark.parametrize("family", [name for name in FAMILIES if name != "factor"])
OVERLAPPING = np.random.default_rng(7).normal(size=(600, 2)) + np.repeat([[0, 0], [1.2, 1]], 300, 0)


def cycle_of(family, n=3):
    rows, start = rows_and_start(family)
    steps = steps_for(rows, family)
    turns = list(islice(iterate(start, steps), n))
    return [turn.moments for turn in turns], turns[-1].mixture, steps


@by_family
def test_moments_come_back_from_their_coordinates(family):
    moments = cycle_of(family)[0][-1]
    back = _Coordinates.of(moments).moments_like(moments)
    assert_moments_close(back, moments.centred, 1e-12)


@leaps
def test_a_step_of_length_one_is_that_of_em(family):
    cycle, mixture, steps = cycle_of(family)
    bold, length = _leap(cycle, mixture, steps, longest=1.0)
    plain = steps.maximize(cycle[-1], mixture)[0]
    assert length == 1
    assert_close(bold.weights, plain.weights, 1e-12)
    assert_close(bold.means, plain.means, 1e-12)
    assert_close(bold.covariances, plain.covariances, 1e-12)


def test_factor_analyzers_take_the_steps_of_em():
    """Their moments are about other factors in each iteration, and lead nowhere together."""
    cycle, mixture, steps = cycle_of("factor")
    assert _leap(cycle, mixture, steps, longest=4.0) == (None, 1.0)
    plain, fast = (islice(turns(mixture, steps), 7) for turns in (iterate, accelerate))
    for one, other in zip(plain, fast, strict=True):
        assert np.array_equal(one.mixture.means, other.mixture.means)


def test_the_third_step_length_finds_the_limit_of_a_line():
    """Where all coordinates approach their limit by one factor q, |r| / |v| = 1 / (1 - q)."""
    moments, mixture, steps = cycle_of("diag")
    last = _Coordinates.of(moments[-1])
    limit, offset = last, 0.01 * last
    offset = replace(offset, log_counts=np.zeros(2))
    cycle = [(limit + 0.9**t * offset).moments_like(moments[-1]) for t in range(3)]
    bold, length = _leap(cycle, mixture, steps, longest=100.0)
    assert length == pytest.approx(10, rel=1e-8)
    expected = steps.family.maximize(limit.moments_like(moments[-1]))
    assert_close(bold.means, expected.means, 1e-9)
    assert_close(bold.covariances, expected.covariances, 1e-9)


@by_family
def test_units_do_not_matter(family):
    rows, start = rows_and_start(family)
    scale = 1000.0
    other = mx.Mixture(
        start.weights,
        scale * start.means,
        scale**2 * start.covariances,
        covariance_type=start.covariance_type,
    )
    lengths = []
    for each, begin in ((rows, start), (scale * rows, other)):
        steps = steps_for(each, family)
        turns = list(islice(iterate(begin, steps), 3))
        cycle = [turn.moments for turn in turns]
        lengths.append(_leap(cycle, turns[-1].mixture, steps, longest=np.inf)[1])
    assert lengths[0] == pytest.approx(lengths[1], rel=1e-6)


def test_units_weigh_components_by_their_share():
    units = _units(cycle_of("full")[0][0])
    assert np.sum(units.log_counts**2) == pytest.approx(1)


@by_family
def test_every_mixture_comes_with_its_own_moments(family):
    rows, start = rows_and_start(family)
    for turn in islice(accelerate(start, steps_for(rows, family)), 12):
        log_likelihood = turn.mixture.log_prob(rows).sum()
        assert turn.moments.log_likelihood == pytest.approx(log_likelihood, rel=1e-12)
        assert turn.repaired == ()


def test_a_step_that_lowers_the_objective_is_not_taken():
    """A watcher that dislikes every tried point gets EM's own points, and each pass is told."""
    rows, start = rows_and_start()

    class Fussy:
        def __init__(self, steps):
            self.steps, self.family, self.maximize = steps, steps.family, steps.maximize
            self.passes = 0

        def expect(self, mixture):
            self.passes += 1
            self.latest = mixture
            return self.steps.expect(mixture)

        def objective(self, mixture, moments):
            return -np.inf if mixture is self.latest else 0.0

    fussy = Fussy(steps_for(rows))
    turns = list(islice(accelerate(start, fussy), 10))
    plain = [turn.moments.log_likelihood for turn in islice(iterate(start, fussy.steps), 7)]
    assert fussy.passes == 10
    told = [turn.moments.log_likelihood for turn in turns]
    expected = [plain[i] for i in (0, 1, 2, 2, 3, 4, 4, 5, 6, 6)]
    assert told == pytest.approx(expected, rel=1e-12)


def test_moments_of_no_mixture_are_not_taken():
    cycle, mixture, steps = cycle_of("full")
    empty = [replace(moments, counts=np.array([0.0, 5.0])) for moments in cycle]
    assert _leap(empty, mixture, steps, longest=4.0)[0] is None
    points = [replace(moments.centred, scatter=moments.scatter * 1e-300) for moments in cycle]
    assert _leap(points, mixture, steps, longest=4.0)[0] is None
    flat = [replace(moments.centred, scatter=0 * moments.scatter) for moments in cycle]
    assert _leap(flat, mixture, steps, longest=4.0)[0] is None


@leaps
def test_fewer_passes_to_the_same_maximum(family):
    settings = {"covariance_type": family, "tol": 1e-12, "reg_covar": 0, "max_iter": 20_000}
    start = {"responsibilities_init": np.repeat([0, 1], 300)}
    plain = mx.GaussianMixture(2, **settings, **start).fit(OVERLAPPING)
    fast = mx.GaussianMixture(2, accelerate=True, **settings, **start).fit(OVERLAPPING)
    assert fast.converged_
    assert fast.n_iter_ < plain.n_iter_ / 2
    assert fast.lower_bound_ == pytest.approx(plain.lower_bound_, abs=1e-9)
    assert fast.mixture_.covariance_type == plain.mixture_.covariance_type
    assert np.diff(fast.lower_bounds_).min() > -1e-12
