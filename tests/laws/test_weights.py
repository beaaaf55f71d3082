"""A sample weight counts rows: 2 is the row twice, 0 is no row, and the unit does not matter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

import mixtura as mx
from mixtura.em import STARTS
from support.closeness import assert_close, assert_mixtures_close
from support.strategies import families, generators, nearby, random_mixture, with_holes

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RTOL = 1e-10


@st.composite
def problems(draw):
    """Rows, an estimator with a mixture to begin from, and a random generator."""
    rng = draw(generators)
    family, n_components, n_features = (
        draw(families),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 3)),
    )
    truth = random_mixture(rng, family, n_components, n_features)
    start = nearby(rng, truth)
    estimator = mx.GaussianMixture(
        n_components, covariance_type=family, mixture_init=start, tol=0, max_iter=5
    )
    rows = rng.permutation(truth.sample(100, rng)[0])
    return with_holes(rng, rows) if draw(st.booleans()) else rows, estimator, rng


def fitted(estimator, rows, weights=None):
    return clone(estimator).fit(rows, sample_weight=weights)


def assert_same_fit(actual, expected):
    assert_mixtures_close(actual.mixture_, expected.mixture_, RTOL)
    assert_close(actual.lower_bounds_, expected.lower_bounds_, RTOL)


@given(problems())
def test_whole_weights_are_repeated_rows(problem):
    rows, estimator, rng = problem
    weights = rng.integers(0, 4, len(rows))
    repeated = fitted(estimator, np.repeat(rows, weights, axis=0))
    assert_same_fit(fitted(estimator, rows, weights), repeated)
    assert fitted(estimator, rows, weights).score(rows, sample_weight=weights) == pytest.approx(
        repeated.score(np.repeat(rows, weights, axis=0)), rel=RTOL
    )
    for criterion in ("bic", "aic", "icl"):
        weighted = getattr(repeated, criterion)(rows, sample_weight=weights)
        plain = getattr(repeated, criterion)(np.repeat(rows, weights, axis=0))
        assert weighted == pytest.approx(plain, rel=RTOL)


@given(problems())
def test_weight_zero_is_a_removed_row(problem):
    rows, estimator, rng = problem
    weights = rng.uniform(0.5, 2, len(rows)) * (rng.random(len(rows)) < 0.8)
    kept = weights > 0
    outlandish = np.where(kept[:, None], rows, 1e6 * rows)
    assert_same_fit(
        fitted(estimator, outlandish, weights), fitted(estimator, rows[kept], weights[kept])
    )


@pytest.mark.parametrize("start", STARTS)
def test_too_few_rows_with_a_weight_are_too_few_rows(start):
    rows = np.random.default_rng(0).standard_normal((10, 2))
    estimator = mx.GaussianMixture(3, init_params=start)
    for weights in (None, np.ones(2)):
        with pytest.raises(ValueError, match="Expected n_samples >= n_components"):
            estimator.fit(rows[:2], sample_weight=weights)
    with pytest.raises(ValueError, match="Expected n_samples >= n_components"):
        estimator.fit(rows, sample_weight=np.arange(10) < 2)


@given(problems(), st.sampled_from([1e-200, 1e-3, 7.0, 1e200]))
def test_the_unit_of_weight_does_not_matter(problem, unit):
    rows, estimator, rng = problem
    weights = rng.uniform(0.1, 2, len(rows))
    assert_same_fit(fitted(estimator, rows, unit * weights), fitted(estimator, rows, weights))


@given(problems())
def test_no_weights_are_equal_weights(problem):
    rows, estimator, _ = problem
    assert_same_fit(fitted(estimator, rows, np.full(len(rows), 0.1)), fitted(estimator, rows))
