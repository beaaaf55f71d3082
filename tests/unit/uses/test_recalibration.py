"""Recalibrated levels are the order statistics that conformal prediction names."""

import numpy as np
import pytest
from scipy.stats import beta

from mixtura.uses.recalibration import Recalibration


def recalibration(values, weights=None):
    values = np.asarray(values, dtype=float)
    return Recalibration(
        values[:, None], np.ones(len(values)) if weights is None else np.asarray(weights, float)
    )


def test_levels_are_order_statistics_and_lie_between_them():
    found = recalibration([0.7, 0.1, 0.4, 0.2, 0.9, 0.3, 0.6, 0.5, 0.8])
    levels = found.levels(np.array([0.1, 0.25, 0.5, 0.75, 0.9]))
    np.testing.assert_allclose(levels, [[0.1, 0.25, 0.5, 0.75, 0.9]])


def test_weight_two_is_the_row_twice():
    rng = np.random.default_rng(0)
    values, weights = rng.uniform(size=40), rng.integers(1, 4, size=40)
    q = np.linspace(0.03, 0.97, 21)
    once, often = recalibration(values, weights), recalibration(np.repeat(values, weights))
    np.testing.assert_allclose(once.levels(q), often.levels(q), rtol=1e-12)


def test_coverage_is_what_it_says_whatever_the_model():
    """P(U <= u_(k)) has mean k / (n + 1), for any continuous U: here one far from uniform."""
    rng, wrong, q = np.random.default_rng(0), beta(0.4, 2), np.array([0.1, 0.9])
    covered = [
        wrong.cdf(recalibration(wrong.rvs(19, random_state=rng)).levels(q)) for _ in range(4000)
    ]
    np.testing.assert_allclose(np.mean(covered, axis=0)[0], q, atol=0.005)


def test_too_few_rows_are_told_with_what_they_reach():
    with pytest.raises(ValueError, match=r"9 rows .* reach levels from 0\.1 to 0\.9"):
        recalibration(np.linspace(0.1, 0.9, 9)).levels(np.array([0.05, 0.5]))
