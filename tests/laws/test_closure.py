"""A mixture is closed under its operations: marginals, conditionals and merging fit together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from mixtura.covariance import LAYOUTS
from support.closeness import assert_close, assert_mixtures_close
from support.strategies import generators, mixtures, random_mixture, samples

multivariate = mixtures(n_features=st.integers(2, 5))


def split(rng, d):
    """Two disjoint sets of features that make up all of them."""
    order = rng.permutation(d)
    cut = rng.integers(1, d)
    return order[:cut].tolist(), sorted(order[cut:].tolist())


def dense_covariances(mixture):
    return np.broadcast_to(
        mixture.storage.dense(), (mixture.n_components, mixture.n_features, mixture.n_features)
    )


@given(multivariate, generators)
def test_marginal_times_conditional_is_the_joint(mixture, rng):
    given_features, others = split(rng, mixture.n_features)
    for row in mixture.sample(3, rng)[0]:
        marginal = mixture.marginal(given_features).log_prob(row[None, given_features])
        conditional = mixture.condition(dict(zip(given_features, row[given_features], strict=True)))
        product = marginal + conditional.log_prob(row[None, others])
        assert_close(product, mixture.log_prob(row[None]), 1e-9 * np.abs(marginal) + 1e-9)


@given(multivariate, generators)
def test_conditional_components_are_the_textbooks(mixture, rng):
    b, a = split(rng, mixture.n_features)
    row = mixture.sample(1, rng)[0][0]
    conditional = mixture.condition(dict(zip(b, row[b], strict=True)))
    for k, (mean, matrix) in enumerate(zip(mixture.means, dense_covariances(mixture), strict=True)):
        regression = np.linalg.solve(matrix[np.ix_(b, b)], matrix[np.ix_(b, a)]).T
        left_over = matrix[np.ix_(a, a)] - regression @ matrix[np.ix_(b, a)]
        unit = np.sqrt(matrix.diagonal()[a])
        expected = mean[a] + regression @ (row[b] - mean[b])
        assert_close(conditional.means[k], expected, 1e-8 * unit * (1 + np.abs(mean[a] / unit)))
        assert_close(dense_covariances(conditional)[k], left_over, 1e-9 * np.outer(unit, unit))


@given(multivariate, generators)
def test_marginal_of_a_marginal_is_the_marginal(mixture, rng):
    some = rng.permutation(mixture.n_features)[: rng.integers(1, mixture.n_features + 1)]
    fewer = rng.permutation(len(some))[: rng.integers(1, len(some) + 1)]
    twice = mixture.marginal(some.tolist()).marginal(fewer.tolist())
    once = mixture.marginal(some[fewer].tolist())
    assert np.array_equal(twice.means, once.means)
    assert np.array_equal(twice.covariances, once.covariances)
    assert once.covariance_type == mixture.covariance_type
    assert np.array_equal(once.means, mixture.means[:, some[fewer]])
    index = np.ix_(range(mixture.n_components), some[fewer], some[fewer])
    assert np.array_equal(dense_covariances(once), dense_covariances(mixture)[index])


@given(multivariate, generators)
def test_names_are_as_good_as_indices(mixture, rng):
    names = [f"feature {i}" for i in range(mixture.n_features)]
    named = mixture.named(tuple(names))
    given_features, others = split(rng, mixture.n_features)
    by_index = dict(zip(given_features, mixture.means[0, given_features], strict=True))
    by_name = {names[feature]: value for feature, value in by_index.items()}
    conditional = named.condition(by_name)
    assert conditional.feature_names == tuple(names[feature] for feature in others)
    assert_mixtures_close(conditional, mixture.condition(by_index), 0)
    marginal = named.marginal([names[feature] for feature in given_features])
    assert marginal.feature_names == tuple(names[feature] for feature in given_features)
    assert_mixtures_close(marginal, mixture.marginal(given_features), 0)


@given(mixtures(n_components=st.integers(2, 4)), generators)
def test_merging_keeps_the_mean_and_the_covariance(mixture, rng):
    i, j = rng.permutation(mixture.n_components)[:2].tolist()
    merged = mixture.merge(i, j)
    assert merged.n_components == mixture.n_components - 1
    unit = np.sqrt(mixture.covariance().diagonal())
    rounding = 1e-12 * (unit + np.abs(mixture.means).max())
    assert_close(merged.mean(), mixture.mean(), rounding)
    assert_close(merged.covariance(), mixture.covariance(), 1e-10 * np.outer(unit, unit))
    others = [k for k in range(mixture.n_components) if k not in {i, j}]
    kept = [k for k in range(merged.n_components) if k != min(i, j)]
    assert np.array_equal(merged.means[kept], mixture.means[others])
    assert np.array_equal(merged.weights[kept], mixture.weights[others])
    assert merged.weights[min(i, j)] == pytest.approx(mixture.weights[[i, j]].sum(), rel=1e-15)


@given(st.data())
def test_responsibilities_are_bayes_rule(data):
    mixture = data.draw(mixtures(conditions=st.sampled_from([1.0, 10.0])))
    rows = data.draw(samples(mixture))
    joint = np.stack(
        [
            np.log(weight) + multivariate_normal(mean, covariance).logpdf(rows).reshape(-1)
            for weight, mean, covariance in zip(
                mixture.weights, mixture.means, dense_covariances(mixture), strict=True
            )
        ],
        axis=1,
    )
    shares = np.exp(joint - joint.max(axis=1, keepdims=True))
    responsibilities = mixture.responsibilities(rows)
    assert_close(responsibilities, shares / shares.sum(axis=1, keepdims=True), 1e-8)
    assert_close(responsibilities.sum(axis=1), np.ones(len(rows)), 1e-12)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_moments_of_the_mixture_are_those_of_a_large_sample(layout):
    """All means and covariances within five standard errors, of the whole and of each component."""
    rng = np.random.default_rng(0)
    mixture = random_mixture(rng, layout, 3, 3, condition=100)
    rows, labels = mixture.sample(50_000, rng)
    assert_sampled(rows, mixture.mean(), mixture.covariance())
    counts = np.bincount(labels)
    errors = np.sqrt(len(rows) * mixture.weights * (1 - mixture.weights))
    assert_close(counts, len(rows) * mixture.weights, 5 * errors)
    for k, matrix in enumerate(dense_covariances(mixture)):
        assert_sampled(rows[labels == k], mixture.means[k], matrix)


def assert_sampled(rows, mean, covariance):
    residuals = rows - mean
    assert_close(residuals.mean(axis=0), 0 * mean, 5 * standard_error(residuals))
    products = residuals[:, :, None] * residuals[:, None, :]
    assert_close(products.mean(axis=0), covariance, 5 * standard_error(products))


def standard_error(values):
    return values.std(axis=0) / np.sqrt(len(values))
