"""What is missing is integrated out: rows with holes follow marginals and conditionals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

import mixtura as mx
from mixtura._array import patterns_of
from mixtura.data import ArraySource
from mixtura.moments import expect
from mixtura.typing import Block
from support.closeness import assert_close, assert_mixtures_close
from support.letters import has_units
from support.strategies import (
    families,
    generators,
    mapped,
    mixtures,
    nearby,
    needs,
    random_mixture,
    random_orthogonal,
    random_spectrum,
    samples,
    with_holes,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

mild = mixtures(conditions=st.sampled_from([1.0, 100.0]), n_features=st.integers(2, 5))


SHARES = st.sampled_from([0.1, 0.4, 0.8])


@st.composite
def incomplete(draw, of=mild):
    """A mixture, and rows of its own with holes."""
    mixture = draw(of)
    return mixture, with_holes(draw(generators), draw(samples(mixture)), draw(SHARES))


def entries_of(row):
    """The indices of the features that a row has, and that it lacks."""
    return np.flatnonzero(~np.isnan(row)), np.flatnonzero(np.isnan(row))


@given(incomplete())
def test_a_row_with_holes_is_a_row_of_the_marginal(example):
    mixture, rows = example
    for row, log_density, shares in zip(
        rows, mixture.log_prob(rows), mixture.responsibilities(rows), strict=True
    ):
        seen, _ = entries_of(row)
        if not len(seen):
            assert log_density == pytest.approx(0, abs=1e-15)
            assert_close(shares, mixture.weights, 1e-15)
            continue
        marginal = mixture.marginal(seen)
        expected = marginal.log_prob(row[None, seen])[0]
        assert_close(log_density, expected, 1e-11 * max(1, abs(expected)))
        assert_close(shares, marginal.responsibilities(row[None, seen])[0], 1e-9)


@given(incomplete())
def test_imputed_entries_are_means_of_the_conditional(example):
    mixture, rows = example
    deviations = np.sqrt(mixture.covariance().diagonal())
    filled = mixture.impute(rows)
    np.testing.assert_array_equal(filled[~np.isnan(rows)], rows[~np.isnan(rows)])
    for row, guess in zip(rows, filled, strict=True):
        seen, lacking = entries_of(row)
        if len(lacking):
            known = dict(zip(seen, row[seen], strict=True))
            conditional = mixture.condition(known) if known else mixture
            assert_close(guess[lacking], conditional.mean(), 1e-9 * deviations[lacking])


@settings(max_examples=20)
@given(generators, mild)
def test_draws_have_the_moments_of_the_conditional(rng, mixture):
    n_draws, row = 4000, mixture.sample(1, rng)[0][0]
    lacking = np.sort(rng.permutation(len(row))[: rng.integers(1, len(row))])
    seen = np.setdiff1d(np.arange(len(row)), lacking)
    row[lacking] = np.nan
    draws = mixture.impute(np.tile(row, (n_draws // 2, 1)), n_draws=2, rng=rng)[:, :, lacking]
    conditional = mixture.condition(dict(zip(seen, row[seen], strict=True)))
    residuals = draws.reshape(n_draws, -1) - conditional.mean()
    products = residuals[:, :, None] * residuals[:, None, :]
    for values, expected in [(residuals, 0), (products, conditional.covariance())]:
        error = values.std(axis=0) / np.sqrt(n_draws)
        assert_close(values.mean(axis=0) - expected, np.zeros_like(error), 5 * error)


@given(incomplete())
def test_complete_rows_do_not_mind_rows_with_holes_beside_them(example):
    mixture, rows = example
    complete = ~np.isnan(rows).any(axis=1)
    alone = rows[complete]
    assert patterns_of(alone) is None
    log_densities = mixture.log_prob(alone)
    tolerance = 1e-12 * np.maximum(1, np.abs(log_densities))
    assert_close(mixture.log_prob(rows)[complete], log_densities, tolerance)
    shares = mixture.responsibilities(rows)[complete]
    assert_close(shares, mixture.responsibilities(alone), 1e-11)
    np.testing.assert_array_equal(mixture.impute(rows)[complete], alone)


@given(generators, needs, st.data())
def test_complete_blocks_are_summed_to_the_same_bits(rng, need, data):
    mixture = data.draw(mild)
    complete, others = mixture.sample(64, rng)[0], with_holes(rng, mixture.sample(64, rng)[0])
    rows = np.concatenate([complete, others])
    block, _ = ArraySource(rows, None, 64, patterns=patterns_of(rows))
    alone = expect(mixture, need, Block(complete))
    beside = expect(mixture, need, block)
    for name in ("counts", "sums", "scatter", "log_likelihood"):
        np.testing.assert_array_equal(getattr(beside, name), getattr(alone, name))


@st.composite
def problems(draw, names=families):
    """Rows with holes, an estimator with a mixture to begin from, and a random generator."""
    rng, family = draw(generators), draw(names)
    n_components, n_features = draw(st.integers(1, 3)), draw(st.integers(2, 4))
    truth = random_mixture(rng, family, n_components, n_features)
    estimator = mx.GaussianMixture(
        n_components,
        covariance_type=family,
        mixture_init=nearby(rng, truth),
        reg_covar=0,
        tol=0,
        max_iter=4,
    )
    return with_holes(rng, rng.permutation(truth.sample(100, rng)[0])), estimator, rng


@given(problems(), st.booleans())
def test_rows_without_entries_change_nothing(problem, weighted):
    rows, estimator, rng = problem
    rows = rows[~np.isnan(rows).all(axis=1)]
    weights = rng.uniform(0.5, 2, len(rows)) if weighted else None
    more = np.insert(rows, [0, 3, 3], np.nan, axis=0)
    of_more = np.insert(weights, [0, 3, 3], [5, 1, 0]) if weighted else None
    fits = [clone(estimator).fit(X, sample_weight=w) for X, w in [(rows, weights), (more, of_more)]]
    assert_mixtures_close(fits[1].mixture_, fits[0].mixture_, 1e-10)
    assert_close(fits[1].lower_bounds_, fits[0].lower_bounds_, 1e-10)
    for criterion in ("score", "bic", "aic", "icl"):
        plain, beside = (
            getattr(fits[0], criterion)(X, sample_weight=w)
            for X, w in [(rows, weights), (more, of_more)]
        )
        assert beside == pytest.approx(plain, rel=1e-10)
    np.testing.assert_array_equal(
        fits[0].predict(more)[[0, 4, 5]], np.full(3, fits[0].weights_.argmax())
    )


def units_of(rng, family, d):
    """Scales of the features by which the family's covariances stay of the family."""
    scale = 10 ** rng.uniform(-3, 3)
    if has_units(family):
        return scale * rng.choice([-1, 1], d) * random_spectrum(rng, d, 1e4)
    return np.full(d, scale)


