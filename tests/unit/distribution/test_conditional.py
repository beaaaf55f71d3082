"""Conditionals of many rows are those of each row by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixtura.distribution.conditional import conditionals
from support.strategies import generators, layouts, random_mixture

GIVEN, KEPT = np.array([3, 0, 2]), np.array([1, 4])


@given(rng=generators, layout=layouts, K=st.integers(1, 4), share=st.sampled_from([0, 0.5, 1]))
def test_each_row_has_its_own_conditional(rng, layout, K, share):
    mixture = random_mixture(rng, layout, K, 5)
    rows = mixture.sample(6, rng)[0][:, GIVEN]
    rows[rng.random(rows.shape) < share] = np.nan
    seen = []
    for which, found in conditionals(mixture, rows, GIVEN, KEPT):
        seen.extend(which)
        for place, row in enumerate(which):
            known = {
                int(feature): value
                for feature, value in zip(GIVEN, rows[row], strict=True)
                if not np.isnan(value)
            }
            others = [feature for feature in range(5) if feature not in known]
            expected = mixture.condition(known) if known else mixture
            expected = expected.marginal([others.index(feature) for feature in KEPT])
            one = found[place]
            np.testing.assert_allclose(one.weights, expected.weights, rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(one.means, expected.means, rtol=1e-9, atol=1e-11)
            np.testing.assert_allclose(one.covariance(), expected.covariance(), atol=1e-10)
            np.testing.assert_allclose(found.mean()[place], expected.mean(), atol=1e-11)
            variances = np.diagonal(expected.covariance())
            np.testing.assert_allclose(found.variance()[place], variances, rtol=1e-9)
    assert sorted(seen) == list(range(6))


@given(rng=generators, layout=layouts)
def test_quantiles_are_the_inverse_of_the_distribution_function(rng, layout):
    mixture = random_mixture(rng, layout, 3, 5)
    rows = mixture.sample(4, rng)[0][:, GIVEN]
    levels = np.array([[0.05, 0.5, 0.95], [0.01, 0.2, 0.7]])
    for _, found in conditionals(mixture, rows, GIVEN, KEPT):
        values = found.quantiles(levels)
        for level in range(3):
            np.testing.assert_allclose(
                found.cdf(values[:, :, level]),
                np.broadcast_to(levels[:, level], (len(values), 2)),
                rtol=1e-9,
            )
        first = found[0].marginal(1)
        assert values[0, 1] == pytest.approx(first.quantile(levels[1]), rel=1e-9, abs=1e-12)
