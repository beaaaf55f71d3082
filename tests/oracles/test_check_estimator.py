"""scikit-learn's checks of what an estimator is, and the one check that k-means cannot pass.

A weight of w must be worth w equal rows. k-means itself fails that check, since its seeds are drawn
from other numbers of rows; so with several components the check is repeated from a given start,
where nothing is drawn.
"""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

import mixtura as mx
from support.array_api import assert_passes_there, unless_on
from support.data import data

FAMILIES = ["full", "tied", "diag", "spherical"]
ANY_LIBRARY = {
    "check_array_api_same_namespace": (
        "a fitted mixture answers rows of any library, whatever it was fitted to"
    )
}
SEEDS_DIFFER = {
    "check_sample_weight_equivalence_on_dense_data": (
        "starts draw other seeds from repeated rows than from weighted ones"
    )
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::mixtura.RegularizationWarning")
@pytest.mark.filterwarnings("ignore::mixtura.DegenerateComponentWarning")
@parametrize_with_checks(
    [
        mx.GaussianMixture(),
        *(mx.GaussianMixture(3, covariance_type=each) for each in FAMILIES),
        mx.GaussianMixture(3, init_params="search", effort="fast"),
    ],
    expected_failed_checks=lambda estimator: (
        ANY_LIBRARY | SEEDS_DIFFER if estimator.n_components > 1 else ANY_LIBRARY
    ),
)
def test_check(estimator, check):
    check(estimator)


AUTO = mx.AutoGaussianMixture((1, 2), covariance_types="sklearn", effort="fast")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::mixtura.DegenerateComponentWarning")
@parametrize_with_checks([AUTO], expected_failed_checks=lambda _: ANY_LIBRARY)
def test_check_of_selection(estimator, check):
    check(estimator)


IMPUTERS = [
    mx.MixtureImputer(),
    mx.MixtureImputer(missing_values=-1, add_indicator=True),
    mx.MixtureImputer(mx.GaussianMixture(2), keep_empty_features=True),
    mx.MixtureImputer(sample_posterior=True),
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::mixtura.RegularizationWarning")
@pytest.mark.filterwarnings("ignore::mixtura.DegenerateComponentWarning")
@parametrize_with_checks(IMPUTERS)
def test_check_of_imputers(estimator, check):
    check(estimator)


REGRESSORS = [
    mx.MixtureRegressor(1, covariance_types="full"),
    mx.MixtureRegressor((1, 2), random_state=0),
    mx.MixtureRegressor((1, 2), covariance_types="tied", calibrate="cross", random_state=0),
    mx.MixtureRegressor(1, covariance_types="full", calibrate=0.3, random_state=0),
]
ROWS_ARE_DRAWN = {
    "check_sample_weight_equivalence_on_dense_data": (
        "the rows held out are drawn from other numbers of rows"
    )
}


@pytest.mark.filterwarnings("ignore::mixtura.DegenerateComponentWarning")
@parametrize_with_checks(
    REGRESSORS,
    expected_failed_checks=lambda estimator: (
        ROWS_ARE_DRAWN if isinstance(estimator.calibrate, float) else {}
    ),
)
def test_check_of_regressors(estimator, check):
    check(estimator)


HELD_OUT = {
    "check_sample_weight_equivalence_on_dense_data": (
        "folds divide repeated rows otherwise than weighted ones"
    )
}
SOME = ["EEE", "VVI", "VVV"]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::mixtura.RegularizationWarning")
@pytest.mark.filterwarnings("ignore::mixtura.DegenerateComponentWarning")
@parametrize_with_checks(
    [
        mx.MixtureClassifier(covariance_types=SOME),
        mx.MixtureClassifier(covariance_types=SOME, calibrate=False),
        mx.MixtureClassifier(covariance_types=SOME, criterion="cv", cv=3),
        mx.MixtureClassifier(
            "MclustDA", n_components=[1, 2], covariance_types=["EEI"], cv=2, reg_covar=1e-6
        ),
    ],
    expected_failed_checks=lambda estimator: HELD_OUT if estimator.calibrate else {},
)
def test_check_of_classifiers(estimator, check):
    check(estimator)


HELD_OUT_BY_CHANCE = SEEDS_DIFFER | dict.fromkeys(
    ["check_outliers_fit_predict", "check_outliers_train"],
    "contamination is set, which gives a threshold beside that of false_alarm_rate",
)
DETECTORS = [
    mx.MixtureOutlierDetector(random_state=0),
    mx.MixtureOutlierDetector(mx.GaussianMixture(random_state=0), contamination=0.2),
    mx.MixtureOutlierDetector(false_alarm_rate=0.3, calibration_size=0.3, random_state=0),
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::mixtura.RegularizationWarning")
@pytest.mark.filterwarnings("ignore::mixtura.DegenerateComponentWarning")
@parametrize_with_checks(
    DETECTORS,
    expected_failed_checks=lambda detector: (
        HELD_OUT_BY_CHANCE if detector.false_alarm_rate is not None else {}
    ),
)
def test_check_of_detectors(estimator, check):
    check(estimator)


@unless_on
def test_checks_of_array_api():
    assert_passes_there(__file__, "check_array_api")


def given_starts(X, labels):
    """Ways to begin in which nothing is drawn."""
    means = np.array([X[labels == k].mean(axis=0) for k in range(3)])
    variances = np.array([X[labels == k].var() for k in range(3)])
    mixture = mx.Mixture([0.3, 0.3, 0.4], means, variances, covariance_type="spherical")
    return {
        "mixture": {"mixture_init": mixture},
        "labels": {"responsibilities_init": labels},
        "responsibilities": {"responsibilities_init": mixture.responsibilities(X)},
        "labels and means": {"responsibilities_init": labels, "means_init": means},
    }


@pytest.mark.parametrize("start", given_starts(np.eye(3), np.arange(3)))
@pytest.mark.parametrize("family", FAMILIES)
def test_weights_are_repeated_rows(family, start):
    X = data("wine scaled")
    labels = X[:, [0, 6, 9]].argmax(axis=1)
    weights = np.random.default_rng(0).integers(0, 5, size=len(X))
    settings = {"n_components": 3, "covariance_type": family, "max_iter": 8, "tol": 0}
    begin = given_starts(X, labels)[start]
    begin_repeated = {
        name: np.repeat(value, weights, axis=0) if name == "responsibilities_init" else value
        for name, value in begin.items()
    }
    rows = np.repeat(X, weights, axis=0)
    with pytest.warns(ConvergenceWarning):
        weighted = mx.GaussianMixture(**settings, **begin).fit(X, sample_weight=weights)
    with pytest.warns(ConvergenceWarning):
        repeated = mx.GaussianMixture(**settings, **begin_repeated).fit(rows)
    for attribute in ("weights_", "means_", "covariances_", "precisions_", "lower_bounds_"):
        np.testing.assert_allclose(
            getattr(weighted, attribute), getattr(repeated, attribute), rtol=1e-9, atol=1e-10
        )
    for criterion in ("score", "bic", "aic", "icl"):
        value = getattr(weighted, criterion)(X, sample_weight=weights)
        assert value == pytest.approx(getattr(repeated, criterion)(rows), rel=1e-10)
    np.testing.assert_array_equal(weighted.predict(X), repeated.predict(X))
