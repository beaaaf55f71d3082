"""Maximum likelihood from rows with missing entries, where others know the answer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

import mixtura as mx
from support.closeness import assert_close
from support.strategies import generators, random_mixture, with_holes

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

__ = np.nan
MISSVALS = np.array(
    [
        [7, 26, 6, 60, 78.5],
        [1, 29, 15, 52, 74.3],
        [11, 56, 8, 20, 104.3],
        [11, 31, 8, 47, 87.6],
        [7, 52, 6, 33, 95.9],
        [11, 55, 9, 22, 109.2],
        [3, 71, 17, __, 102.7],
        [1, 31, 22, __, 72.5],
        [2, 54, 18, __, 93.1],
        [__, __, 4, __, 115.9],
        [__, __, 23, __, 83.8],
        [__, __, 9, __, 113.3],
        [__, __, 8, __, 109.4],
    ]
)
"""Heat of hardening cement (Hald 1952) with the holes of Little and Rubin (1987, example 7.9)."""


def test_little_and_rubins_example():
    model = mx.GaussianMixture(reg_covar=0, tol=1e-13, max_iter=1000).fit(MISSVALS)
    log_likelihood = model.score_samples(MISSVALS).sum()
    assert log_likelihood == pytest.approx(-132.925250, abs=1e-6)
    n_entries = np.isfinite(MISSVALS).sum()
    assert log_likelihood + n_entries / 2 * np.log(2 * np.pi) == pytest.approx(-86.978324, abs=1e-6)


def regressed(rows):
    """Mean and covariance of a normal where each row lacks only its last features.

    The likelihood is a product of regressions of each feature on those before it, over the rows
    that have it: Anderson, T. W. (1957), Journal of the American Statistical Association 52,
    200-203.
    """
    d = rows.shape[1]
    mean, covariance = np.zeros(d), np.zeros((d, d))
    for j in range(d):
        own = rows[~np.isnan(rows[:, j])]
        before = np.column_stack([np.ones(len(own)), own[:, :j]])
        (constant, *slopes), *_ = np.linalg.lstsq(before, own[:, j])
        residuals = own[:, j] - before @ [constant, *slopes]
        mean[j] = constant + slopes @ mean[:j]
        covariance[j, :j] = covariance[:j, j] = covariance[:j, :j] @ slopes
        covariance[j, j] = np.mean(residuals**2) + slopes @ covariance[:j, j]
    return mean, covariance


@settings(max_examples=20)
@given(generators, st.integers(2, 4), st.integers(10, 40), st.lists(st.integers(0, 8), min_size=3))
def test_monotone_patterns_have_a_closed_form(rng, d, n_complete, n_more):
    lengths = n_complete + np.cumsum(n_more[:3])[::-1]  # of the first features, which have most
    rows, _ = random_mixture(rng, "full", 1, d, condition=4).sample(lengths[0], rng)
    for j in range(1, d):
        rows[lengths[min(j, 2)] :, j] = np.nan
    mean, covariance = regressed(rows)
    start = mx.Mixture([1], [np.nanmean(rows, axis=0)], [np.diag(np.nanvar(rows, axis=0))])
    model = mx.GaussianMixture(reg_covar=0, tol=0, max_iter=200, mixture_init=start).fit(rows)
    assert_close(model.means_[0], mean, 1e-8)
    assert_close(model.covariances_[0], covariance, 1e-8)


def log_likelihood(log_weights, means, covariances, rows):
    """The observed-data log-likelihood by SciPy, from unnormalized weights."""
    log_weights = log_weights - logsumexp(log_weights)
    covariances = np.broadcast_to(covariances, (len(means), *covariances.shape[1:]))
    total = 0.0
    patterns = np.unique(~np.isnan(rows), axis=0)
    for seen in patterns[patterns.any(axis=1)]:
        own = rows[(~np.isnan(rows) == seen).all(axis=1)][:, seen]
        joint = [
            log_weight + multivariate_normal(mean[seen], covariance[np.ix_(seen, seen)]).logpdf(own)
            for log_weight, mean, covariance in zip(log_weights, means, covariances, strict=True)
        ]
        total += logsumexp(joint, axis=0).sum()
    return total


def free_parts(storage):
    """Arrays without any constraint that make a storage, and the covariances made of them."""
    eye = np.eye(storage.n_features)
    if storage.kind == "low_rank":
        parts = [storage.loadings, np.log(storage.noise_variances)]
        return (
            parts,
            lambda loadings, noise: (
                loadings @ loadings.swapaxes(1, 2) + np.exp(noise)[:, :, None] * eye
            ),
        )
    if storage.kind == "dense":
        return [np.linalg.cholesky(storage.dense())], lambda root: root @ root.swapaxes(1, 2)
    return [np.log(storage.covariances)], lambda logs: np.exp(logs).reshape(len(logs), -1, 1) * eye


def gradient_per_row(mixture, rows, step=1e-5):
    """Central differences by all parameters: log-weights, means, and what covariances are of."""
    of_storage, covariances_of = free_parts(mixture.storage)
    parts = [np.log(mixture.weights), mixture.means, *of_storage]
    ends = np.cumsum([part.size for part in parts])[:-1]

    def value(numbers):
        split = np.split(numbers, ends)
        log_weights, means, *rest = (
            own.reshape(part.shape) for own, part in zip(split, parts, strict=True)
        )
        return log_likelihood(log_weights, means, covariances_of(*rest), rows) / len(rows)

    numbers = np.concatenate([part.ravel() for part in parts])
    steps = step * np.eye(len(numbers))
    return np.array([value(numbers + each) - value(numbers - each) for each in steps]) / (2 * step)


PLAIN = {"tol": 1e-14}
"""Factor analyzers take EM's own steps, of which one may gain 1e-13 where the gradient is 1e-7."""


@pytest.mark.parametrize(
    ("family", "more"),
    [
        *((name, {}) for name in ["full", "tied", "diag", "spherical", "EEI", "EII"]),
        ("factor", PLAIN),
        ("factor", {"factor_model": "CCU"} | PLAIN),
    ],
)
def test_the_gradient_of_the_log_likelihood_vanishes(family, more):
    rng = np.random.default_rng(0)
    loadings, noise = rng.uniform(0.7, 1.5, (2, 4, 1)), np.full((2, 4), 0.3)
    means = 4 * np.arange(2)[:, None] * np.ones(4)
    truth = mx.Mixture.from_factors([0.4, 0.6], means, loadings, noise)
    rows = with_holes(rng, truth.sample(150, rng)[0], 0.2)
    settings = {"tol": 1e-13, "max_iter": 2000, "accelerate": True, **more}
    model = mx.GaussianMixture(
        2, covariance_type=family, reg_covar=0, random_state=0, **settings
    ).fit(rows)
    value = log_likelihood(
        np.log(model.weights_), model.means_, model.mixture_.storage.dense(), rows
    )
    assert model.converged_
    assert model.score_samples(rows).sum() == pytest.approx(value, rel=1e-12)
    assert np.abs(gradient_per_row(model.mixture_, rows)).max() < 1e-7