def assert_moves(estimator, rows, A, b, moved_rows, log_volumes):
    """A fit to moved rows is the moved fit; a row's density falls by the volume that it spans."""
    start = estimator.mixture_init
    plain = clone(estimator).fit(rows)
    moved = clone(estimator).set_params(mixture_init=mapped(start, A, b)).fit(moved_rows)
    assert_mixtures_close(moved.mixture_, mapped(plain.mixture_, A, b), 1e-8)
    densities = moved.score_samples(moved_rows) + log_volumes
    assert_close(densities, plain.score_samples(rows), 1e-7)
    filled = plain.impute(rows) @ A.T + b
    deviations = np.sqrt(moved.mixture_.covariance().diagonal())
    assert_close(moved.impute(moved_rows), filled, 1e-7 * deviations)


@given(problems())
def test_units_origin_and_order_of_features_do_not_matter(problem):
    rows, estimator, rng = problem
    d = rows.shape[1]
    units, order = units_of(rng, estimator.covariance_type, d), rng.permutation(d)
    b = 1e3 * units * rng.standard_normal(d)
    log_volumes = ~np.isnan(rows) @ np.log(np.abs(units))
    A = np.diag(units)[order]
    assert_moves(estimator, rows, A, b[order], (rows * units + b)[:, order], log_volumes)


@given(problems(st.sampled_from(["full", "tied", "VEE", "EVV"])))
def test_features_without_holes_may_be_mixed(problem):
    rows, estimator, rng = problem
    d = rows.shape[1]
    n_mixed = rng.integers(1, d)
    rows[:, :n_mixed] = np.where(np.isnan(rows[:, :n_mixed]), 0.5, rows[:, :n_mixed])
    A = np.eye(d)
    A[:n_mixed, :n_mixed] = random_orthogonal(rng, n_mixed)
    moved = np.concatenate([rows[:, :n_mixed] @ A[:n_mixed, :n_mixed].T, rows[:, n_mixed:]], axis=1)
    assert_moves(estimator, rows, A, np.zeros(d), moved, np.zeros(len(rows)))
