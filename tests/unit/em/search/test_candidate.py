"""Which components are spurious, and what is left without them."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mixtura as mx
from mixtura.em import Stopping
from mixtura.em.loop import run
from mixtura.em.scale import THINNEST
from mixtura.em.search import Candidate
from mixtura.em.search.candidate import thin_components, with_copies, without_copies
from mixtura.em.watch import Watchers
from mixtura.family import Restricted
from support.closeness import assert_mixtures_close
from support.problems import rows_and_start, steps_for
from support.strategies import generators, layouts, random_mixture

ENOUGH = 2 * (2 + 1)


def mixture_of(covariances, covariance_type="full"):
    n_components = 3
    means = 100.0 * np.arange(n_components)[:, None] * np.ones(2)
    weights = np.full(n_components, 1 / n_components)
    return mx.Mixture(weights, means, covariances, covariance_type=covariance_type)


def clusters(*counts):
    """Rows around the means of `mixture_of`, so many of each."""
    labels = np.repeat(np.arange(len(counts)), counts)
    return 100.0 * labels[:, None] + np.random.default_rng(0).standard_normal((len(labels), 2))


def with_equal_weights(steps):
    return replace(steps, family=Restricted(steps.family, equal_weights=True))


@pytest.mark.parametrize(
    ("n_rows", "weight"),
    [(ENOUGH, 1), (ENOUGH - 1, 1), (ENOUGH // 2, 2), (ENOUGH // 2 - 1, 2), (2 * ENOUGH - 1, 0.5)],
)
def test_a_component_needs_twice_the_rows_of_a_simplex_and_weight_2_is_the_row_twice(
    n_rows, weight
):
    rows, weights = clusters(20, 20, n_rows), np.repeat([1.0, 1.0, weight], [20, 20, n_rows])
    steps = steps_for(rows, weights=weights)
    few = n_rows * weight < ENOUGH
    candidate = Candidate.of(mixture_of(np.stack([np.eye(2)] * 3)), steps)
    assert candidate.spurious.tolist() == [False, False, few]
    assert candidate.is_admissible is not few


@pytest.mark.parametrize("share", [0.99, 1.01])
@pytest.mark.parametrize("reg_covar", [0.1, np.array([0.1, 4.0])])
def test_a_component_needs_ten_times_reg_covar_along_every_axis(share, reg_covar):
    """In units of reg_covar: along an axis between the features too."""
    axes = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    root = axes * np.sqrt([10 * share, 1000])
    units = np.sqrt(np.broadcast_to(reg_covar, 2))
    thin = np.outer(units, units) * (root @ root.T)
    wide = np.diag(1000 * units**2)
    candidate = Candidate.of(
        mixture_of(np.stack([wide, thin, wide])),
        steps_for(clusters(20, 20, 20), reg_covar=reg_covar),
    )
    assert candidate.spurious.tolist() == [False, share < 1, False]


@pytest.mark.parametrize("variance", [0.9, 1.1])
@pytest.mark.parametrize("layout", ["tied", "tied_diag", "tied_spherical"])
def test_a_shared_covariance_without_extent_is_that_of_all(layout, variance):
    shape = {"tied": np.eye(2), "tied_diag": np.ones((1, 2)), "tied_spherical": np.ones(1)}
    steps = steps_for(clusters(20, 20, 20), reg_covar=0.1)
    candidate = Candidate.of(mixture_of(variance * shape[layout], layout), steps)
    assert candidate.spurious.tolist() == [variance < 1] * 3


@pytest.mark.parametrize("variance", [2.9, 3.1])
def test_beside_a_large_reg_covar_a_fiftieth_of_the_features_variance_is_enough_beyond_it(variance):
    mixture = mixture_of(np.stack([np.diag([500, variance])] * 3))
    steps = replace(steps_with(1.0), thinnest=THINNEST * np.array([1e4, 100]))
    assert thin_components(mixture, steps).tolist() == [variance < 3] * 3


def test_without_reg_covar_counts_alone_decide():
    tiny = mixture_of(np.full(3, 1e-12), "spherical")
    assert not thin_components(tiny, steps_with(0.0)).any()


@pytest.mark.parametrize("restricted", [False, True])
def test_what_a_run_ended_with_is_weighed_as_its_mixture(restricted):
    """Where weights are held, they do not tell the counts."""
    rows, start = rows_and_start()
    steps = steps_for(rows)
    if restricted:
        steps = with_equal_weights(steps)
    ended = run(start, steps, Stopping(1e-12, 3000), Watchers(()))
    (ours,), expected = Candidate.each_ended([ended], steps), Candidate.of(ended[0], steps)
    assert ours.objective == pytest.approx(expected.objective, abs=1e-9)
    assert ours.spurious.tolist() == expected.spurious.tolist()


def test_equal_weights_do_not_hide_a_component_on_few_rows():
    steps = with_equal_weights(steps_for(clusters(40, 40, 3)))
    start = mixture_of(np.stack([np.eye(2)] * 3))
    ended = run(start, steps, Stopping(1e-6, 50), Watchers(()))
    (candidate,) = Candidate.each_ended([ended], steps)
    assert candidate.spurious.tolist() == [False, False, True]


def test_admissible_ones_come_first_then_those_with_rows_enough_and_then_the_higher():
    mixture = mixture_of(np.stack([np.eye(2)] * 3))
    good, bad = np.zeros(3, np.bool_), np.array([True, False, False])
    low, high = Candidate(mixture, -5.0, good, good), Candidate(mixture, -4.0, good, good)
    thin, few = Candidate(mixture, 7.0, good, bad), Candidate(mixture, 9.0, bad, good)
    ranked = [few, thin, low, high]
    assert sorted([thin, few, low, high], key=lambda each: each.merit) == ranked


@given(generators, layouts, st.integers(1, 4), st.integers(0, 4))
def test_copies_change_no_density_and_can_be_left_out_again(rng, layout, n_components, n_more):
    mixture = random_mixture(rng, layout, n_components, 3)
    copied = with_copies(mixture, n_components + n_more)
    assert copied.n_components == n_components + n_more
    assert copied.weights.sum() == pytest.approx(1, abs=1e-14)
    rows = mixture.sample(20, rng)[0]
    np.testing.assert_allclose(copied.log_prob(rows), mixture.log_prob(rows), rtol=0, atol=1e-12)
    assert_mixtures_close(without_copies(copied), mixture, 1e-13)


@given(generators, st.integers(1, 3), st.integers(0, 3))
def test_copies_share_weights_so_that_the_least_is_as_large_as_can_be(rng, n_components, n_more):
    mixture = random_mixture(rng, "spherical", n_components, 1)
    ways = product(range(1, n_more + 2), repeat=n_components)
    ends = [np.array(way) for way in ways if sum(way) == n_components + n_more]
    best = max((mixture.weights / copies).min() for copies in ends)
    copied = with_copies(mixture, n_components + n_more)
    assert copied.weights.min() == pytest.approx(best, rel=1e-12)
    assert len(np.unique(copied.weights)) <= n_components  # copies weigh alike


def test_without_spurious_components_the_others_have_the_rows():
    steps = steps_for(clusters(30, 20, 3))
    mixture = mixture_of(np.stack([np.eye(2), 2 * np.eye(2), np.eye(2)]))
    rest = Candidate.of(mixture, steps).without_spurious()
    expected = mx.Mixture([0.5, 0.5], mixture.means[:2], mixture.covariances[:2])
    assert rest.n_components == 3
    rows = clusters(30, 20)
    np.testing.assert_allclose(rest.log_prob(rows), expected.log_prob(rows), atol=1e-12)


def test_nothing_is_left_without_components_that_are_all_spurious():
    candidate = Candidate.of(mixture_of(np.stack([np.eye(2)] * 3)), steps_for(clusters(3, 3, 3)))
    assert candidate.without_spurious() is None


def test_em_keeps_copies_alike():
    rows, start = rows_and_start()
    steps = steps_for(rows)
    stopping = Stopping(0, 50)
    fitted, trace = run(with_copies(start, 3), steps, stopping, Watchers(()))
    fewer, expected = run(start, steps, stopping, Watchers(()))
    np.testing.assert_allclose(trace.lower_bounds, expected.lower_bounds, rtol=1e-10)
    np.testing.assert_allclose(fitted.log_prob(rows), fewer.log_prob(rows), atol=1e-8)


def test_a_constant_feature_makes_no_component_spurious():
    covariances = [[1.0, 2, 0.1], [3, 1, 0.1]]
    mixture = mx.Mixture([0.5, 0.5], np.zeros((2, 3)), covariances, covariance_type="diag")
    assert not thin_components(mixture, steps_with(0.1)).any()
    assert thin_components(mixture, steps_with(np.array([0.1, 0.1, 0.09]))).all()


def test_a_component_that_only_rounding_keeps_from_collapse_is_spurious():
    mixture = mx.Mixture([0.5, 0.5], np.zeros((2, 2)), [[1, 1], [1, 1e-9]], covariance_type="diag")
    assert not thin_components(mixture, steps_with(0.0)).any()
    steps = replace(steps_with(0.0), thinnest=np.array([1e-11, 1e-9]))
    assert thin_components(mixture, steps).tolist() == [False, True]


def steps_with(reg_covar):
    """Of any rows: what is added to variances is what counts."""
    return replace(steps_for(np.eye(3)), reg_covar=reg_covar)
