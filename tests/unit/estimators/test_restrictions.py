"""Fixed parameters, equal weights, an automatic floor: what stays, and what is refused."""

import numpy as np
import pytest

import mixtura as mx
from mixtura.family import FAMILIES
from support.closeness import assert_close
from support.data import data
from support.letters import BALLS

ROWS = data("faithful")
LABELS = (ROWS[:, 0] > 3).astype(int)
START = mx.Mixture([0.3, 0.7], [[2, 55], [4, 80]], [[[0.1, 0], [0, 30]], [[0.2, 0.5], [0.5, 40]]])

ROUND = np.stack([np.diag([1, 0.01])] * 2)

by_family = pytest.mark.parametrize("family", FAMILIES)


def fitted(**settings):
    settings = {"reg_covar": 0, "tol": 1e-9, "max_iter": 1000, "random_state": 0} | settings
    return mx.GaussianMixture(2, **settings).fit(ROWS)


def profile(fit):
    """The responsibilities (n, K) and their sums, which an M-step at the end starts from."""
    responsibilities = fit.predict_proba(ROWS)
    return responsibilities, responsibilities.sum(axis=0)


@by_family
def test_means_that_stay(family):
    """The covariances are then those about the given means."""
    fit = fitted(covariance_type=family, fixed="means", means_init=START.means)
    assert np.array_equal(fit.means_, START.means)
    responsibilities, counts = profile(fit)
    assert_close(fit.weights_, counts / counts.sum(), 1e-6)
    away = ROWS[None] - START.means[:, None]
    scatter = np.einsum("nk,kni,knj->kij", responsibilities, away, away)
    expected = {
        "full": scatter / counts[:, None, None],
        "tied": scatter.sum(axis=0) / len(ROWS),
        "diag": np.einsum("kii->ki", scatter) / counts[:, None],
        "spherical": np.einsum("kii->k", scatter) / counts / 2,
    }
    if family in expected:
        assert_close(fit.covariances_ / expected[family], np.ones_like(fit.covariances_), 1e-4)


@by_family
def test_weights_that_stay(family):
    fit = fitted(covariance_type=family, fixed=("weights",), weights_init=[0.25, 0.75])
    assert fit.weights_.tolist() == [0.25, 0.75]
    responsibilities, counts = profile(fit)
    assert_close(fit.means_, responsibilities.T @ ROWS / counts[:, None], 1e-3)


def test_covariances_that_stay():
    fit = fitted(fixed=["covariances"], mixture_init=START)
    assert np.array_equal(fit.covariances_, START.covariances)
    precisions = np.linalg.inv(START.covariances)
    other = fitted(fixed="covariances", precisions_init=precisions, init_params="kmeans")
    assert_close(other.covariances_, START.covariances, 1e-12)
    order = np.argsort(other.means_[:, 0])
    assert_close(other.means_[order], fit.means_, 1e-2)


def test_all_but_one_can_stay():
    fit = fitted(fixed=("means", "covariances"), mixture_init=START)
    _, counts = profile(fit)
    assert_close(fit.weights_, counts / len(ROWS), 1e-6)
    assert fit._n_parameters() == 1


@by_family
def test_equal_weights(family):
    fit = fitted(covariance_type=family, equal_weights=True)
    assert fit.weights_.tolist() == [0.5, 0.5]


@by_family
def test_what_stays_is_not_counted_as_free(family):
    free = fitted(covariance_type=family)._n_parameters()
    settings = {"covariance_type": family, "weights_init": [0.3, 0.7], "means_init": START.means}
    assert fitted(covariance_type=family, equal_weights=True)._n_parameters() == free - 1
    assert fitted(fixed="weights", **settings)._n_parameters() == free - 1
    assert fitted(fixed=("means", "weights"), **settings)._n_parameters() == free - 5


def test_a_continued_fit_holds_what_it_held():
    fit = fitted(fixed="means", means_init=START.means, warm_start=True, max_iter=500)
    fit.fit(ROWS)
    assert np.array_equal(fit.means_, START.means)


@by_family
def test_a_file_keeps_what_is_fixed(tmp_path, family):
    fit = fitted(covariance_type=family, fixed="weights", weights_init=[0.3, 0.7])
    mx.save(fit, tmp_path / "m.json")
    back = mx.load(tmp_path / "m.json")
    assert back.fixed == ("weights",)
    assert back.bic(ROWS) == fit.bic(ROWS)
    fit.fixed = ()
    assert fit.bic(ROWS) == back.bic(ROWS)


@by_family
def test_the_floor_is_a_millionth_of_the_variance(family):
    fit = mx.GaussianMixture(covariance_type=family, reg_covar="auto").fit(ROWS)
    alone = mx.GaussianMixture(covariance_type=family, reg_covar=0).fit(ROWS)
    added = fit.mixture_.storage.variances() - alone.mixture_.storage.variances()
    floor = 1e-6 * ROWS.var(axis=0)
    floor = np.full(2, floor.mean()) if family in BALLS else floor
    assert_close(added / floor, np.ones_like(added), 1e-6)


