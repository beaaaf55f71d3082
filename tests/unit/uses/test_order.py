"""Components in an order that fits have in common."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm
from sklearn.datasets import load_iris

import mixtura as mx
from mixtura.uses.distances import bhattacharyya
from support.strategies import generators, layouts, nearby, random_mixture


def assert_same(first, second):
    np.testing.assert_array_equal(first.weights, second.weights)
    np.testing.assert_array_equal(first.means, second.means)
    np.testing.assert_array_equal(first.storage.dense(), second.storage.dense())
    assert first.covariance_type == second.covariance_type


def shuffled(rng, mixture):
    order = rng.permutation(mixture.n_components)
    storage = mixture.storage.select(order)
    return mx.Mixture.of(
        mixture.weights[order], mixture.means[order], storage, mixture.feature_names
    )


def test_distances_are_minus_the_logarithm_of_bhattacharyyas_integral():
    first = mx.Mixture([0.5, 0.5], [[0], [3]], [1, 4], covariance_type="spherical")
    second = mx.Mixture([1], [[1]], [2], covariance_type="spherical")
    for k, (mean, deviation) in enumerate([(0, 1), (3, 2)]):
        both = lambda x: np.sqrt(norm.pdf(x, mean, deviation) * norm.pdf(x, 1, 2**0.5))  # noqa: B023, E731
        expected = -np.log(quad(both, -30, 30)[0])
        assert bhattacharyya(first, second)[k, 0] == pytest.approx(expected, abs=1e-9)


@given(generators, layouts, st.integers(1, 5), st.integers(1, 4))
def test_any_order_becomes_the_same(rng, layout, K, d):
    mixture = random_mixture(rng, layout, K, d)
    for by in ("weight", d - 1):
        assert_same(
            mx.reorder_components(shuffled(rng, mixture), by), mx.reorder_components(mixture, by)
        )


@given(generators, layouts, st.integers(1, 5), st.integers(1, 4))
def test_a_mixture_shuffled_is_matched_with_itself(rng, layout, K, d):
    mixture = random_mixture(rng, layout, K, d)
    assert_same(mx.match_components(shuffled(rng, mixture), mixture), mixture)


@given(generators, st.floats(-6, 6))
def test_units_do_not_matter(rng, exponent):
    mixture, units = random_mixture(rng, "full", 4, 3), np.array([10.0**exponent, 1, 1])
    other = shuffled(rng, nearby(rng, mixture))

    def scaled(m):
        return mx.Mixture(m.weights, m.means * units, m.covariances * units[:, None] * units)

    plain = mx.match_components(other, mixture)
    np.testing.assert_array_equal(
        mx.match_components(scaled(other), scaled(mixture)).weights, plain.weights
    )


def test_a_far_component_does_not_part_two_that_agree():
    reference = mx.Mixture(
        [0.4, 0.3, 0.3], [[0.0], [8], [40]], [1.0], covariance_type="tied_spherical"
    )
    model = mx.Mixture(
        [0.3, 0.3, 0.4], [[-60.0], [8.1], [0.1]], [1.0], covariance_type="tied_spherical"
    )
    assert mx.match_components(model, reference).means.ravel().tolist() == [0.1, 8.1, -60]


def test_equal_weights_are_ordered_by_means():
    m = mx.Mixture(
        [0.25] * 4, [[1, 2], [0, 5], [1, 1], [0, 4]], [1] * 4, covariance_type="spherical"
    )
    expected = [[0, 4], [0, 5], [1, 1], [1, 2]]
    assert mx.reorder_components(m).means.tolist() == expected


def test_components_without_partner_come_last():
    weights, means = [0.1, 0.2, 0.3, 0.4], [[0.0], [10], [20], [30]]
    four = mx.Mixture(weights, means, [1] * 4, covariance_type="spherical")
    two = mx.Mixture([0.5, 0.5], [[21.0], [9.0]], [1, 1], covariance_type="spherical")
    assert mx.match_components(four, two).weights.tolist() == [0.3, 0.2, 0.4, 0.1]
    assert mx.match_components(two, four).means.ravel().tolist() == [9, 21]


def test_features_are_matched_by_their_names():
    m = mx.Mixture(
        [0.4, 0.6], [[0, 5], [5, 0]], [1, 1], covariance_type="spherical", feature_names="ab"
    )
    other = m.marginal(["b", "a"])
    assert_same(mx.match_components(m, other), m)
    assert mx.reorder_components(m, by="b").means.tolist() == [[5, 0], [0, 5]]


@pytest.mark.parametrize("kind", [mx.GaussianMixture, mx.AutoGaussianMixture])
def test_an_estimator_is_copied_and_labels_as_it_is_ordered(kind, tmp_path):
    X = load_iris().data
    fitted = kind(3, random_state=0).fit(X)
    before = fitted.weights_.copy()
    ordered = mx.reorder_components(fitted, by=0)
    assert type(ordered) is kind
    np.testing.assert_array_equal(fitted.weights_, before)
    order = np.argsort(fitted.means_[:, 0])
    np.testing.assert_array_equal(ordered.weights_, before[order])
    np.testing.assert_array_equal(order[ordered.predict(X)], fitted.predict(X))
    assert ordered.bic(X) == pytest.approx(fitted.bic(X))
    mx.save(ordered, tmp_path / "model.json")
    np.testing.assert_array_equal(mx.load(tmp_path / "model.json").weights_, ordered.weights_)
    np.testing.assert_array_equal(mx.match_components(ordered, fitted).weights_, before)


def test_bad_input():
    m = mx.Mixture([1], [[0, 0]], [1], covariance_type="spherical", feature_names=["a", "b"])
    with pytest.raises(ValueError, match="no feature 'heavy'"):
        mx.reorder_components(m, by="heavy")
    with pytest.raises(ValueError, match="have 2 and 1 features"):
        mx.match_components(m, m.marginal("a"))
    with pytest.raises(ValueError, match="no feature 'b'"):
        mx.match_components(m, m.named(("a", "c")))
    with pytest.raises(TypeError, match="Expected a Mixture or a fitted estimator"):
        mx.reorder_components(mx.GaussianMixture(2))
