"""The optima of R's mclust: EM from a given partition is deterministic, so both reach the same one.

mclust.json holds fits by mclust 6.0.0 `me()`, each with the labels that it began from. Nested
families need no reference: whatever a narrower family reaches, a wider one begun there keeps.
"""

import json
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

import mixtura as mx
from mixtura.family import FAMILIES
from support.data import data
from support.letters import LETTERS, is_nested

GOLDEN = json.loads(Path(__file__).with_name("mclust.json").read_text())
FITS = {(fit["data"], fit["model"], fit["n_components"]): fit for fit in GOLDEN["fits"]}
HIGHER = {
    ("iris", "VVE"): {2: -244.5706, 3: -214.0532, 4: -199.3238},
    ("faithful", "VVE"): {2: -1132.1126, 3: -1122.6638, 4: -1111.2422},
    ("diabetes", "VVE"): {2: -2386.9742, 3: -2328.4128, 4: -2303.6501},
    ("iris", "EVE"): {3: -234.1402, 4: -232.5795},
}
"""Maxima of an independent program from the same labels, where mclust stops before one."""


def rows_of(name):
    rows = np.array(GOLDEN["data"][name], dtype=np.float64)
    return rows.reshape(len(rows), -1)


@cache
def fit_from_its_labels(name, model, n_components):
    """Ours, begun where mclust began, and run until nothing changes."""
    labels = np.array(FITS[name, model, n_components]["start_labels"])
    to_the_end = {"reg_covar": 0, "tol": 1e-13, "max_iter": 20_000}
    return mx.GaussianMixture(
        n_components,
        covariance_type=model,
        responsibilities_init=labels - labels.min(),
        **to_the_end,
    ).fit(rows_of(name))


def n_parameters(fit, X):
    return (fit.aic(X) + 2 * fit.score(X) * len(X)) / 2


@pytest.mark.parametrize(("name", "model", "n_components"), FITS)
def test_same_optimum(name, model, n_components):
    golden, X = FITS[name, model, n_components], rows_of(name)
    fit = fit_from_its_labels(name, model, n_components)
    log_likelihood = fit.score(X) * len(X)
    gain = (log_likelihood - golden["loglik"]) / abs(golden["loglik"])
    assert n_parameters(fit, X) == pytest.approx(golden["n_parameters"])
    if n_components in HIGHER.get((name, model), {}):
        assert gain > 0
        return
    assert abs(gain) < 1e-10
    shape = n_components, X.shape[1], X.shape[1]
    expected = np.reshape(golden["covariances"], shape)
    actual = np.broadcast_to(fit.mixture_.storage.dense(), shape)
    deviations = np.sqrt(np.diagonal(expected, axis1=1, axis2=2))
    units = deviations[:, :, None] * deviations[:, None, :]
    means = np.reshape(golden["means"], shape[:2])
    assert np.max(np.abs(fit.weights_ - golden["weights"])) < 1e-5
    assert np.max(np.abs(fit.means_ - means) / deviations) < 1e-4
    assert np.max(np.abs(actual - expected) / units) < 1e-4


@pytest.mark.parametrize(("name", "model"), HIGHER)
def test_higher_maxima_than_mclust_finds(name, model):
    for n_components, log_likelihood in HIGHER[name, model].items():
        fit = fit_from_its_labels(name, model, n_components)
        X = rows_of(name)
        assert fit.score(X) * len(X) == pytest.approx(log_likelihood, abs=6e-5)


@pytest.mark.filterwarnings("ignore::mixtura.DegenerateComponentWarning")
@pytest.mark.parametrize("n_components", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("name", ["faithful", "iris", "wine", "diabetes"])
def test_a_wider_family_keeps_what_a_narrower_one_reached(name, n_components):
    """All that are nested, from the optimum that the narrower one reached from k-means."""
    X = data(name) if name == "wine" else rows_of(name)
    settings = {"n_components": n_components, "reg_covar": 0, "random_state": 0}
    narrower = {
        family: mx.GaussianMixture(covariance_type=family, tol=1e-8, max_iter=2000, **settings).fit(
            X
        )
        for family in FAMILIES
        if family in LETTERS
    }
    for narrow, reached in narrower.items():
        for wide in (each for each in narrower if is_nested(narrow, each)):
            estimator = mx.GaussianMixture(
                covariance_type=wide, mixture_init=reached.mixture_, max_iter=50, **settings
            )
            with warnings.catch_warnings(category=ConvergenceWarning, action="ignore"):
                wider = estimator.fit(X)
            assert wider.lower_bound_ >= reached.lower_bound_ - 1e-12, (narrow, wide)
            assert n_parameters(wider, X) >= n_parameters(reached, X)


@pytest.mark.parametrize(
    ("name", "model", "n_components", "loglik", "df", "bic"),
    [
        ("faithful", "EEE", 3, -1126.3159, 11, -2314.296),
        ("iris", "VVV", 3, -180.186, 44, -580.8396),
        ("diabetes", "VVV", 3, -2303.4956, 29, -4751.316),
    ],
)
def test_published_values(name, model, n_components, loglik, df, bic):
    """From mclust's documentation, to the digits printed; its BIC has the other sign.

    mclust stops where an iteration gains less than 1e-5 of the log-likelihood; ours may be higher.
    """
    X, fit = rows_of(name), fit_from_its_labels(name, model, n_components)
    assert -5e-4 < fit.score(X) * len(X) - loglik < 1e-5 * abs(loglik)
    assert n_parameters(fit, X) == pytest.approx(df)
    assert -1e-3 < -fit.bic(X) - bic < 2e-5 * abs(loglik)


def test_published_waiting_times():
    """Two normals for the waiting times of Old Faithful, published a little before convergence."""
    waiting = data("faithful")[:, 1:]
    fit = mx.GaussianMixture(
        2,
        responsibilities_init=(waiting[:, 0] > 67).astype(int),
        reg_covar=0,
        tol=1e-13,
        max_iter=5000,
    ).fit(waiting)
    assert fit.score(waiting) * len(waiting) == pytest.approx(-1034.002, abs=5e-4)
    assert n_parameters(fit, waiting) == pytest.approx(5)
    deviations = np.sqrt(fit.covariances_[:, 0, 0])
    np.testing.assert_allclose(fit.weights_, [0.360887, 0.639113], atol=1e-5)
    np.testing.assert_allclose(fit.means_[:, 0], [54.614889, 80.091090], atol=1e-4)
    np.testing.assert_allclose(deviations, [5.871242, 5.867717], atol=1e-4)


def test_same_rows():
    """What mclust was given is what the other tests use."""
    np.testing.assert_array_equal(rows_of("faithful"), data("faithful"))
    np.testing.assert_array_equal(rows_of("eruptions"), data("faithful")[:, :1])
    np.testing.assert_array_equal(rows_of("iris"), data("iris"))


@pytest.mark.parametrize(
    ("name", "model", "n_components", "published"),
    [
        ("faithful", "EEE", 3, -2314.296),
        ("iris", "VEV", 2, -561.7285),
        ("diabetes", "VVV", 3, -4751.316),
    ],
)
def test_the_hierarchical_start_leads_to_the_published_optimum(
    name, model, n_components, published
):
    """mclust's BIC, larger where better; its own runs may stop a little early."""
    X = rows_of(name)
    fit = mx.GaussianMixture(
        n_components,
        covariance_type=model,
        init_params="hierarchical",
        reg_covar=0,
        tol=1e-10,
        max_iter=5000,
    ).fit(X)
    assert -fit.bic(X) == pytest.approx(published, abs=0.02)
