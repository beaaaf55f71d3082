"""Directions that separate components, beside linear discriminant analysis and by their laws."""

import numpy as np
import pytest
from sklearn.datasets import load_iris, load_wine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

import mixtura as mx


def labelled(X, labels):
    """The mixture of the labelled groups, each with the covariance that all share."""
    K = labels.max() + 1
    weights = np.bincount(labels) / len(labels)
    means = np.stack([X[labels == k].mean(axis=0) for k in range(K)])
    within = X - means[labels]
    return mx.Mixture(weights, means, within.T @ within / len(X), covariance_type="tied")


@pytest.mark.parametrize("load", [load_iris, load_wine])
def test_fishers_directions_are_those_of_linear_discriminant_analysis(load):
    X, labels = load(return_X_y=True)
    found = mx.discriminant_projection(labelled(X, labels)).transform(X)
    lda = LinearDiscriminantAnalysis(solver="eigen").fit(X, labels)
    expected = lda.transform(X)[:, :2]
    expected = (expected - expected.mean(axis=0)) / expected.std(axis=0)
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found * signs, expected, atol=1e-6)


def test_the_share_between_components_is_fishers_lambda():
    X, labels = load_iris(return_X_y=True)
    between = mx.discriminant_projection(labelled(X, labels)).between
    ratios = between / (1 - between)  # of variances between and within
    np.testing.assert_allclose(ratios, [32.1919, 0.2854], atol=1e-4)  # R: MASS::lda's svd^2 * 2/147


def test_two_components_have_one_direction_of_means_and_then_those_of_spread():
    wide = np.diag([1.0, 1, 25, 1])
    m = mx.Mixture([0.5, 0.5], [[0, 0, 0, 0], [5, 0, 0, 0]], [np.eye(4), wide])
    correlations = np.abs(mx.discriminant_projection(m, 2).correlations)
    np.testing.assert_allclose(correlations[[0, 2], [0, 1]], 1)
    assert mx.discriminant_projection(m, 2).between[1] == pytest.approx(0)


def test_where_nothing_differs_directions_are_those_most_correlated_with_features():
    m = mx.Mixture([1], [[0, 0, 0]], [[[1, 0.9, 0], [0.9, 1, 0], [0, 0, 1]]])
    projection = mx.discriminant_projection(m, 3)
    np.testing.assert_allclose(projection.correlations[:, 0], [np.sqrt(0.95), np.sqrt(0.95), 0])
    assert not projection.between.any()


@pytest.mark.parametrize("n", [1, 2, 4])
def test_coordinates_are_standardized_and_uncorrelated(n):
    m = mx.GaussianMixture(3, random_state=0).fit(load_iris().data).mixture_
    projection = mx.discriminant_projection(m, n)
    np.testing.assert_allclose(projection.mixture.covariance(), np.eye(n), atol=1e-9)
    np.testing.assert_allclose(projection.mixture.mean(), np.zeros(n), atol=1e-9)
    X, _ = m.sample(50, rng=0)
    far = projection.transform(X)
    if n == 4:  # all of the mixture is seen: densities differ by a constant
        differences = m.log_prob(X) - projection.mixture.log_prob(far)
        np.testing.assert_allclose(differences, differences[0], atol=1e-8)


def test_correlations_are_those_of_features_with_coordinates():
    m = mx.GaussianMixture(3, random_state=0).fit(load_iris().data).mixture_
    projection = mx.discriminant_projection(m)
    X, _ = m.sample(200_000, rng=0)
    together = np.corrcoef(X.T, projection.transform(X).T)[:4, 4:]
    np.testing.assert_allclose(projection.correlations, together, atol=0.01)


def test_units_and_signs_do_not_matter():
    X = load_iris().data
    units, offset = np.array([1e6, 1, 1e-6, 1]), np.array([1e7, 0, 0, -50])
    m = mx.GaussianMixture(3, random_state=0).fit(X).mixture_
    other = mx.Mixture(m.weights, m.means * units + offset, m.covariances * units * units[:, None])
    found = mx.discriminant_projection(other).transform(X * units + offset)
    np.testing.assert_allclose(found, mx.discriminant_projection(m).transform(X), atol=1e-6)


def test_missing_entries_stand_where_they_are_expected():
    X = load_iris().data[:5]
    m = mx.GaussianMixture(3, random_state=0).fit(load_iris().data).mixture_
    projection = mx.discriminant_projection(m)
    lacking = X.copy()
    lacking[::2, 1] = np.nan
    np.testing.assert_allclose(
        projection.transform(lacking), projection.transform(m.impute(lacking))
    )


def test_every_storage_has_a_projection():
    X = load_iris().data
    for kind in ("full", "tied", "diag", "spherical", "factor"):
        settings = {"n_factors": 1} if kind == "factor" else {}
        fitted = mx.GaussianMixture(3, covariance_type=kind, random_state=0, **settings).fit(X)
        m = fitted.mixture_
        dense = np.broadcast_to(m.storage.dense(), (3, 4, 4))
        expected = mx.discriminant_projection(mx.Mixture(m.weights, m.means, dense))
        found = mx.discriminant_projection(fitted)
        np.testing.assert_allclose(found.directions, expected.directions, atol=1e-8)


def test_bad_input():
    m = mx.Mixture([1], [[0, 0]], [np.eye(2)])
    for n in (0, 3):
        with pytest.raises(ValueError, match=f"from 1 to 2, the features, but it is {n}"):
            mx.discriminant_projection(m, n)
    with pytest.raises(TypeError, match="Expected a Mixture or a fitted estimator"):
        mx.discriminant_projection([1])
    with pytest.raises(ValueError, match="must have shape"):
        mx.discriminant_projection(m).transform([[1, 2, 3]])
