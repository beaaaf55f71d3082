"""MixtureClassifier: what it equals, what helps it, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal
from sklearn.datasets import load_iris, load_wine
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)

import mixtura as mx

IRIS, SPECIES = load_iris(return_X_y=True)
WINE, CULTIVAR = load_wine(return_X_y=True)
PLAIN = {"reg_covar": 0, "calibrate": False}
PRIORS = [0.2, 0.3, 0.5]

# The log-likelihood of the rows, of R's MclustDA(iris[, 1:4], iris$Species, "EDDA", mclust 6.0.0).
# Of VEE, EVE and VVE, which mclust iterates only so far, it is no reference.
MCLUST = {
    "EII": -414.6979513,
    "VII": -392.4984145,
    "EEI": -364.5173643,
    "VEI": -340.8360525,
    "EVI": -342.9736985,
    "VVI": -309.3627579,
    "EEE": -256.6461843,
    "EEV": -215.1432631,
    "VEV": -187.7097444,
    "EVV": -209.4547977,
    "VVV": -182.9208486,
}


def classifier(covariance_types="VVV", **settings):
    return mx.MixtureClassifier(covariance_types=covariance_types, **(PLAIN | settings))


def test_equal_covariances_are_linear_discriminant_analysis():
    ours = classifier("EEE").fit(WINE, CULTIVAR).predict_proba(WINE)
    theirs = LinearDiscriminantAnalysis("lsqr").fit(WINE, CULTIVAR).predict_proba(WINE)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-12)


def test_free_covariances_are_quadratic_discriminant_analysis():
    ours = classifier("VVV").fit(IRIS, SPECIES)
    theirs = QuadraticDiscriminantAnalysis().fit(IRIS, SPECIES)
    np.testing.assert_array_equal(ours.predict(IRIS), theirs.predict(IRIS))
    for c, own in ours.class_mixtures_.items():
        np.testing.assert_allclose(own.mean(), theirs.means_[c], rtol=1e-12)
        maximum_likelihood = np.cov(IRIS[c == SPECIES].T, bias=True)
        np.testing.assert_allclose(own.covariance(), maximum_likelihood, rtol=1e-10)


@pytest.mark.parametrize("model", ["EDDA", "MclustDA"])
def test_given_priors_take_the_place_of_shares(model):
    settings = {"covariance_types": ["EVI"], "n_components": 1, **PLAIN}
    by_shares = mx.MixtureClassifier(model, **settings).fit(WINE, CULTIVAR)
    given = mx.MixtureClassifier(model, priors=PRIORS, **settings).fit(WINE, CULTIVAR)
    posterior = by_shares.predict_proba(WINE) * (np.array(PRIORS) / by_shares.priors_)
    expected = posterior / posterior.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(given.predict_proba(WINE), expected, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("family", MCLUST)
def test_every_family_is_that_of_mclust(family):
    fitted = classifier(family).fit(IRIS, SPECIES)
    log_likelihood = fitted.score_samples(IRIS).sum()
    assert log_likelihood == pytest.approx(MCLUST[family], rel=1e-7)


def test_the_family_that_bic_chooses_is_that_of_mclust():
    fitted = mx.MixtureClassifier(calibrate=False).fit(IRIS, SPECIES)
    assert fitted.covariance_types_ == ("VEV",) * 3
    assert next(iter(fitted.criteria_)) == "VEV"


def test_one_component_a_class_is_one_gaussian_a_class():
    settings = {"covariance_types": ["VVV"], **PLAIN}
    one = mx.MixtureClassifier(**settings).fit(IRIS, SPECIES)
    many = mx.MixtureClassifier("MclustDA", n_components=1, **settings).fit(IRIS, SPECIES)
    np.testing.assert_allclose(many.predict_proba(IRIS), one.predict_proba(IRIS), atol=1e-9)


def test_a_class_of_several_heaps_has_several_components():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2)) + 6 * np.repeat([[-1, 0], [0, 0], [1, 0]], 100, axis=0)
    y = np.repeat(["outer", "inner", "outer"], 100)
    fitted = mx.MixtureClassifier("MclustDA", covariance_types="EII", random_state=0).fit(X, y)
    np.testing.assert_array_equal(fitted.component_classes_, ["inner", "outer", "outer"])
    assert fitted.score(X, y) > 0.98
    assert fitted.class_mixtures_["outer"].n_components == 2


def hidden(y, share=0.8):
    return np.where(np.random.default_rng(1).uniform(size=len(y)) < share, -1, y)


def reference_em(X, y, n_iter=300):
    """EM for one free Gaussian a class, in which the classes of labelled rows are held."""
    held = np.eye(3)[y] * (y >= 0)[:, None]
    r = held.copy()
    for _ in range(n_iter):
        weights = r.sum(axis=0) / r.sum()
        means = (r.T @ X) / r.sum(axis=0)[:, None]
        covariances = [
            ((X - m).T * own) @ (X - m) / own.sum() for m, own in zip(means, r.T, strict=True)
        ]
        joint = np.transpose(
            [
                w * multivariate_normal(m, c).pdf(X)
                for w, m, c in zip(weights, means, covariances, strict=True)
            ]
        )
        r = np.where((y >= 0)[:, None], held, joint / joint.sum(axis=1, keepdims=True))
    return weights, means


def test_rows_without_a_label_help_as_in_em_with_held_classes():
    y = hidden(SPECIES, 0.6)
    fitted = classifier("VVV", unlabelled=-1, tol=1e-12).fit(IRIS, y)
    weights, means = reference_em(IRIS, y)
    np.testing.assert_allclose(fitted.priors_, weights, rtol=1e-5)
    np.testing.assert_allclose(fitted.mixture_.means, means, rtol=1e-5)


@pytest.mark.parametrize("family", ["EEE", "VVE", "VVI", "EII", "factor"])
def test_em_with_held_classes_never_falls(family):
    X = np.where(np.random.default_rng(2).uniform(size=IRIS.shape) < 0.1, np.nan, IRIS)
    fitted = classifier(family, unlabelled=-1).fit(X, hidden(SPECIES))
    (trace,) = fitted.history_
    assert (np.diff(trace.lower_bounds) > -1e-9).all()
    assert fitted.score(IRIS, SPECIES) > 0.85


@pytest.mark.parametrize("model", ["EDDA", "MclustDA"])
def test_missing_entries_are_integrated_out(model):
    X = IRIS.copy()
    X[::3, 2] = np.nan
    X[1::7, :2] = np.nan
    settings = {"n_components": 1, "tol": 1e-10, **PLAIN}
    fitted = mx.MixtureClassifier(model, covariance_types=["VVV"], **settings).fit(X, SPECIES)
    for c in range(3):
        own = mx.GaussianMixture(tol=1e-10, max_iter=1000, reg_covar=0).fit(X[c == SPECIES])
        np.testing.assert_allclose(fitted.class_mixtures_[c].mean(), own.means_[0], rtol=1e-4)
    np.testing.assert_allclose(fitted.predict_proba([[np.nan] * 4]), [fitted.priors_])


@pytest.mark.parametrize("criterion", ["bic", "cv"])
def test_without_calibration_weights_are_repeated_rows(criterion):
    weights = np.random.default_rng(0).integers(0, 4, size=len(IRIS))
    settings = {"covariance_types": ["VEV"], "criterion": criterion, "random_state": 0}
    weighted = classifier(**settings).fit(IRIS, SPECIES, sample_weight=weights)
    rows = np.repeat(IRIS, weights, axis=0)
    repeated = classifier(**settings).fit(rows, np.repeat(SPECIES, weights))
    np.testing.assert_allclose(weighted.predict_proba(IRIS), repeated.predict_proba(IRIS), 1e-7)


def test_units_do_not_matter():
    units = 10.0 ** np.arange(-6, 7)
    y = hidden(CULTIVAR, 0.5)
    families = ["EEI", "EEE", "VVI"]
    fits = [
        mx.MixtureClassifier(covariance_types=families, unlabelled=-1, random_state=0).fit(X, y)
        for X in (WINE, WINE * units)
    ]
    first, second = fits
    assert first.covariance_types_ == second.covariance_types_
    np.testing.assert_allclose(
        first.predict_proba(WINE), second.predict_proba(WINE * units), rtol=1e-5, atol=1e-9
    )


def test_evidence_that_is_counted_twice_is_halved():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(-1, 1, size=1000), rng.normal(1, 1, size=1000)])
    y = np.repeat([0, 1], 1000)
    twice = np.column_stack([x, x + 1e-6 * rng.normal(size=2000)])
    once = mx.MixtureClassifier(covariance_types="EEI", random_state=0).fit(x[:, None], y)
    naive = mx.MixtureClassifier(covariance_types="EEI", random_state=0).fit(twice, y)
    assert once.temperature_ == 1
    assert naive.temperature_ == pytest.approx(2, rel=0.15)
    np.testing.assert_allclose(
        naive.predict_proba(twice), once.predict_proba(x[:, None]), atol=0.05
    )


KINDS = {
    "words": (np.array(["se", "ve", "vi", "?"]), "?"),
    "objects": (np.array(["se", "ve", "vi", None], dtype=object), np.nan),
    "NA": (pd.array(["se", "ve", "vi", pd.NA], dtype="string"), pd.NA),
    "floats": (np.array([0.0, 1.0, 2.0, np.nan]), np.nan),
    "integers": (np.array([5, 7, 9, -1]), -1),
    "words and a number": (np.array(["se", "ve", "vi", -1], dtype=object), -1),
}


@pytest.mark.parametrize("kind", KINDS)
def test_labels_of_any_kind(kind):
    names, unlabelled = KINDS[kind]
    numbered = classifier("EEE", unlabelled=-1).fit(IRIS, hidden(SPECIES, 0.3))
    y = pd.Series(names.take(hidden(SPECIES, 0.3)))
    named = classifier("EEE", unlabelled=unlabelled).fit(IRIS, y)
    assert named.classes_.tolist() == list(names[:3])
    np.testing.assert_array_equal(named.predict_proba(IRIS), numbered.predict_proba(IRIS))
    assert set(named.predict(IRIS)) == set(names[:3])


def test_far_rows_are_told_by_the_priors():
    fitted = classifier("EEE", priors=PRIORS).fit(IRIS, SPECIES)
    np.testing.assert_allclose(fitted.predict_proba(np.full((1, 4), 1e200)), [PRIORS])


def test_the_answer_has_the_precision_of_the_rows():
    fitted = classifier("EEE").fit(IRIS.astype(np.float32), SPECIES)
    assert fitted.predict_proba(IRIS.astype(np.float32)).dtype == np.float32
    assert fitted.decision_function(IRIS).dtype == np.float64


CONSTANT = np.column_stack([IRIS, np.ones(150)])
BAD = {
    "one class": (
        IRIS,
        np.full(150, "a"),
        {},
        "two classes at least, but y has 1 class, 'a', only",
    ),
    "no label": (IRIS, np.full(150, -1), {"unlabelled": -1}, "No row of y has a label"),
    "a constant": (CONSTANT, SPECIES, {}, "Column 4 of X is constant"),
    "missing labels": (
        IRIS,
        np.where(SPECIES == 0, None, "a"),
        {},
        "y lacks 50 labels; unlabelled=np.nan says",
    ),
    "a marker that is a word": (IRIS, SPECIES.astype(str), {"unlabelled": 0}, "mark rows without"),
    "kinds": (
        IRIS,
        np.array([0, "a", "b"], dtype=object)[SPECIES],
        {},
        "Labels must be of one kind",
    ),
    "too many priors": (IRIS, SPECIES, {"priors": [0.5, 0.5]}, "priors must be 3 numbers"),
    "priors": (IRIS, SPECIES, {"priors": [0.5, 0.5, 0.5]}, "sum to 1"),
    "both": (
        IRIS,
        hidden(SPECIES),
        {"model": "MclustDA", "unlabelled": -1},
        "one Gaussian a class",
    ),
    "few rows": (IRIS[48:52], SPECIES[48:52], {"covariance_types": "VVV"}, "No family could be"),
    "a class without entries": (
        np.where((SPECIES == 1)[:, None] & (np.arange(4) == 2), np.nan, IRIS),
        SPECIES,
        {},
        "Class 1 has no entry in column 2",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_in_a_sentence(case):
    X, y, settings, sentence = BAD[case]
    with pytest.raises(ValueError, match=sentence):
        mx.MixtureClassifier(**settings, **PLAIN).fit(X, y)
