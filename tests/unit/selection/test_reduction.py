"""Runnalls' reduction: moments stay, and the pair of the least bound is merged."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

import mixtura as mx
from support.closeness import assert_close
from support.strategies import mixtures, random_mixture


def full_mixture(seed, k, d):
    return random_mixture(np.random.default_rng(seed), "full", k, d)


def bound(mixture, i, j):
    """Runnalls' bound, from the merged mixture."""
    merged = mixture.merge(i, j)
    weight = mixture.weights[i] + mixture.weights[j]
    log_dets = np.linalg.slogdet(mixture.covariances)[1]
    own = mixture.weights[[i, j]] @ log_dets[[i, j]]
    return 0.5 * (weight * np.linalg.slogdet(merged.covariances[i])[1] - own)


@given(mixtures(), st.data())
def test_mean_and_covariance_stay(mixture, data):
    fewer = mx.reduce_mixture(mixture, data.draw(st.integers(1, mixture.n_components)))
    deviations = np.sqrt(np.diagonal(mixture.covariance()))
    assert_close(fewer.mean(), mixture.mean(), 1e-12 * (deviations + np.abs(mixture.mean())))
    assert_close(fewer.covariance(), mixture.covariance(), 1e-11 * np.outer(deviations, deviations))


@pytest.mark.parametrize("seed", range(5))
def test_merges_are_those_of_the_least_bound_over_all_pairs(seed):
    mixture = full_mixture(seed, 6, 2)
    by_force = mixture
    for n_left in (5, 4, 3, 2, 1):
        pairs = combinations(range(by_force.n_components), 2)
        by_force = by_force.merge(*min(pairs, key=lambda pair: bound(by_force, *pair)))
        fewer = mx.reduce_mixture(mixture, n_left)
        np.testing.assert_allclose(fewer.weights, by_force.weights)
        np.testing.assert_allclose(fewer.means, by_force.means)
        np.testing.assert_allclose(fewer.covariances, by_force.covariances)


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_is_above_the_divergence(seed):
    mixture = full_mixture(seed, 3, 1)
    deviations = np.sqrt(mixture.covariances[:, 0, 0])

    def density(m, x):
        return m.weights @ norm.pdf(x, m.means[:, 0], np.sqrt(m.covariances[:, 0, 0]))

    def integrand(x):
        p = density(mixture, x)
        return p * np.log(p / density(merged, x)) if p > 0 else 0.0

    low = (mixture.means[:, 0] - 9 * deviations).min()
    high = (mixture.means[:, 0] + 9 * deviations).max()
    for i, j in combinations(range(3), 2):
        merged = mixture.merge(i, j)
        divergence, _ = quad(integrand, low, high, limit=400, points=mixture.means[:, 0])
        assert -1e-9 < divergence <= bound(mixture, i, j) + 1e-9


def test_units_of_a_feature_change_nothing():
    mixture = full_mixture(1, 6, 2)
    units = np.array([1e6, 1e-3])
    scaled = mx.Mixture(
        mixture.weights, mixture.means * units, mixture.covariances * np.outer(units, units)
    )
    fewer = mx.reduce_mixture(mixture, 3)
    np.testing.assert_allclose(mx.reduce_mixture(scaled, 3).means, fewer.means * units)


def test_components_without_weight_go_first():
    mixture = mx.Mixture([0.5, 0, 0.5, 0], [[0], [7], [1], [9]], np.ones((4, 1, 1)))
    fewer = mx.reduce_mixture(mixture, 2)
    np.testing.assert_allclose(fewer.weights, [0.5, 0.5])
    np.testing.assert_allclose(fewer.means, [[0], [1]])


@pytest.mark.parametrize("covariance_type", ["tied", "diag", "spherical", "tied_spherical"])
def test_other_covariances_become_full_and_names_stay(covariance_type):
    shapes = {"tied": (2, 2), "diag": (3, 2), "spherical": (3,), "tied_spherical": (1,)}
    ones = np.eye(2) if covariance_type == "tied" else np.ones(shapes[covariance_type])
    means = [[0, 0], [1, 0], [9, 9]]
    mixture = mx.Mixture(
        np.full(3, 1 / 3), means, ones, covariance_type=covariance_type, feature_names=["a", "b"]
    )
    fewer = mx.reduce_mixture(mixture, 2)
    np.testing.assert_allclose(fewer.covariances, [[[1.25, 0], [0, 1]], np.eye(2)])
    assert fewer.feature_names == ("a", "b")
    assert mx.reduce_mixture(mixture, 3) is mixture


@pytest.mark.parametrize("n_components", [0, 4])
def test_there_are_one_to_k_components_left(n_components):
    with pytest.raises(ValueError, match="from 1 to 3"):
        mx.reduce_mixture(full_mixture(0, 3, 1), n_components)
