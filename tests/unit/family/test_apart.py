"""Families with a shared part fitted apart: the M-step of each of several mixtures is its own."""

from dataclasses import replace

import numpy as np
import pytest

import mixtura as mx
from mixtura import _kernel
from mixtura.em import Stopping
from mixtura.em.loop import run
from mixtura.em.together import run_together
from mixtura.em.watch import Watchers
from mixtura.family import FAMILIES, apart
from mixtura.moments import Stack
from support.closeness import assert_mixtures_close
from support.problems import steps_for
from support.strategies import random_mixture

SHARING = ["tied", "EEV"]
K, D = 3, 4
by_family = pytest.mark.parametrize("family", SHARING)
weighted_or_not = pytest.mark.parametrize("weighted", [False, True])


def rows_and_starts(n_starts=3, seed=0, n_rows=120):
    """Rows, weights, and mixtures with dense covariances that are of neither family."""
    rng = np.random.default_rng(seed)
    truth = random_mixture(rng, "full", K, D)
    rows = truth.sample(n_rows, rng)[0]
    starts = [random_mixture(rng, "full", K, D, spread=2) for _ in range(n_starts)]
    return rows, rng.uniform(0, 2, n_rows), starts


def test_which_families_can_be_fitted_apart():
    free = {name for name, family in FAMILIES.items() if apart(family) is not None}
    assert free == {"full", "diag", "spherical", *SHARING}


@by_family
@weighted_or_not
@pytest.mark.parametrize("reg_covar", [0.0, 0.1])
def test_the_m_step_of_each_mixture_is_its_familys_own(family, weighted, reg_covar):
    rows, weights, starts = rows_and_starts()
    steps = steps_for(rows, weights=weights if weighted else None, reg_covar=reg_covar)
    way = apart(FAMILIES[family])
    moments = [replace(steps, family=way.free).expect(start) for start in starts]
    stacked = way.free.maximize(way.shared(Stack.of(moments).moments, len(starts)))
    for i, own in enumerate(moments):
        expected = FAMILIES[family].maximize(way.of_one(own))
        components = np.arange(i * K, (i + 1) * K)
        dense = np.broadcast_to(expected.storage.dense(), (K, D, D))
        np.testing.assert_allclose(stacked.means[components], expected.means, rtol=1e-10)
        np.testing.assert_allclose(
            stacked.storage.select(components).dense(), dense, rtol=1e-10, atol=1e-10
        )


@by_family
@weighted_or_not
def test_moments_of_one_mixture_are_those_that_the_family_asks_for(family, weighted):
    rows, weights, (start,) = rows_and_starts(n_starts=1)
    steps = steps_for(rows, family, weights=weights if weighted else None)
    way = apart(FAMILIES[family])
    ours, theirs = way.of_one(replace(steps, family=way.free).expect(start)), steps.expect(start)
    assert ours.need is theirs.need
    np.testing.assert_allclose(ours.scatter, theirs.scatter, rtol=1e-10, atol=1e-10)


@pytest.mark.skipif(not _kernel.takes(np.zeros((1, 1))), reason="In the kernel alone.")
@by_family
@weighted_or_not
def test_runs_side_by_side_are_those_of_the_ordinary_loop(family, weighted):
    """Up to rounding; of any length, also where components collapse."""
    rows, weights, starts = rows_and_starts(n_starts=5)
    starts.append(with_empty_component(starts[0]))
    steps = steps_for(rows, family, weights=weights if weighted else None, reg_covar=1e-6)
    stopping = Stopping(tol=1e-5, max_iter=30)
    ended = run_together(starts, steps, stopping)
    assert len(ended) == len(starts)
    for start, (mixture, trace) in zip(starts, ended, strict=True):
        expected, its_trace = run(start, steps, stopping, Watchers(()))
        assert trace.outcome is its_trace.outcome
        assert trace.repairs == its_trace.repairs
        np.testing.assert_allclose(trace.lower_bounds, its_trace.lower_bounds, rtol=1e-10)
        assert_mixtures_close(mixture, expected, 1e-8)
    assert ended[-1][1].repairs


def with_empty_component(mixture):
    means = np.array(mixture.means)
    means[0] = 1e6
    return mx.Mixture.of(mixture.weights, means, mixture.storage)
