"""A split and a merge: what they cost, what they gain, and where they lead."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mixtura as mx
from mixtura._array import patterns_of
from mixtura.em import Steps, Stopping
from mixtura.em.loop import run
from mixtura.em.search.candidate import with_copies
from mixtura.em.search.moves import longest_axis, merge_costs, split_and_merged
from mixtura.em.watch import Watchers
from mixtura.engine import open_rows
from mixtura.family import FAMILIES
from support.problems import steps_for
from support.strategies import generators, layouts, mixtures, random_mixture, with_holes

CENTRES = np.array([[0.0, 0], [20, 0], [0, 20]])
TO_THE_END = Stopping(1e-9, 500)
STUCK = [name for name in FAMILIES if not name.startswith("E")]
"""With equal volumes EM frees itself: a component cannot be wide enough for two clusters."""


def clusters(rng, n_rows=120):
    return CENTRES[np.arange(n_rows) % 3] + rng.standard_normal((n_rows, 2)) * [1, 2]


@given(mixtures(n_components=st.integers(2, 4)))
def test_a_merge_costs_what_the_merged_covariance_says(mixture):
    costs = merge_costs(mixture)
    np.testing.assert_array_equal(costs, costs.T)
    assert (costs.diagonal() == 0).all()
    n_components, d = mixture.means.shape
    own = np.broadcast_to(mixture.storage.dense(), (n_components, d, d))
    for i, j in combinations(range(n_components), 2):
        a, b = mixture.weights[[i, j]]
        pair = mx.Mixture(np.array([a, b]) / (a + b), mixture.means[[i, j]], own[[i, j]])
        together, alone = (np.linalg.slogdet(each)[1] for each in (pair.covariance(), own))
        expected = ((a + b) * together - a * alone[i] - b * alone[j]) / 2
        assert costs[i, j] == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(generators, layouts)
def test_a_merge_costs_at_least_the_divergence(rng, layout):
    """Runnalls (2007), equation 21: B is a bound on the Kullback-Leibler divergence."""
    mixture = random_mixture(rng, layout, 3, 2, spread=1)
    costs = merge_costs(mixture)
    for i, j in [(0, 1), (1, 2)]:
        divergence, error = mixture.kl(mixture.merge(i, j), 2000, rng)
        assert costs[i, j] >= divergence - 5 * error


@given(generators, layouts)
def test_copies_cost_nothing_to_merge(rng, layout):
    costs = merge_costs(with_copies(random_mixture(rng, layout, 1, 3), 3))
    np.testing.assert_allclose(costs, 0, atol=1e-12)


def bad_optimum(steps, family):
    """Where EM ends with two components in one cluster, and one for two."""
    means = np.array([[-1.0, 0], [1, 0], [10, 10]])
    start = mx.Mixture(np.full(3, 1 / 3), means, np.ones(3), covariance_type="spherical")
    return run(start, steps, TO_THE_END, Watchers(()))[0]


@pytest.mark.parametrize("holes", [0, 0.1])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("family", STUCK)
def test_the_first_move_leads_from_a_bad_optimum_to_the_right_one(family, weighted, holes):
    rng = np.random.default_rng(0)
    rows = clusters(rng)
    if holes:
        rows = with_holes(rng, rows, holes)
    weights = rng.uniform(0, 2, len(rows)) if weighted else None
    engine, source = open_rows(rows, weights, patterns_of(rows), floats_per_row=6)
    steps = Steps(engine, source, FAMILIES[family], 1e-6)
    stuck = bad_optimum(steps, family)
    assert nearest_means(stuck).max() > 5
    (moved,) = split_and_merged(stuck, steps, np.random.RandomState(0), 1)
    mixture, _ = run(moved, steps, TO_THE_END, Watchers(()))
    assert nearest_means(mixture).max() < 1.5
    assert mixture.weights.sum() == pytest.approx(1, abs=1e-14)


def nearest_means(mixture):
    """How far the nearest mean is from each cluster."""
    return np.linalg.norm(mixture.means[:, None] - CENTRES, axis=2).min(axis=0)


def test_several_components_in_the_wrong_places_move_at_once():
    rng = np.random.default_rng(0)
    shifted = CENTRES + 100
    rows = np.concatenate([clusters(rng), clusters(rng) + 100])
    steps = steps_for(rows, reg_covar=1e-6)
    means = np.array([[-1.0, 0], [1, 0], [10, 10]])
    start = mx.Mixture(
        np.full(6, 1 / 6),
        np.concatenate([means, means + 100]),
        np.ones(6),
        covariance_type="spherical",
    )
    stuck, _ = run(start, steps, TO_THE_END, Watchers(()))
    one, two = split_and_merged(stuck, steps, np.random.RandomState(0), 2)
    missed = [
        np.linalg.norm(
            run(each, steps, TO_THE_END, Watchers(()))[0].means[:, None]
            - np.concatenate([CENTRES, shifted]),
            axis=2,
        ).min(axis=0)
        for each in (one, two)
    ]
    assert (missed[0] > 5).any()
    assert (missed[1] < 1.5).all()


def test_the_longest_axis_knows_no_units():
    rng, units = np.random.default_rng(0), np.array([1e-8, 1, 1e8])
    covariance = random_mixture(rng, "full", 1, 3).covariances[0]
    scaled = np.outer(units, units) * covariance
    along = longest_axis(scaled) / (units * longest_axis(covariance))
    np.testing.assert_allclose(along, along[0], rtol=1e-9)
    assert abs(along[0]) == pytest.approx(1)


@pytest.mark.parametrize("angle", [0.3, 1.2])
def test_the_longest_axis_of_alike_features_is_that_of_their_covariance(angle):
    """Of two features with equal variances, the diagonal."""
    covariance = np.array([[4, np.cos(angle)], [np.cos(angle), 4]])
    axis = longest_axis(covariance)
    expected = np.sqrt((4 + np.cos(angle)) / 2)
    np.testing.assert_allclose(np.abs(axis), [expected, expected])


def test_two_components_leave_no_move():
    steps = steps_for(clusters(np.random.default_rng(0)))
    two = mx.Mixture([0.5, 0.5], CENTRES[:2], np.ones(2), covariance_type="spherical")
    assert split_and_merged(two, steps, np.random.RandomState(0), 4) == []
