"""EM's promise: with reg_covar=0 no iteration lowers the log-likelihood of what is observed."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import mixtura as mx
from support.strategies import families, generators, random_mixture, sample_weights, with_holes

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::mixtura.DegenerateComponentWarning"),
]


@given(families, generators, st.integers(1, 4), st.integers(1, 4), st.data())
def test_log_likelihood_never_falls(family, rng, n_components, n_features, data):
    rows, _ = random_mixture(rng, "full", 3, n_features, spread=2).sample(80, rng)
    if data.draw(st.booleans()):
        rows = with_holes(rng, rows)
    weights = data.draw(sample_weights(len(rows)))
    estimator = mx.GaussianMixture(
        n_components,
        covariance_type=family,
        init_params=data.draw(st.sampled_from(["kmeans", "random", "random_from_data"])),
        tol=0,
        reg_covar=0,
        max_iter=30,
        accelerate=data.draw(st.booleans()),
        random_state=0,
    )
    try:
        estimator.fit(rows, sample_weight=weights)
    except mx.DegenerateFitError:
        assume(False)
    assume(not estimator.history_[0].repairs)
    bounds = np.array(estimator.lower_bounds_)
    assert len(bounds) == 30
    assert (np.diff(bounds) >= -1e-12 * np.maximum(1, np.abs(bounds[1:]))).all()
