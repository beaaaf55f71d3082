"""The loop: a generator of mixtures with their own moments, and the run that watches it."""

from itertools import islice, pairwise

import numpy as np
import pytest

from mixtura.em.loop import iterate, run
from mixtura.em.stopping import Outcome, Stopping
from mixtura.family import FAMILIES
from support.closeness import assert_close
from support.problems import Recorder, rows_and_start, steps_for

by_family = pytest.mark.parametrize("family", FAMILIES)


@by_family
def test_every_mixture_comes_with_its_own_log_likelihood(family):
    rows, start = rows_and_start(family)
    weights = np.random.default_rng(0).uniform(0.1, 2, len(rows))
    steps = steps_for(rows, family, weights=weights)
    turns = list(islice(iterate(start, steps), 5))
    assert turns[0].mixture is start
    for turn in turns:
        mixture, moments = turn.mixture, turn.moments
        assert moments.log_likelihood == pytest.approx(weights @ mixture.log_prob(rows), rel=1e-12)
        assert moments.centres is mixture.means
        assert_close(moments.counts, weights @ mixture.responsibilities(rows), 1e-11)
        assert turn.repaired == ()


@by_family
def test_every_mixture_is_made_of_the_moments_before(family):
    rows, start = rows_and_start(family)
    steps = steps_for(rows, family)
    turns = list(islice(iterate(start, steps), 4))
    for previous, turn in pairwise(turns):
        again, _ = steps.maximize(previous.moments, previous.mixture)
        assert np.array_equal(again.means, turn.mixture.means)
        assert np.array_equal(again.covariances, turn.mixture.covariances)


def test_a_run_ends_with_the_mixture_after_its_last_m_step():
    rows, start = rows_and_start()
    steps = steps_for(rows)
    mixture, trace = run(start, steps, Stopping(tol=0, max_iter=3), Recorder())
    turns = list(islice(iterate(start, steps), 4))
    assert trace.outcome is Outcome.MAX_ITER
    assert trace.n_iter == 3
    assert trace.lower_bounds == tuple(turn.moments.mean_log_likelihood for turn in turns[:3])
    assert trace.lower_bound == trace.lower_bounds[-1]
    assert np.array_equal(mixture.means, turns[3].mixture.means)


def test_a_run_converges_where_the_gain_falls_below_tol():
    rows, start = rows_and_start()
    _, trace = run(start, steps_for(rows), Stopping(tol=1e-4, max_iter=500), Recorder())
    gains = np.diff(trace.lower_bounds)
    assert trace.outcome is Outcome.CONVERGED
    assert gains[-1] < 1e-4
    assert (gains[:-1] >= 1e-4).all()


def test_no_iteration_leaves_the_start():
    rows, start = rows_and_start()
    mixture, trace = run(start, steps_for(rows), Stopping(tol=0, max_iter=0), Recorder())
    assert mixture is start
    assert trace.outcome is Outcome.NOT_RUN
    assert trace.n_iter == 0
    assert trace.lower_bound == -np.inf


def test_watchers_see_every_iteration_and_change_nothing():
    rows, start = rows_and_start()
    recorder, stopping = Recorder(), Stopping(tol=0, max_iter=4)
    watched, trace = run(start, steps_for(rows), stopping, recorder)
    alone, _ = run(start, steps_for(rows), stopping, Recorder())
    assert np.array_equal(watched.means, alone.means)
    numbers, bounds, changes = zip(*recorder.iterations, strict=True)
    assert numbers == (1, 2, 3, 4)
    assert bounds == trace.lower_bounds
    assert changes == (np.inf, *np.diff(bounds))


def test_repairs_are_in_the_trace():
    rows, start = rows_and_start()
    means = np.array([start.means[0], [1e6, 1e6]])
    lost = type(start)(start.weights, means, start.covariances)
    _, trace = run(lost, steps_for(rows), Stopping(tol=0, max_iter=3), Recorder())
    assert trace.repairs == ((1, (1,)),)
