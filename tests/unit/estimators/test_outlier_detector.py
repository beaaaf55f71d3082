"""Thresholds hold their promises, whatever is asked together."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, false_discovery_control

import mixtura as mx

TRUTH = mx.Mixture([0.5, 0.5], [[0, 0], [6, 6]], [[[1, 0.9], [0.9, 1]], [[1, -0.9], [-0.9, 1]]])
ROWS = TRUTH.sample(400, 0)[0]
GAUSSIAN = mx.GaussianMixture(2, random_state=0)


def detector(**settings):
    return mx.MixtureOutlierDetector(**{"estimator": GAUSSIAN, "random_state": 0} | settings)


@pytest.mark.parametrize("share", [0.05, 0.29, 0.5])
def test_contamination_is_the_share_of_fitted_rows_that_are_flagged(share):
    flagged = detector(contamination=share).fit_predict(ROWS) == -1
    assert flagged.sum() == round(share * 400)
    scores = mx.GaussianMixture(2, random_state=0).fit(ROWS).score_samples(ROWS)
    assert scores[flagged].max() < scores[~flagged].min()


def test_without_a_rate_a_tenth_is_flagged():
    assert (detector().fit_predict(ROWS) == -1).sum() == 40


def test_new_rows_are_flagged_at_the_false_alarm_rate_even_by_a_wrong_mixture():
    wrong = mx.GaussianMixture(1, covariance_type="diag")
    counts = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        fitted = detector(estimator=wrong, false_alarm_rate=0.1, calibration_size=99)
        fitted.fit(TRUTH.sample(200, rng)[0])
        counts.append((fitted.predict(TRUTH.sample(1, rng)[0]) == -1)[0])
    assert binomtest(int(sum(counts)), 60, 0.1).pvalue > 0.001


def test_flags_are_small_p_values():
    fitted = detector(false_alarm_rate=0.05).fit(ROWS)
    new = TRUTH.sample(300, 1)[0]
    p = fitted.p_values(new)
    np.testing.assert_array_equal(fitted.predict(new) == -1, p <= 0.05)
    np.testing.assert_array_equal(
        fitted.predict(new, false_discovery_rate=0.2) == -1, false_discovery_control(p) <= 0.2
    )


def test_broken_correlations_are_found_and_told():
    fitted = mx.MixtureOutlierDetector(false_alarm_rate=0.01, random_state=0).fit(
        pd.DataFrame(ROWS, columns=["a", "b"])
    )
    new = pd.DataFrame([[1.5, -1.5], [0.5, 0.5]], columns=["a", "b"], index=["odd", "even"])
    np.testing.assert_array_equal(fitted.predict(new), [-1, 1])
    told = fitted.explain(new)
    assert list(told.columns) == ["a", "b"]
    assert told.loc["odd", "a"] > 4
    assert told.loc["odd", "b"] < -4
    assert (told.loc["even"].abs() < 1).all()


def test_units_do_not_matter():
    units = np.array([1e6, 1e-3])
    new = TRUTH.sample(200, 1)[0]
    ours, theirs = (
        mx.MixtureOutlierDetector(false_alarm_rate=0.1, random_state=0).fit(ROWS * each)
        for each in (1, units)
    )
    np.testing.assert_array_equal(ours.predict(new), theirs.predict(new * units))
    np.testing.assert_allclose(ours.p_values(new), theirs.p_values(new * units))


def test_rows_of_weight_zero_do_not_count():
    weights = np.r_[np.ones(400), np.zeros(20)]
    rows = np.vstack([ROWS, np.full((20, 2), 1e4)])
    weighted = detector(contamination=0.1, estimator=mx.GaussianMixture()).fit(
        rows, sample_weight=weights
    )
    plain = detector(contamination=0.1, estimator=mx.GaussianMixture()).fit(ROWS)
    assert weighted.offset_ == pytest.approx(plain.offset_)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_holes_many_features_and_constants_are_taken(dtype):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 60)).astype(dtype)
    rows[:, :3] = 1
    rows[rng.uniform(size=rows.shape) < 0.1] = np.nan
    fitted = mx.MixtureOutlierDetector(false_alarm_rate=0.1, random_state=0).fit(rows)
    strange = rows[:1].copy()
    strange[0, 5] = 30
    assert np.isfinite(fitted.score_samples(rows)).all()
    assert fitted.predict(strange)[0] == -1
    assert fitted.explain(strange).abs().iloc[0].idxmax() == "x5"


@pytest.mark.parametrize(
    ("settings", "rows", "sentence"),
    [
        ({"contamination": 0.1, "false_alarm_rate": 0.1}, ROWS, "give one of them"),
        (
            {"false_alarm_rate": 0.001},
            ROWS,
            r"needs 999 calibration rows.*0\.004975",
        ),
        ({"false_alarm_rate": 0.1, "calibration_size": 399}, ROWS, "leaves 1 of 400 rows"),
        ({"estimator": None}, np.ones((9, 2)), "All features of X are constant"),
        ({}, ROWS * np.inf, "infinity"),
        ({}, ROWS * [1, np.nan], "Column 1 of X has no entry at all"),
    ],
)
def test_bad_input_is_one_sentence(settings, rows, sentence):
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match=sentence):
        detector(**settings).fit(rows)


def test_p_values_need_rows_that_were_held_out():
    with pytest.raises(ValueError, match="give false_alarm_rate"):
        detector().fit(ROWS).p_values(ROWS)
    with pytest.raises(ValueError, match="between 0 and 1"):
        detector(false_alarm_rate=0.1).fit(ROWS).predict(ROWS, false_discovery_rate=2)
