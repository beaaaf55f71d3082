"""The search finds the optimum that is there, whatever rows, family and restrictions."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

import mixtura as mx
from mixtura.em import EFFORTS, Search, Stopping
from mixtura.em.loop import run
from mixtura.em.search import Candidate
from mixtura.em.search import search as search_module
from mixtura.em.watch import Watchers
from mixtura.family import FAMILIES
from support.closeness import assert_mixtures_close
from support.data import data
from support.letters import LETTERS, has_units
from support.problems import steps_for
from support.strategies import generators, with_holes

NEEDLES = np.array([[0.0, 0], [0, 3], [0, 6]])
"""Long clusters side by side, which k-means cuts across."""


def needles(n_rows=150, seed=0, length=20.0):
    rng = np.random.default_rng(seed)
    truth = np.arange(n_rows) % 3
    return NEEDLES[truth] + rng.standard_normal((n_rows, 2)) * [length, 0.4], truth


def searched(rows, n_components=3, *, sample_weight=None, **settings):
    settings = {"random_state": 0, "effort": "fast", "tol": 1e-8, "max_iter": 2000} | settings
    estimator = mx.GaussianMixture(n_components, init_params="search", **settings)
    return estimator.fit(rows, sample_weight=sample_weight)


BALLS = {name for name in FAMILIES if LETTERS.get(name, "FFF")[1] == "I"}


@pytest.mark.parametrize("family", [name for name in FAMILIES if name not in BALLS])
def test_the_planted_clusters_are_found_where_the_start_from_k_means_fails(family):
    rows, truth = needles()
    assert adjusted_rand_score(truth, searched(rows, covariance_type=family).predict(rows)) > 0.95
    plain = mx.GaussianMixture(3, covariance_type=family, random_state=0, max_iter=2000).fit(rows)
    assert adjusted_rand_score(truth, plain.predict(rows)) < 0.5


@pytest.mark.parametrize("family", sorted(BALLS))
def test_balls_that_k_means_misses_are_found(family):
    """Sixteen of them, of which seeds that are drawn miss some."""
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(16), 12)
    rows = 10.0 * np.stack([truth // 4, truth % 4], axis=1) + rng.standard_normal((192, 2))
    labels = searched(rows, 16, covariance_type=family, effort="normal").predict(rows)
    assert adjusted_rand_score(truth, labels) == 1


class TestEverythingCombines:
    """On the needles, which are found whatever else is asked for."""

    def assert_found(self, estimator, rows, truth, least=0.95):
        assert adjusted_rand_score(truth, estimator.predict(rows)) > least

    def test_sample_weights(self):
        """Rows of no weight have no say, however outlandish."""
        rows, truth = needles(200)
        weights = np.where(np.arange(200) % 4 == 3, 0.0, 2.0)
        outlandish = np.where(weights[:, None] > 0, rows, 1e3 * rows)
        counted = weights > 0
        self.assert_found(
            searched(outlandish, sample_weight=weights), rows[counted], truth[counted]
        )

    def test_missing_entries(self):
        rows, truth = needles(300)
        holes = with_holes(np.random.default_rng(0), rows, 0.1)
        holes[5] = np.nan
        complete = ~np.isnan(holes).any(axis=1)
        self.assert_found(searched(holes), rows[complete], truth[complete])

    def test_float32(self):
        rows, truth = needles()
        estimator = searched(rows.astype(np.float32))
        self.assert_found(estimator, rows, truth)
        assert estimator.means_.dtype == np.float32

    @pytest.mark.parametrize(
        "settings",
        [
            {"prior": "default"},
            {"equal_weights": True},
            {"fixed": "weights", "weights_init": [0.3, 0.3, 0.4]},
            {"fixed": "means", "means_init": NEEDLES},
            {"fixed": "covariances", "precisions_init": [np.diag([1 / 400, 1 / 0.16])] * 3},
            {"max_eigenvalue_ratio": 1e4},
            {"n_init": 2},
            {"accelerate": True},
            {"reg_covar": 0},
            {"reg_covar": "auto"},
            {"covariance_type": "factor", "factor_model": "CCU"},
            {"covariance_type": "factor", "factor_model": "CUU"},
        ],
        ids=lambda settings: " ".join(map(str, settings)),
    )
    def test_settings(self, settings):
        rows, truth = needles()
        self.assert_found(searched(rows, **settings), rows, truth)

    def test_fixed_parameters_stay(self):
        rows, _ = needles()
        means = NEEDLES + 0.1
        estimator = searched(rows, fixed=("means",), means_init=means)
        np.testing.assert_array_equal(estimator.means_, means)

    @pytest.mark.parametrize(
        "settings",
        [
            {"fixed": "weights", "weights_init": [0.25] * 4},
            {"fixed": "means", "means_init": np.arange(8.0).reshape(4, 2)},
            {"fixed": "covariances", "precisions_init": [np.eye(2)] * 4},
            {"fixed": "covariances", "precisions_init": np.eye(2), "covariance_type": "tied"},
            {"equal_weights": True},
        ],
        ids=lambda settings: " ".join(map(str, settings)),
    )
    def test_parameters_stay_where_rows_are_too_few_for_so_many_components(self, settings):
        rows = np.random.default_rng(0).standard_normal((14, 2))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", mx.DegenerateComponentWarning)
            estimator = searched(rows, 4, **settings)
        if "fixed" in settings:
            (name,) = (name for name in settings if name.endswith("_init"))
            held = getattr(estimator, name.replace("init", ""))
            np.testing.assert_allclose(held, settings[name], rtol=1e-12)

    def test_no_iterations_give_the_search_itself(self):
        rows, truth = needles()
        self.assert_found(searched(rows, max_iter=0), rows, truth)

    def test_a_warm_start_goes_on_from_the_fit(self, monkeypatch):
        rows, truth = needles()
        estimator = searched(rows, warm_start=True)
        monkeypatch.setattr(Search, "__call__", None)
        self.assert_found(estimator.fit(rows), rows, truth)


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("n_components", [1, 2])
def test_few_components(effort, n_components):
    rows, _ = needles(60)
    mixture = searched(rows, n_components, effort=effort).mixture_
    assert mixture.weights.sum() == pytest.approx(1)
    if n_components == 1:
        np.testing.assert_allclose(mixture.means[0], rows.mean(axis=0), rtol=1e-9)


@pytest.mark.parametrize("effort", ["fast", "normal"])
@pytest.mark.parametrize("n_rows", [5, 6, 8])
def test_hardly_more_rows_than_components(n_rows, effort):
    """Every maximum is spurious, and the search ends with one all the same."""
    rows = np.random.default_rng(0).standard_normal((n_rows, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mx.DegenerateComponentWarning)
        mixture = searched(rows, 5, effort=effort).mixture_
    assert np.isfinite(mixture.log_prob(rows)).all()


def test_fewer_rows_than_components_are_refused():
    with pytest.raises(ValueError, match="n_samples"):
        searched(np.eye(3), 4)


def test_rows_that_are_there_several_times():
    rows = np.repeat(10 * np.eye(3), 20, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mx.DegenerateComponentWarning)
        labels = searched(rows, 3).predict(rows)
    assert len(set(labels)) == 3


@pytest.mark.parametrize("effort", ["fast", "normal"])
def test_rows_that_are_all_alike(effort):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mixture = searched(np.ones((30, 2)), 3, effort=effort).mixture_
    np.testing.assert_allclose(mixture.means, 1, rtol=1e-6)


def test_a_constant_column_changes_no_label():
    rows, truth = needles()
    wider = np.column_stack([rows, np.full(len(rows), 7.0)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mx.RegularizationWarning)
        warnings.simplefilter("ignore", mx.DegenerateComponentWarning)
        labels = searched(wider, effort="normal").predict(wider)
    assert adjusted_rand_score(truth, labels) > 0.95


@pytest.mark.parametrize("effort", ["fast", "normal"])
def test_the_same_seed_gives_the_same_bits_for_any_number_of_threads(effort):
    rows = data("iris")
    one, two = (
        searched(rows, 4, effort=effort, n_threads=n_threads, random_state=3).mixture_
        for n_threads in (1, 2)
    )
    for name in ("weights", "means", "covariances"):
        assert np.array_equal(getattr(one, name), getattr(two, name))


@settings(max_examples=8)
@given(generators, st.sampled_from(["full", "diag", "VEE", "factor"]), st.sampled_from([0, "auto"]))
def test_units_and_origins_change_no_label(rng, family, reg_covar):
    """Where each feature may be scaled by itself, within the family."""
    assert has_units(family)
    rows, _ = needles(90, seed=rng.integers(1000))
    units, shift = rng.permutation([1.0, 1e6]), rng.permutation([0.0, 1e3])
    found = searched(rows, covariance_type=family, reg_covar=reg_covar)
    moved = searched((rows + shift) * units, covariance_type=family, reg_covar=reg_covar)
    labels = moved.predict((rows + shift) * units)
    assert adjusted_rand_score(found.predict(rows), labels) == 1
    expected = found.lower_bound_ - np.log(units).sum()
    assert moved.lower_bound_ == pytest.approx(expected, abs=1e-6)


def test_weight_2_is_the_row_twice():
    """Draws differ, and the highest maximum is one."""
    rows, _ = needles()
    counts = np.random.default_rng(0).integers(0, 4, len(rows))
    weighted = searched(rows, sample_weight=counts, effort="normal")
    repeated = searched(np.repeat(rows, counts, axis=0), effort="normal")
    assert weighted.lower_bound_ == pytest.approx(repeated.lower_bound_, abs=1e-6)


def test_a_spurious_maximum_is_not_preferred():
    """Three rows nearly on a line have a higher likelihood than any cluster."""
    rng = np.random.default_rng(0)
    line = np.array([[3.0, 3], [3.5, 3.5], [4, 4]]) + 1e-3 * rng.standard_normal((3, 2))
    rows = np.concatenate([rng.standard_normal((60, 2)), rng.standard_normal((60, 2)) + 5, line])
    labels = np.r_[np.zeros(60), np.full(60, 1), np.full(3, 2)].astype(int)
    high = mx.GaussianMixture(3, responsibilities_init=labels, tol=1e-8, max_iter=500).fit(rows)
    ours = searched(rows, 3, effort="normal")
    steps = steps_for(rows, reg_covar=1e-6)
    assert not Candidate.of(high.mixture_, steps).is_admissible
    assert Candidate.of(ours.mixture_, steps).is_admissible
    assert ours.lower_bound_ < high.lower_bound_


@pytest.mark.parametrize("name", ["iris", "faithful", "wine"])
@pytest.mark.parametrize("family", ["full", "diag", "tied"])
@pytest.mark.parametrize("n_components", [2, 3])
def test_never_below_the_admissible_fit_of_the_default_start(name, family, n_components):
    rows = data(name)[:, :4]
    about = {"covariance_type": family, "reg_covar": "auto", "tol": 1e-8, "max_iter": 2000}
    plain = mx.GaussianMixture(n_components, random_state=0, **about).fit(rows)
    steps = steps_for(rows, family, reg_covar=1e-6 * rows.var(axis=0))
    if Candidate.of(plain.mixture_, steps).is_admissible:
        ours = searched(rows, n_components, effort="normal", **about)
        assert ours.lower_bound_ >= plain.lower_bound_ - 1e-5


class TestManyRows:
    def test_the_search_looks_at_a_sample_and_ends_on_all_rows(self, monkeypatch):
        rows, truth = needles(2**16)
        sampled, sizes = search_module.sampled, []

        def recorded(steps, n_components, n_rows, rng):
            fewer = sampled(steps, n_components, n_rows, rng)
            sizes.append(fewer.source.n_rows)
            return fewer

        monkeypatch.setattr(search_module, "sampled", recorded)
        estimator = searched(rows, max_iter=0)
        assert 2**12 < sizes[0] < 2**15
        assert adjusted_rand_score(truth, estimator.predict(rows)) > 0.95
        steps = steps_for(rows, reg_covar=1e-6, block_rows=2**14)
        again, _ = run(estimator.mixture_, steps, Stopping(0, 1), Watchers(()))
        assert_mixtures_close(again, estimator.mixture_, 1e-3)

    def test_weights_of_which_few_are_not_zero(self):
        rows, truth = needles(2**16)
        weights = np.zeros(len(rows))
        weights[:60] = 1
        estimator = searched(rows, sample_weight=weights, effort="normal")
        assert adjusted_rand_score(truth[:60], estimator.predict(rows[:60])) > 0.9
