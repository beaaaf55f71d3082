"""Units do not matter: data mapped by a family's own group give the mapped mixture.

That group is every affine map for covariances that have no axes in common, or all; scales of the
single features where the axes are the features, and for factor analyzers; and rotations with one
scale for the others.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mixtura as mx
from support.closeness import assert_close, assert_mixtures_close
from support.letters import AFFINE, LETTERS, has_units
from support.strategies import (
    families,
    generators,
    mapped,
    nearby,
    random_mixture,
    random_orthogonal,
    random_spectrum,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def linear_map(rng, family, d):
    """A random element A of the family's linear group."""
    rotation, scale = random_orthogonal(rng, d), 10 ** rng.uniform(-3, 3)
    if LETTERS.get(family) in AFFINE:
        return scale * rotation * random_spectrum(rng, d, 1e2) @ random_orthogonal(rng, d)
    if has_units(family):
        return scale * np.diag(rng.choice([-1, 1], d) * random_spectrum(rng, d, 1e6))
    return scale * rotation


@given(families, generators, st.integers(1, 3), st.integers(1, 4))
def test_fits_are_equivariant_under_the_familys_group(family, rng, n_components, d):
    truth = random_mixture(rng, family, n_components, d)
    rows, start = truth.sample(100, rng)[0], nearby(rng, truth)
    A = linear_map(rng, family, d)
    b = 1e3 * np.linalg.norm(A, axis=1) * rng.standard_normal(d)
    fits = [
        mx.GaussianMixture(
            n_components, covariance_type=family, mixture_init=begin, tol=0, reg_covar=0, max_iter=5
        ).fit(X)
        for X, begin in [(rows, start), (rows @ A.T + b, mapped(start, A, b))]
    ]
    plain, moved = fits
    assert_mixtures_close(moved.mixture_, mapped(plain.mixture_, A, b), 1e-8)
    log_volume = np.linalg.slogdet(A)[1]
    assert_close(np.add(moved.lower_bounds_, log_volume), plain.lower_bounds_, 1e-8)
    assert_close(moved.predict_proba(rows @ A.T + b), plain.predict_proba(rows), 1e-7)
    assert_close(moved.score_samples(rows @ A.T + b) + log_volume, plain.score_samples(rows), 1e-7)
