"""Rubin's rules: printed examples, their limits, and intervals that hold what they promise."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import mixtura as mx
from support.closeness import assert_close

numbers = st.floats(-100, 100)
variances = st.floats(0.01, 100)
analyses = st.lists(st.tuples(numbers, variances), min_size=2, max_size=8)


def test_a_printed_example():
    """SAS/STAT 9.22 User's Guide, example 57.1 of MIANALYZE: the means of 31 rows, imputed five
    times, to the digits that are printed."""
    means = [
        [47.0120, 10.4441, 171.216],
        [47.2407, 10.5040, 171.244],
        [47.4995, 10.5922, 171.909],
        [47.1485, 10.5279, 171.146],
        [47.0042, 10.4913, 172.072],
    ]
    errors = [
        [0.95984, 0.28520, 1.59910],
        [0.93540, 0.26661, 1.75638],
        [1.00766, 0.26302, 1.85795],
        [0.95439, 0.26405, 1.75011],
        [0.96528, 0.27275, 1.84807],
    ]
    pooled = mx.pool_imputations(means, np.square(errors), degrees_of_freedom=30)
    assert_close(pooled.estimate, [47.180993, 10.511906, 171.517500], 2e-4)
    assert_close(pooled.standard_error, [0.990266, 0.276910, 1.828591], 2e-5)
    assert_close(pooled.degrees_of_freedom, [26.298, 26.503, 25.463], 2e-3)
    low, high = pooled.interval()
    assert_close([low[0], high[0]], [45.1466, 49.2154], 1e-4)


def test_rubins_formulas_in_fractions():
    """m = 3 estimates 1, 2, 6 with variances 2, 3, 4: U = 3, B = 7, T = 37/3, r = 28/9."""
    within, between = Fraction(3), Fraction(4, 3) * 7
    increase = between / within
    degrees = 2 * (1 + 1 / increase) ** 2
    fraction = (increase + 2 / (degrees + 3)) / (increase + 1)
    observed = Fraction(11, 13) * 10 * within / (within + between)
    pooled = mx.pool_imputations([1, 2, 6], [2, 3, 4])
    assert pooled.estimate == 3
    assert pooled.standard_error**2 == pytest.approx(float(within + between))
    assert pooled.degrees_of_freedom == pytest.approx(float(degrees))
    assert pooled.fraction_missing == pytest.approx(float(fraction))
    adjusted = mx.pool_imputations([1, 2, 6], [2, 3, 4], degrees_of_freedom=10)
    assert adjusted.degrees_of_freedom == pytest.approx(float(1 / (1 / degrees + 1 / observed)))
    assert adjusted.fraction_missing == pooled.fraction_missing


def test_ten_percent_of_five_imputations_have_484_degrees_of_freedom():
    """An increase in variance of r = 0.1 with m = 5: (m - 1)(1 + 1 / r)^2, a number that SAS/STAT's
    guide holds against Rubin's degrees of freedom in small data sets."""
    spread = np.array([-2, -1, 0, 1, 2]) * np.sqrt(0.1 / 1.2 / 2.5)
    assert mx.pool_imputations(spread, np.ones(5)).degrees_of_freedom == pytest.approx(484)


def test_without_missing_entries_the_interval_is_the_normal_one():
    pooled = mx.pool_imputations([3, 3], [4, 4])
    assert pooled.fraction_missing == 0
    assert pooled.degrees_of_freedom == np.inf
    np.testing.assert_allclose(pooled.interval(0.9), stats.norm(3, 2).interval(0.9))


@given(analyses, st.floats(1, 1000))
def test_barnard_and_rubins_degrees_of_freedom_are_fewer(pairs, complete):
    rubin = mx.pool_imputations(*zip(*pairs, strict=True))
    both = mx.pool_imputations(*zip(*pairs, strict=True), degrees_of_freedom=complete)
    assert 0 < both.degrees_of_freedom < min(complete, rubin.degrees_of_freedom * (1 + 1e-12))
    assert 0 <= both.fraction_missing < 1


@given(analyses, st.floats(0.1, 10), numbers)
def test_units_do_not_matter(pairs, scale, shift):
    estimates, variances = np.transpose(pairs)
    pooled = mx.pool_imputations(estimates, variances)
    moved = mx.pool_imputations(shift - scale * estimates, scale**2 * variances)
    size = np.abs(estimates).max() * scale + abs(shift) + np.sqrt(variances.max()) * scale
    assert_close(moved.interval()[0], shift - scale * pooled.interval()[1], 1e-6 * size)
    np.testing.assert_allclose(moved.fraction_missing, pooled.fraction_missing, atol=1e-9)


def imputed_means(X, n_draws, rng):
    """Means of the second feature and their variances, from mixtures of bootstrap samples."""
    settings = mx.GaussianMixture(reg_covar=0)
    imputer = mx.MixtureImputer(settings, sample_posterior=True, random_state=rng)
    n = len(X)
    draws = np.array(
        [
            imputer.fit(X, sample_weight=rng.multinomial(n, np.full(n, 1 / n))).transform(X)[:, 1]
            for _ in range(n_draws)
        ]
    )
    return draws.mean(axis=1), draws.var(axis=1, ddof=1) / n


def test_intervals_of_multiple_imputations_cover_and_those_of_a_single_one_do_not():
    """The mean of a feature that lacks 30 % of its entries, more of them where another is large."""
    rng = np.random.RandomState(0)
    n, n_repeats, covered, covered_by_first = 60, 200, 0, 0
    for _ in range(n_repeats):
        X = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=n)
        X[rng.uniform(size=n) < 0.6 / (1 + np.exp(-2 * X[:, 0])), 1] = np.nan
        means, variances = imputed_means(X, 5, rng)
        low, high = mx.pool_imputations(means, variances, degrees_of_freedom=n - 1).interval()
        covered += low < 0 < high
        half = stats.t(n - 1).ppf(0.975) * np.sqrt(variances[0])
        covered_by_first += abs(means[0]) < half
    assert 0.92 <= covered / n_repeats <= 0.98
    assert covered_by_first / n_repeats < 0.9


@pytest.mark.parametrize(
    ("estimates", "variances", "settings", "sentence"),
    [
        ([1], [1], {}, "At least two imputations"),
        (1, 1, {}, "At least two imputations"),
        ([1, 2], [1, 2, 3], {}, "same shape"),
        ([1, 2], [1, 0], {}, "variances must be positive, but the least is 0"),
        ([1, np.nan], [1, 1], {}, "NaN"),
        ([1, 2], [1, 1], {"degrees_of_freedom": 0}, "must be positive and finite"),
        ([1, 2], [1, 1], {"degrees_of_freedom": np.inf}, "leave it out"),
    ],
)
def test_what_cannot_be_pooled(estimates, variances, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        mx.pool_imputations(estimates, variances, **settings)


def test_levels_are_probabilities():
    with pytest.raises(ValueError, match="level must lie between 0 and 1, but it is 95"):
        mx.pool_imputations([1, 2], [1, 1]).interval(95)
