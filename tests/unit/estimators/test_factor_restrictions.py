"""Factor analyzers under restrictions: what is held stays, EM keeps its promise, and a floor for
features by the thousand costs no matrix."""

import tracemalloc

import numpy as np
import pytest

import mixtura as mx
from mixtura.family import MODELS
from support.closeness import assert_close, assert_mixtures_close

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
by_model = pytest.mark.parametrize("model", MODELS)

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 2, 300)
LOADINGS, MEANS = RNG.standard_normal((2, 6, 2)), 2 * RNG.standard_normal((2, 6))
NOISE = RNG.uniform(0.3, 1.5, (2, 6))
START = mx.Mixture.from_factors([0.3, 0.7], MEANS, LOADINGS, NOISE)
ROWS = START.sample(300, 1)[0]
DENSE = mx.Mixture(START.weights, MEANS, START.covariances)
HELD = {
    "weights": {"fixed": "weights", "weights_init": [0.25, 0.75]},
    "means": {"fixed": "means", "means_init": MEANS + 0.2},
    "both": {"fixed": ("means", "weights"), "means_init": MEANS, "weights_init": [0.3, 0.7]},
    "equal": {"equal_weights": True},
}


def fitted(n_components=2, rows=ROWS, **settings):
    settings = {"n_factors": 2, "reg_covar": 0, "random_state": 0} | settings
    return mx.GaussianMixture(n_components, covariance_type="factor", **settings).fit(rows)


@by_model
@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("accelerate", [False, True])
def test_the_likelihood_never_falls(model, held, accelerate):
    settings = {"factor_model": model, "tol": 0, "max_iter": 40, "accelerate": accelerate}
    fit = fitted(**settings, **HELD[held])
    bounds = np.array(fit.lower_bounds_)
    assert len(bounds) == 40
    assert (np.diff(bounds) >= -1e-12 * np.abs(bounds[1:])).all()
    if held == "means":
        assert np.array_equal(fit.means_, MEANS + 0.2)
    if held == "equal":
        assert fit.weights_.tolist() == [0.5, 0.5]


def test_with_a_mean_that_stays_the_scatter_is_about_it():
    """Isotropic noise has an optimum in closed form (Tipping and Bishop 1999)."""
    d, q = 6, 2
    mean = ROWS.mean(axis=0) + np.linspace(-0.5, 0.5, d)
    lengths = np.linalg.eigvalsh((ROWS - mean).T @ (ROWS - mean) / len(ROWS))[::-1]
    noise = lengths[q:].mean()
    log_det = np.log(lengths[:q]).sum() + (d - q) * np.log(noise)
    expected = -0.5 * (d * np.log(2 * np.pi) + log_det + d)
    settings = {"factor_model": "UUC", "tol": 1e-13, "max_iter": 5000}
    fit = fitted(1, fixed="means", means_init=[mean], **settings)
    assert fit.score(ROWS) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("accelerate", [False, True])
def test_with_covariances_that_stay_the_fit_is_that_of_full_ones(accelerate, tmp_path):
    settings = {"fixed": "covariances", "tol": 1e-10, "max_iter": 500, "accelerate": accelerate}
    fit = fitted(mixture_init=START, **settings)
    assert np.array_equal(fit.loadings_, LOADINGS)
    assert np.array_equal(fit.noise_variances_, NOISE)
    full = mx.GaussianMixture(2, reg_covar=0, mixture_init=DENSE, **settings).fit(ROWS)
    assert_close(fit.means_, full.means_, 1e-7)
    assert_close(fit.weights_, full.weights_, 1e-7)
    assert fit._n_parameters() == full._n_parameters() == 1 + 2 * 6
    mx.save(fit, tmp_path / "fit.json")
    back = mx.load(tmp_path / "fit.json")
    assert np.array_equal(back.loadings_, LOADINGS)
    assert back.bic(ROWS) == fit.bic(ROWS)


