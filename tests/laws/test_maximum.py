"""The M-step is a maximum: any other mixture of the family is less likely to have made the rows.

The expected complete-data log-likelihood sum_ik r_ik log(pi_k N(x_i | mu_k, Sigma_k)) is evaluated
by SciPy.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

import mixtura as mx
from mixtura.family import FAMILIES, Factor
from mixtura.moments import collect
from support.strategies import generators, random_mixture, random_responsibilities

closed_forms = st.sampled_from(
    [name for name, family in FAMILIES.items() if not isinstance(family, Factor)]
)


def expected_log_likelihood(weights, means, dense, rows, responsibilities):
    return sum(
        shares @ (np.log(weight) + multivariate_normal(mean, matrix).logpdf(rows))
        for weight, mean, matrix, shares in zip(
            weights, means, dense, responsibilities.T, strict=True
        )
    )


def perturbed(rng, mixture, size):
    """Other covariances of the same family, a little off."""
    covariances, d = mixture.covariances, mixture.n_features
    if mixture.covariance_type in {"diag", "spherical"}:
        return covariances * np.exp(size * rng.standard_normal(covariances.shape))
    step = np.eye(d) + size * rng.standard_normal((*covariances.shape[:-2], d, d))
    return step @ covariances @ np.swapaxes(step, -1, -2)


@given(closed_forms, generators, st.integers(1, 3), st.integers(1, 4), st.sampled_from([1e-3, 0.1]))
def test_no_perturbation_within_the_family_is_likelier(family, rng, n_components, d, size):
    rows, _ = random_mixture(rng, "full", 3, d).sample(60, rng)
    responsibilities = random_responsibilities(rng, len(rows), n_components)
    centres = rows[:n_components]
    moments = collect(rows, responsibilities, centres, FAMILIES[family].need)
    best = FAMILIES[family].maximize(moments)

    def log_likelihood(weights, means, covariances):
        other = mx.Mixture(weights, means, covariances, covariance_type=family)
        dense = np.broadcast_to(other.storage.dense(), (n_components, d, d))
        return expected_log_likelihood(weights, means, dense, rows, responsibilities)

    maximum = log_likelihood(best.weights, best.means, best.covariances)
    weights = best.weights * np.exp(size * rng.standard_normal(n_components))
    means = best.means + size * rng.standard_normal(best.means.shape)
    covariances = perturbed(rng, best, size)
    assert log_likelihood(best.weights, best.means, covariances) < maximum
    assert log_likelihood(best.weights, means, best.covariances) < maximum
    if n_components > 1:
        assert log_likelihood(weights / weights.sum(), best.means, best.covariances) < maximum