def test_a_floor_lets_a_repeated_row_be_a_component():
    rows = np.concatenate([np.random.default_rng(0).normal(size=(40, 2)), np.full((9, 2), 8.0)])
    labels = np.repeat([0, 1], [40, 9])
    fit = mx.GaussianMixture(2, reg_covar="auto", responsibilities_init=labels).fit(rows * [1, 1e6])
    assert not fit.history_[0].repairs
    assert mx.to_sklearn(fit).reg_covar == 1e-6


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_accelerated_fits_heed_all_of_it():
    settings = {"equal_weights": True, "prior": "default", "max_eigenvalue_ratio": 5.0}
    fit = fitted(accelerate=True, max_iter=60, **settings)
    values = np.linalg.eigvalsh(fit.covariances_)
    assert fit.weights_.tolist() == [0.5, 0.5]
    assert values.max() <= 5 * values.min() * (1 + 1e-10)
    assert np.diff(fit.history_[0].log_posteriors).min() > -1e-12


@pytest.mark.parametrize("family", ["full", "tied", "diag", "EEI"])
@pytest.mark.parametrize("value", [0.0, 7.3])
def test_a_constant_column_changes_nothing_with_automatic_reg_covar(family, value):
    """But for the density of what is always alike, N(x | x, 1e-6)."""
    rows = np.column_stack([ROWS, np.full(len(ROWS), value)])
    settings = {"covariance_type": family, "reg_covar": "auto", "responsibilities_init": LABELS}
    with_it, without = (mx.GaussianMixture(2, **settings).fit(each) for each in (rows, ROWS))
    assert_close(with_it.predict_proba(rows), without.predict_proba(ROWS), 1e-6)
    more = -0.5 * np.log(2 * np.pi * 1e-6)
    assert with_it.lower_bound_ == pytest.approx(without.lower_bound_ + more, rel=1e-9)


@by_family
def test_every_family_takes_a_constant_column_with_automatic_reg_covar(family):
    rows = np.column_stack([ROWS, np.full(len(ROWS), 7.3)])
    settings = {"covariance_type": family, "reg_covar": "auto", "responsibilities_init": LABELS}
    fit = mx.GaussianMixture(2, **settings).fit(rows)
    assert_close(fit.means_[:, 2], [7.3, 7.3], 1e-9)
    assert np.isfinite(fit.score_samples(rows)).all()


@pytest.mark.parametrize("init_params", ["kmeans", "search"])
@pytest.mark.parametrize("family", ["full", "factor", "diag"])
def test_an_error_names_constant_columns_by_number(family, init_params):
    rows = np.column_stack([np.full(len(ROWS), 7.3), ROWS, np.zeros(len(ROWS))])
    model = mx.GaussianMixture(
        2, covariance_type=family, reg_covar=0, init_params=init_params, random_state=0
    )
    with pytest.raises(mx.DegenerateFitError, match=r"Constant columns: 0, 3\. Leave them out"):
        model.fit(rows)


def test_an_error_names_constant_columns_by_name():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(ROWS, columns=["eruptions", "waiting"]).assign(place=1.0)
    with pytest.raises(mx.DegenerateFitError, match="Constant columns: 'place'"):
        mx.GaussianMixture(2, reg_covar=0).fit(frame)


@pytest.mark.parametrize("given", ["all", "labels", "fixed"])
def test_what_is_given_whole_or_fixed_goes_with_the_search(given):
    settings = {
        "all": {"weights_init": [0.5, 0.5], "means_init": START.means, "precisions_init": ROUND},
        "labels": {"responsibilities_init": LABELS, "means_init": START.means},
        "fixed": {"fixed": "means", "means_init": START.means},
    }[given]
    fit = fitted(init_params="search", effort="fast", **settings)
    plain = fitted(init_params="kmeans", **settings)
    assert_close(fit.predict_proba(ROWS), plain.predict_proba(ROWS), 1e-3)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"fixed": "means"}, "holds what means_init or mixture_init gives, and neither is given"),
        ({"fixed": "covariances"}, "holds what precisions_init or mixture_init gives"),
        ({"fixed": "mean"}, "fixed names parameters, of 'weights', 'means', 'covariances'"),
        ({"fixed": (1,)}, "fixed names parameters"),
        (
            {"fixed": ("weights", "means", "covariances"), "mixture_init": START},
            "nothing is left to fit",
        ),
        (
            {"fixed": "covariances", "mixture_init": START, "covariance_type": "diag"},
            "Fixed covariances must be of covariance_type='diag'",
        ),
        ({"equal_weights": True, "weights_init": [0.5, 0.5]}, "Equal weights leave none to give"),
        (
            {"equal_weights": True, "fixed": "weights", "mixture_init": START},
            "Equal weights leave none to give",
        ),
        ({"max_eigenvalue_ratio": 5, "covariance_type": "tied"}, "have no exact bound"),
        (
            {"max_eigenvalue_ratio": 5, "fixed": "covariances", "mixture_init": START},
            "Fixed covariances cannot be bounded",
        ),
        (
            {"init_params": "search", "weights_init": [0.5, 0.5], "means_init": START.means},
            "means_init and weights_init would replace a part of what it finds",
        ),
        (
            {"init_params": "search", "fixed": "weights"}
            | {"weights_init": [0.5, 0.5], "means_init": START.means},
            "and means_init would replace",
        ),
        ({"max_eigenvalue_ratio": 0.5}, "'max_eigenvalue_ratio' parameter"),
        ({"accelerate": True, "stopping": "aitken"}, "Acceleration changes the gains"),
    ],
)
def test_refusals(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        fitted(**settings)
