"""Calibrated p-values and thresholds obey the definition that conformal inference gives them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, kstest

import mixtura as mx
from mixtura.uses import Calibration

SCORES = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=12)


@given(SCORES, SCORES)
def test_a_p_value_counts_the_scores_that_are_as_low(held_out, new):
    held_out, new = np.array(held_out), np.array(new)
    expected = [(1 + (held_out <= s).sum()) / (1 + len(held_out)) for s in new]
    np.testing.assert_allclose(Calibration.of(held_out, None).p_values(new), expected)


@given(SCORES, st.data())
def test_weight_two_is_the_row_twice(held_out, data):
    held_out = np.array(held_out)
    weights = np.array(
        data.draw(st.lists(st.integers(0, 3), min_size=len(held_out), max_size=len(held_out)))
    )
    if not weights.any():
        weights[0] = 1
    weighted = Calibration.of(held_out, weights.astype(float))
    repeated = Calibration.of(np.repeat(held_out, weights), None)
    new = np.arange(-6, 7) / 1.0
    np.testing.assert_allclose(weighted.p_values(new), repeated.p_values(new))
    for rate in (0.3, 0.5, 0.9):
        if rate * (repeated.n + 1) >= 1:
            assert weighted.threshold(rate) == repeated.threshold(rate)


@given(SCORES, st.sampled_from([0.01, 0.05, 0.1, 0.29, 0.5, 0.9]))
def test_below_the_threshold_p_values_are_at_most_the_rate(held_out, rate):
    calibration = Calibration.of(np.array(held_out), None)
    new = np.arange(-13, 14) / 2
    if rate * (len(held_out) + 1) < 1 - 1e-9:
        with pytest.raises(ValueError, match=f"{1 / (len(held_out) + 1):.4g}"):
            calibration.threshold(rate)
        return
    flagged = new < calibration.threshold(rate)
    np.testing.assert_array_equal(flagged, calibration.p_values(new) <= rate + 1e-12)


def test_too_few_rows_name_the_smallest_rate_that_they_reach():
    with pytest.raises(ValueError, match=r"0\.001 needs 999 calibration rows, but there are 50"):
        Calibration.of(np.zeros(50), None).threshold(0.001)


def test_of_one_gaussian_drawn_p_values_are_those_of_chi_squared():
    mixture = mx.Mixture([1], [[1, 2, 3]], [np.diag([1, 4, 9]) + 0.5])
    rows, _ = mixture.sample(400, 0)
    distances = (rows - mixture.means) @ np.linalg.inv(mixture.covariances[0])
    exact = chi2.sf((distances * (rows - mixture.means)).sum(axis=1), 3)
    drawn = Calibration.drawn(mixture, 20_000, 1).p_values(mixture.log_prob(rows))
    np.testing.assert_allclose(drawn, exact, atol=0.015)
    assert kstest(drawn, "uniform").pvalue > 0.01
