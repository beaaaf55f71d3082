"""Explanations are what conditioning on all other features gives, and know no units."""

import numpy as np
import pytest

import mixtura as mx
from mixtura.uses import explain_rows, log_typicality

RNG = np.random.default_rng(0)
ROOTS = RNG.normal(size=(2, 4, 4))
FULL = mx.Mixture([0.3, 0.7], RNG.normal(size=(2, 4)), ROOTS @ ROOTS.swapaxes(1, 2))
DIAG = mx.Mixture([0.3, 0.7], FULL.means, [[1, 2, 3, 4], [4, 3, 2, 1]], covariance_type="diag")
TIED = mx.Mixture([0.3, 0.7], FULL.means, FULL.covariances[0], covariance_type="tied")
FACTOR = mx.Mixture.from_factors([1], [[0, 0, 0, 0]], RNG.normal(size=(1, 4, 2)), np.ones((1, 4)))
SPHERICAL = mx.Mixture([0.5, 0.5], FULL.means, [1, 2], covariance_type="spherical")
MIXTURES = [FULL, DIAG, TIED, FACTOR, SPHERICAL]
ROWS = FULL.sample(9, 1)[0]


@pytest.mark.parametrize("mixture", MIXTURES, ids=lambda mixture: mixture.covariance_type)
def test_each_component_is_conditioned_on_all_other_features(mixture):
    explanation, shares = explain_rows(mixture, ROWS), mixture.responsibilities(ROWS)
    for i, j in ((0, 0), (3, 2), (8, 3)):
        given = {other: ROWS[i, other] for other in range(4) if other != j}
        each = [mixture.component(k).condition(given) for k in range(mixture.n_components)]
        means = np.array([one.mean()[0] for one in each])
        variances = np.array([one.covariance()[0, 0] for one in each])
        mean = shares[i] @ means
        variance = shares[i] @ (variances + (means - mean) ** 2)
        assert explanation.expected[i, j] == pytest.approx(mean)
        assert explanation.standard_deviations[i, j] == pytest.approx(np.sqrt(variance))
        deviation = (ROWS[i, j] - mean) / np.sqrt(variance)
        assert explanation.deviations[i, j] == pytest.approx(deviation)


@pytest.mark.parametrize("mixture", MIXTURES, ids=lambda mixture: mixture.covariance_type)
def test_missing_entries_say_nothing_and_are_not_explained(mixture):
    holes = ROWS.copy()
    holes[::2, 1], holes[3] = np.nan, np.nan
    explanation = explain_rows(mixture, holes).deviations
    np.testing.assert_array_equal(np.isnan(explanation), np.isnan(holes))
    without = explain_rows(mixture.marginal([0, 2, 3]), ROWS[:1][:, [0, 2, 3]]).deviations
    np.testing.assert_allclose(explanation[0, [0, 2, 3]], without[0])


def test_the_farthest_features_come_first_in_words():
    mixture = mx.Mixture([1], [[0, 0, 0]], [[1, 1, 4]], covariance_type="diag")
    rows = np.array([[3, -5, 0], [0.5, 0, np.nan]])
    words = explain_rows(mixture, rows).in_words(rows, ["a", "b", "c"])
    assert words == [
        "b 5.0 sd low (-5, expected 0 ± 1); a 3.0 sd high (3, expected 0 ± 1)",
        "a 0.5 sd high (0.5, expected 0 ± 1)",
    ]


def test_the_score_of_one_gaussian_is_the_expected_log_density_of_the_completed_row():
    mixture = FULL.component(0)
    row = np.array([[0.3, np.nan, -1, np.nan]])
    completed = mixture.impute(np.repeat(row, 40_000, axis=0), n_draws=1, rng=0)[0]
    densities = mixture.log_prob(completed)
    error = densities.std() / np.sqrt(len(densities))
    assert log_typicality(mixture, row)[0] == pytest.approx(densities.mean(), abs=4 * error)


def test_other_units_shift_all_scores_alike_whatever_is_missing():
    holes = np.where(RNG.uniform(size=ROWS.shape) < 0.4, np.nan, ROWS)
    units = np.array([1, 1e6, 1, 1e-3])
    scaled = mx.Mixture(FULL.weights, FULL.means * units, FULL.covariances * np.outer(units, units))
    shift = log_typicality(scaled, holes * units) - log_typicality(FULL, holes)
    np.testing.assert_allclose(shift, -np.log(units).sum())