@pytest.mark.parametrize("shape", [(2, 6), (2, 1), (1, 1)])
def test_noise_must_be_shared_as_the_model_says(shape):
    """Whether noise is held depends on what the model lets it be."""
    noise = np.broadcast_to(np.linspace(0.5, 1, np.prod(shape)).reshape(shape), (2, 6))
    start = mx.Mixture.from_factors([0.3, 0.7], MEANS, LOADINGS, noise)
    settings = {"fixed": "covariances", "mixture_init": start}
    for model, possible in {"UUU": True, "UUC": shape[1] == 1, "UCC": shape == (1, 1)}.items():
        if possible:
            fit = fitted(factor_model=model, **settings)
            assert np.array_equal(fit.noise_variances_, noise)
        else:
            with pytest.raises(ValueError, match=f"with n_factors=2 and factor_model='{model}'"):
                fitted(factor_model=model, **settings)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"prior": "default"}, "Loadings and noise have no conjugate prior"),
        ({"max_eigenvalue_ratio": 9}, "Covariances that have factors, .* have no exact bound"),
        ({"mixture_init": DENSE}, "Fixed covariances must be loadings and noise with n_factors=2"),
        ({"mixture_init": START, "n_factors": 1}, "must be loadings and noise with n_factors=1"),
        ({"mixture_init": START, "factor_model": "CCU"}, "factor_model='CCU', as mixture_init"),
        ({"precisions_init": np.linalg.inv(DENSE.covariances)}, "must be loadings and noise"),
        (
            {"max_iter": 0, "fixed": (), "precisions_init": np.linalg.inv(DENSE.covariances)},
            "With max_iter=0 precisions_init is the result: its covariances must be loadings",
        ),
        (
            {"max_iter": 0, "fixed": (), "mixture_init": START, "n_factors": 3},
            "With max_iter=0 mixture_init is the result: its covariances must be loadings",
        ),
    ],
)
def test_refusals(settings, sentence):
    fixed = () if {"prior", "max_eigenvalue_ratio"} & set(settings) else "covariances"
    with pytest.raises(ValueError, match=sentence):
        fitted(**({"fixed": fixed} | settings))


@by_model
def test_files_keep_what_was_restricted(model, tmp_path):
    fit = fitted(factor_model=model, equal_weights=True, reg_covar="auto")
    mx.save(fit, tmp_path / "fit.json")
    back = mx.load(tmp_path / "fit.json")
    assert (back.factor_model, back.equal_weights, back.reg_covar) == (model, True, "auto")
    assert back.bic(ROWS) == fit.bic(ROWS)


def test_an_automatic_floor_holds_noise_in_any_units():
    """Heywood's case: the noise of the first feature falls to its own floor, not the least."""
    factor = RNG.standard_normal((300, 1))
    rows = np.hstack([factor, factor + RNG.standard_normal((300, 4))])
    units = np.array([1e3, 1, 1, 1e-3, 10])
    settings = {"n_factors": 1, "reg_covar": "auto", "tol": 0, "max_iter": 3000}
    one, other = (fitted(1, each, **settings) for each in (rows, rows * units))
    floor = 1e-6 * rows.var(axis=0)
    assert (one.noise_variances_ >= floor * (1 - 1e-12)).all()
    assert (other.noise_variances_ >= floor * units**2 * (1 - 1e-12)).all()
    storage = one.mixture_.storage
    expected = mx.Mixture.from_factors(
        [1], one.means_ * units, storage.loadings * units[:, None], one.noise_variances_ * units**2
    )
    assert_mixtures_close(other.mixture_, expected, 1e-7)


def test_an_automatic_floor_needs_no_matrix():
    rows = np.random.default_rng(0).standard_normal((40, 4000))
    tracemalloc.start()
    try:
        fit = fitted(2, rows, reg_covar="auto", max_iter=3)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.isfinite(fit.lower_bound_)
    assert peak < 4000 * 4000 * 8 / 2
