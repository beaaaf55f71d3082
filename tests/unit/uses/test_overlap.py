"""How often components are taken for each other, against closed forms and draws."""

import numpy as np
import pytest
from scipy.stats import chi2, norm

import mixtura as mx
from mixtura.uses.quadratic import below_zero


def omega(weights, means, covariances):
    return mx.overlap_matrix(mx.Mixture(weights, means, covariances))


def by_chance(mixture, n):
    """The same probabilities among rows that are drawn."""
    rng, K = np.random.default_rng(0), mixture.n_components
    shares = np.zeros((K, K))
    for i in range(K):
        X, _ = mixture.component(i).sample(n, rng)
        log = [mixture.component(j).log_prob(X) + np.log(mixture.weights[j]) for j in range(K)]
        shares[i] = (np.array(log) > log[i]).mean(axis=1)
    return shares


@pytest.mark.parametrize("delta", [0.2, 1.0, 3.0, 6.0])
@pytest.mark.parametrize("unlike", [0, 1e-12, 1e-7])
def test_equal_balls_overlap_by_half_their_distance(delta, unlike):
    balls = np.stack([np.eye(3), (1 + unlike) * np.eye(3)])
    found = omega([0.5, 0.5], [[0.0, 0, 0], [0, 0, delta]], balls)
    np.testing.assert_allclose(found, norm.cdf(-delta / 2) * (1 - np.eye(2)), atol=2e-6)


def test_the_rarer_of_two_equal_components_is_missed_more_often():
    found = omega([0.2, 0.8], [[0.0, 0], [0, 2]], np.tile(np.eye(2), (2, 1, 1)))
    expected = norm.cdf([-1 + np.log(4) / 2, -1 - np.log(4) / 2])
    np.testing.assert_allclose([found[0, 1], found[1, 0]], expected, atol=1e-6)


@pytest.mark.parametrize("d", [1, 2, 3, 8])
@pytest.mark.parametrize("variance", [1.01, 4.0, 100.0])
def test_a_narrow_component_inside_a_wide_one(d, variance):
    found = omega([0.5, 0.5], np.zeros((2, d)), [np.eye(d), variance * np.eye(d)])
    edge = d * np.log(variance) / (1 - 1 / variance)  # |x|^2 where both are as likely
    expected = [chi2.sf(edge, d), chi2.cdf(edge / variance, d)]
    np.testing.assert_allclose([found[0, 1], found[1, 0]], expected, atol=2e-5)


@pytest.mark.parametrize("seed", range(3))
def test_draws_are_taken_for_each_other_as_often(seed):
    rng = np.random.default_rng(seed)
    K, d, n = 4, seed + 1, 20_000
    roots = rng.normal(size=(K, d, d + 2))
    mixture = mx.Mixture(
        rng.dirichlet(np.full(K, 3.0)), 2 * rng.normal(size=(K, d)), roots @ roots.swapaxes(1, 2)
    )
    shares = by_chance(mixture, n)
    deviation = np.sqrt(shares * (1 - shares) / n) + 1 / n
    assert (np.abs(shares - mx.overlap_matrix(mixture)) < 5 * deviation).all()


def test_units_do_not_change_overlaps():
    rng, units = np.random.default_rng(0), np.array([1e6, 1, 1e-6])
    roots, means = rng.normal(size=(3, 3, 5)), rng.normal(size=(3, 3))
    covariances = roots @ roots.swapaxes(1, 2)
    weights = [0.2, 0.3, 0.5]
    other = omega(weights, means * units, covariances * units[:, None] * units)
    np.testing.assert_allclose(other, omega(weights, means, covariances), atol=1e-9)


@pytest.mark.parametrize(
    ("covariances", "kind"), [(2.0, "tied_spherical"), ([[1.0, 2.0]], "tied_diag")]
)
def test_shared_covariances_are_as_good_as_repeated_ones(covariances, kind):
    arguments = [0.3, 0.7], [[0, 0], [1, 2]]
    mixture = mx.Mixture(*arguments, np.atleast_1d(covariances), covariance_type=kind)
    dense = np.tile(np.eye(2) * np.ravel(covariances), (2, 1, 1))
    np.testing.assert_allclose(mx.overlap_matrix(mixture), omega(*arguments, dense), atol=1e-7)


def test_the_same_component_twice_is_taken_for_the_other_half_of_the_time():
    ball = np.eye(2)
    np.testing.assert_allclose(omega([0.5, 0.5], np.zeros((2, 2)), [ball, ball]), (1 - ball) / 2)
    np.testing.assert_allclose(omega([0.4, 0.6], np.zeros((2, 2)), [ball, ball]), [[0, 1], [0, 0]])


def test_a_component_without_weight_overlaps_with_none():
    tied = mx.Mixture([0.5, 0, 0.5], [[0.0], [0], [1]], [1.0], covariance_type="tied_spherical")
    found = mx.overlap_matrix(tied)
    assert not found[1].any()
    assert not found[:, 1].any()
    assert found[0, 2] == pytest.approx(norm.cdf(-0.5))


def test_a_single_component():
    assert mx.overlap_matrix(mx.Mixture([1], [[0]], [[[1]]])).tolist() == [[0]]


def test_forms_of_any_sign_and_size_against_chi_squared():
    for d in (1, 2, 5):
        for a in (-40.0, -0.3, 1e-3, 2.0):
            for quantile in (0.01, 0.5, 0.999):
                c = -a * chi2.ppf(quantile, d)
                (found,) = below_zero(np.full((1, d), a), np.zeros((1, d)), np.array([c]))
                expected = quantile if a > 0 else 1 - quantile
                assert found == pytest.approx(expected, abs=2e-5), (d, a, quantile)
