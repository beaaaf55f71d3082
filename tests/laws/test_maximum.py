"""The M-step is a maximum: any other mixture of the family is less likely to have made the rows.

The expected complete-data log-likelihood sum_ik r_ik log(pi_k N(x_i | mu_k, Sigma_k)) is evaluated
by SciPy.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from mixtura.family import FAMILIES
from mixtura.moments import collect
from support.letters import LETTERS, parts_of, random_dense, turned
from support.strategies import generators, random_mixture, random_responsibilities

COMMON_AXES = ["EVE", "VVE"]
by_common_axes = pytest.mark.parametrize("name", COMMON_AXES)
lettered = st.sampled_from(sorted(LETTERS))
unique_maxima = st.sampled_from(sorted(set(LETTERS) - set(COMMON_AXES)))


def expected_log_likelihood(weights, means, dense, rows, responsibilities):
    return sum(
        shares @ (np.log(weight) + multivariate_normal(mean, matrix).logpdf(rows))
        for weight, mean, matrix, shares in zip(
            weights, means, dense, responsibilities.T, strict=True
        )
    )


def problem(rng, n_components, d):
    rows, _ = random_mixture(rng, "full", 3, d).sample(60, rng)
    return rows, random_responsibilities(rng, len(rows), n_components)


def maximized(name, rows, responsibilities):
    centres = rows[: responsibilities.shape[1]]
    best = FAMILIES[name].maximize(collect(rows, responsibilities, centres, FAMILIES[name].need))
    dense = np.broadcast_to(best.storage.dense(), (*best.means.shape, rows.shape[1]))
    return best, dense


def assert_no_more(value, maximum):
    assert value <= maximum + 1e-11 * abs(maximum)


@given(lettered, generators, st.integers(1, 3), st.integers(1, 4))
def test_no_small_perturbation_within_the_family_is_likelier(name, rng, n_components, d):
    rows, responsibilities = problem(rng, n_components, d)
    best, dense = maximized(name, rows, responsibilities)

    def log_likelihood(weights, means, dense):
        return expected_log_likelihood(weights, means, dense, rows, responsibilities)

    maximum = log_likelihood(best.weights, best.means, dense)
    for size in (1e-3, 1e-2):
        weights = best.weights * np.exp(size * rng.standard_normal(n_components))
        means = best.means + size * rng.standard_normal(best.means.shape)
        other = turned(rng, name, parts_of(name, dense), size).dense()
        assert_no_more(log_likelihood(best.weights, best.means, other), maximum)
        assert log_likelihood(best.weights, means, dense) < maximum
        if n_components > 1:
            assert log_likelihood(weights / weights.sum(), best.means, dense) < maximum


@given(unique_maxima, generators, st.integers(1, 3), st.integers(1, 4), st.data())
def test_no_covariances_of_the_family_are_likelier(name, rng, n_components, d, data):
    """Closed forms, and iterations of what has one maximum: no others, however far, do better."""
    rows, responsibilities = problem(rng, n_components, d)
    best, dense = maximized(name, rows, responsibilities)
    if data.draw(st.booleans()):
        other = turned(rng, name, parts_of(name, dense), 1.0).dense()
    else:
        other = random_dense(rng, name, n_components, d, 10.0) * np.exp(rng.standard_normal())
    values = [
        expected_log_likelihood(best.weights, best.means, each, rows, responsibilities)
        for each in (other, dense)
    ]
    assert_no_more(*values)


@by_common_axes
@given(generators, st.integers(2, 4))
def test_no_common_axes_of_two_features_are_likelier(name, rng, n_components):
    """Every angle is tried; for each, the best variances are known."""
    rows, responsibilities = problem(rng, n_components, 2)
    _, dense = maximized(name, rows, responsibilities)
    counts = responsibilities.sum(axis=0)
    scatter = np.stack([np.cov(rows.T, aweights=r, ddof=0) * r.sum() for r in responsibilities.T])
    angles = np.linspace(0, np.pi / 2, 500)
    turns = np.array([[np.cos(angles), -np.sin(angles)], [np.sin(angles), np.cos(angles)]])
    turns = turns.transpose(2, 0, 1)
    along = np.einsum("aji,kjl,ali->aki", turns, scatter, turns)
    if LETTERS[name][0] == "V":
        variances = along / counts[:, None]
    else:
        volumes = np.sqrt(along.prod(axis=2, keepdims=True))
        variances = along / volumes * volumes.sum(axis=1, keepdims=True) / counts.sum()
    costs = (counts[:, None] * np.log(variances) + along / variances).sum(axis=(1, 2))
    ours = (
        counts @ np.linalg.slogdet(dense)[1]
        + np.trace(np.linalg.solve(dense, scatter), axis1=1, axis2=2).sum()
    )
    assert ours <= costs.min() + 1e-9 * abs(costs.min())
