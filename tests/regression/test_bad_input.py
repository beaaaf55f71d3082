"""Bad input gets a clear sentence or a right answer; nothing crashes, hangs or returns NaN."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

import mixtura as mx
from mixtura.family import FAMILIES
from support.letters import BALLS

COLLAPSED = "some components have ill-defined empirical covariance"
QUERIES = ["predict", "predict_proba", "score_samples", "score", "bic", "aic", "icl"]

families = pytest.mark.parametrize("family", FAMILIES)


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(size=(60, 2)), rng.normal(6, 1, size=(40, 2))])


def assert_sound(model):
    mixture = model.mixture_
    assert np.isfinite(mixture.means).all()
    assert (mixture.storage.variances() > 0).all()
    assert np.isfinite(mixture.covariances).all()
    assert mixture.weights.sum() == pytest.approx(1)
    assert np.isfinite(model.lower_bound_)


@pytest.mark.parametrize(
    ("X", "sentence"),
    [
        (np.empty((0, 2)), "0 sample"),
        (np.empty((5, 0)), "0 feature"),
        ([[1.0, 2.0]], "1 sample"),
        ([1.0, 2.0, 3.0], "Expected 2D array"),
        ([["a", "b"], ["c", "d"]], "could not convert string to float"),
        ([[1.0, np.nan], [0.0, np.nan]], "Column 1 of X has no entry at all"),
        ([[1.0, np.inf], [0.0, 1.0]], "infinity"),
        ([[1.0, -np.inf], [0.0, 1.0]], "infinity"),
        (np.array([[1 + 2j, 1], [1, 2]]), "Complex data"),
    ],
)
def test_rows_that_cannot_be_fitted(X, sentence):
    with pytest.raises(ValueError, match=sentence):
        mx.GaussianMixture().fit(X)


@pytest.mark.parametrize("query", QUERIES)
def test_every_method_refuses_the_wrong_width(rows, query):
    model = mx.GaussianMixture(2, random_state=0).fit(rows)
    with pytest.raises(ValueError, match="X has 3 features, but GaussianMixture is expecting 2"):
        getattr(model, query)([[0.0, 1.0, 2.0]])


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        (np.r_[-1.0, np.ones(99)], "Negative values"),
        (np.zeros(100), "zero"),
        (np.r_[np.nan, np.ones(99)], "NaN"),
        (np.ma.masked_less(np.arange(100.0), 1), "NaN"),
        ([None] + 99 * [1.0], "NaN"),
        (np.r_[np.inf, np.ones(99)], "infinity"),
        (np.ones(99), r"expected \(100,\)"),
        (np.ones((100, 2)), "1D"),
    ],
)
def test_weights_that_cannot_be_used(rows, weights, sentence):
    with pytest.raises(ValueError, match=sentence):
        mx.GaussianMixture(2).fit(rows, sample_weight=weights)
    model = mx.GaussianMixture(2, random_state=0).fit(rows)
    with pytest.raises(ValueError, match=sentence):
        model.score(rows, sample_weight=weights)


@pytest.mark.parametrize(
    "settings",
    [
        {"covariance_type": "fulll"},
        {"init_params": "magic"},
        {"n_components": 0},
        {"n_components": 1.5},
        {"tol": -1},
        {"reg_covar": -1},
        {"max_iter": -1},
        {"n_init": 0},
        {"random_state": "today"},
        {"mixture_init": "mixture"},
    ],
)
def test_unknown_options(rows, settings):
    (name,) = settings
    with pytest.raises(ValueError, match=f"The '{name}' parameter of GaussianMixture must be"):
        mx.GaussianMixture(**settings).fit(rows)


def test_more_components_than_rows(rows):
    with pytest.raises(ValueError, match="Expected n_samples >= n_components"):
        mx.GaussianMixture(5).fit(rows[:4])


@families
def test_more_components_than_distinct_rows(rows, family):
    X = np.repeat(rows[:3], 5, axis=0)
    with pytest.raises(ValueError, match=COLLAPSED):
        mx.GaussianMixture(5, covariance_type=family, reg_covar=0, random_state=0).fit(X)
    model = mx.GaussianMixture(5, covariance_type=family, random_state=0)
    with pytest.warns(mx.DegenerateComponentWarning, match="collapsed"):
        model.fit(X)
    assert_sound(model)


@families
@pytest.mark.filterwarnings("ignore::mixtura.DegenerateComponentWarning")
def test_all_rows_equal(family):
    X = np.full((20, 3), 0.1)
    model = mx.GaussianMixture(2, covariance_type=family, random_state=0).fit(X)
    assert_sound(model)
    with pytest.raises(ValueError, match=COLLAPSED):
        mx.GaussianMixture(2, covariance_type=family, reg_covar=0, random_state=0).fit(X)


@families
@pytest.mark.parametrize("constant", [0.0, 0.1, 1e8])
def test_a_constant_column(rows, family, constant):
    X = np.column_stack([rows, np.full(len(rows), constant)])
    model = mx.GaussianMixture(2, covariance_type=family, random_state=0).fit(X)
    assert_sound(model)
    np.testing.assert_allclose(model.means_[:, 2], constant)
    if family in {"full", "tied", "diag", "EEI", "EEV"}:
        np.testing.assert_allclose(model.mixture_.storage.variances()[:, 2], 1e-6, rtol=1e-6)
    if family not in BALLS:
        with pytest.raises(ValueError, match=COLLAPSED):
            mx.GaussianMixture(2, covariance_type=family, reg_covar=0, random_state=0).fit(X)


@families
def test_duplicate_rows_are_rows_twice(rows, family):
    start = mx.GaussianMixture(2, covariance_type=family, random_state=0).fit(rows).mixture_
    once, twice = (
        mx.GaussianMixture(2, covariance_type=family, mixture_init=start).fit(X)
        for X in (rows, np.repeat(rows, 2, axis=0))
    )
    np.testing.assert_allclose(once.means_, twice.means_, rtol=1e-10)
    np.testing.assert_allclose(once.covariances_, twice.covariances_, rtol=1e-10)


def test_a_component_that_collapses_is_repaired_and_the_fit_goes_on(rows):
    # The first component begins on one row, far from all others: it keeps that row alone.
    X = np.concatenate([rows, [[1000.0, 1000.0]]])
    labels = np.r_[np.full(60, 0), np.full(40, 1), 2]
    model = mx.GaussianMixture(3, reg_covar=0, responsibilities_init=labels)
    with pytest.warns(mx.DegenerateComponentWarning, match=r"Components \[2\] collapsed"):
        model.fit(X)
    assert_sound(model)
    assert model.history_[0].repairs[0] == (0, (2,))


def test_restarts_that_fail_do_not_end_the_fit(rows):
    labels = np.r_[np.zeros(60, int), np.ones(40, int)]
    halves = np.full((100, 2), 0.5)
    starts = iter([None, labels, None, halves])

    def start(X, rng):
        proposal = next(starts)
        if proposal is None:
            raise mx.DegenerateFitError
        return proposal

    model = mx.GaussianMixture(2, init_params=start, n_init=4, random_state=0).fit(rows)
    assert_sound(model)
    outcomes = [trace.outcome for trace in model.history_]
    assert outcomes[::2] == [mx.Outcome.DEGENERATE] * 2
    assert model.outcome_ is mx.Outcome.CONVERGED


def test_when_every_restart_fails_the_error_is_that_of_scikit_learn(rows):
    # A row for each component has no extent, and without reg_covar none to be given.
    model = mx.GaussianMixture(2, reg_covar=0, init_params="random_from_data", n_init=3)
    with pytest.raises(mx.DegenerateFitError, match=COLLAPSED):
        model.fit(rows)


def test_reg_covar_that_overwhelms_a_column_warns(rows):
    with pytest.warns(mx.RegularizationWarning, match="column 1"):
        mx.GaussianMixture(2, random_state=0).fit(rows * [1, 1e-3])


@families
@pytest.mark.parametrize("scale", [1e-150, 1e-100, 1e100, 1e150])
@pytest.mark.parametrize("reg", [0])
def test_extreme_scales(rows, family, scale, reg):
    labels = np.r_[np.zeros(60, int), np.ones(40, int)]
    settings = {
        "covariance_type": family,
        "reg_covar": reg,
        "responsibilities_init": labels,
        "tol": 1e-10,
    }
    plain = mx.GaussianMixture(2, **settings).fit(rows)
    scaled = mx.GaussianMixture(2, **settings).fit(rows * scale)
    np.testing.assert_allclose(scaled.means_ / scale, plain.means_, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(scaled.predict(rows * scale), plain.predict(rows))
    np.testing.assert_allclose(
        scaled.lower_bound_, plain.lower_bound_ - 2 * np.log(scale), rtol=1e-10
    )


@families
def test_offset(rows, family):
    labels = np.r_[np.zeros(60, int), np.ones(40, int)]
    settings = {"covariance_type": family, "reg_covar": 0, "responsibilities_init": labels}
    shifted = rows + 1e8
    exact = shifted - 1e8  # what the rounding of the offset left of the rows
    plain = mx.GaussianMixture(2, **settings).fit(exact)
    far = mx.GaussianMixture(2, **settings).fit(shifted)
    np.testing.assert_allclose(far.covariances_, plain.covariances_, rtol=1e-7)
    np.testing.assert_allclose(far.lower_bound_, plain.lower_bound_, rtol=1e-9)


@families
def test_a_start_far_from_the_rows_loses_no_digits(rows, family):
    # Moments of rows at 1e8 about means at 0 are raw moments: a second pass takes them again.
    X = rows + 1e8
    means = np.array([[0.0, 0.0], [1e7, 1e7]])
    far, near = (
        mx.Mixture([0.5, 0.5], means - shift, [1e16, 1e16], covariance_type="spherical")
        for shift in (0, 1e8)
    )
    settings = {"covariance_type": family, "reg_covar": 0, "max_iter": 1}
    with pytest.warns(ConvergenceWarning):
        from_far = mx.GaussianMixture(2, mixture_init=far, **settings).fit(X)
    with pytest.warns(ConvergenceWarning):
        from_near = mx.GaussianMixture(2, mixture_init=near, **settings).fit(X - 1e8)
    np.testing.assert_allclose(from_far.covariances_, from_near.covariances_, rtol=1e-6)


@pytest.mark.parametrize("dtype", [int, np.int8, np.uint16, bool, np.float16, np.float32, object])
def test_other_number_types(rows, dtype):
    X = (rows * 3).astype(int) % 7 + np.arange(100)[:, None] % 3
    model = mx.GaussianMixture(2, random_state=0).fit(X.astype(dtype))
    assert_sound(model)
    assert model.means_.dtype == (np.float32 if dtype == np.float32 else np.float64)


def test_unfitted(rows):
    for query in QUERIES:
        with pytest.raises(ValueError, match="is not fitted yet"):
            getattr(mx.GaussianMixture(), query)(rows)
    with pytest.raises(AttributeError):
        _ = mx.GaussianMixture().means_


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"responsibilities_init": np.zeros(99)}, "must have shape"),
        ({"responsibilities_init": np.full(100, 2)}, "labels from 0 to"),
        ({"responsibilities_init": np.full(100, 0.5)}, "labels from 0 to"),
        ({"responsibilities_init": np.full((100, 2), 0.4)}, "summing to 1"),
        ({"responsibilities_init": np.full((100, 2), [-1, 2])}, "not negative"),
        ({"init_params": lambda X, rng: np.zeros(3)}, "init_params must have shape"),
        ({"mixture_init": mx.Mixture([1.0], [[0, 0]], [[[1, 0], [0, 1]]])}, "2 components"),
    ],
)
def test_starts_that_cannot_be_used(rows, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        mx.GaussianMixture(2, **settings).fit(rows)


def test_a_mixture_to_begin_from_excludes_parts_of_one(rows):
    mixture = mx.GaussianMixture(2, random_state=0).fit(rows).mixture_
    with pytest.raises(ValueError, match="mixture_init gives weights, means and covariances"):
        mx.GaussianMixture(2, mixture_init=mixture, means_init=mixture.means).fit(rows)


@pytest.mark.parametrize("place", [3.0, 6.0])
def test_rows_all_alike_among_others_end_in_the_error_of_scikit_learn(rows, place):
    # Without reg_covar, a component settles on the equal rows again and again.
    X = np.concatenate([rows[:60], np.full((30, 2), place)])
    model = mx.GaussianMixture(2, reg_covar=0, max_iter=10_000, random_state=0)
    with pytest.raises(mx.DegenerateFitError, match=COLLAPSED):
        model.fit(X)


def test_a_failed_refit_leaves_no_estimator_that_reads_beyond_its_mixture(rows):
    model = mx.GaussianMixture(2, random_state=0).fit(rows)
    with pytest.raises(ValueError, match="Negative values"):
        model.fit(rows[:, :1], sample_weight=-np.ones(100))
    with pytest.raises(ValueError, match="fitted mixture has 2"):
        model.score_samples(rows[:, :1])


def test_a_failed_first_fit_is_no_fit(rows):
    model = mx.GaussianMixture(2)
    with pytest.raises(ValueError, match="Negative values"):
        model.fit(rows, sample_weight=-np.ones(100))
    with pytest.raises(ValueError, match="is not fitted yet"):
        model.predict(rows)


@families
def test_a_constant_column_far_from_0_has_the_extent_that_reg_covar_gives(rows, family):
    X = np.column_stack([np.full(len(rows), 2.0**44), rows])
    model = mx.GaussianMixture(2, covariance_type=family, random_state=0).fit(X)
    assert_sound(model)


def test_a_start_cannot_write_to_the_rows(rows):
    def vandal(X, rng):
        X *= 0

    with pytest.raises(ValueError, match="read-only"):
        mx.GaussianMixture(2, init_params=vandal).fit(rows)


def test_fitted_arrays_are_the_callers_own(rows):
    model = mx.GaussianMixture(2, random_state=0).fit(rows)
    means = model.means_
    means.sort(axis=0)
    np.testing.assert_array_equal(model.means_, model.mixture_.means)


def test_with_no_iterations_a_mixture_must_have_the_covariances_asked_for(rows):
    mixture = mx.GaussianMixture(2, random_state=0).fit(rows).mixture_
    with pytest.raises(ValueError, match="With max_iter=0 mixture_init is the result"):
        mx.GaussianMixture(2, covariance_type="diag", mixture_init=mixture, max_iter=0).fit(rows)


def test_warnings_point_to_the_users_line(rows):
    for method in ("fit", "fit_predict"):
        with pytest.warns(ConvergenceWarning) as caught:
            getattr(mx.GaussianMixture(2, max_iter=1, tol=0), method)(rows)
        assert caught[0].filename == __file__


@pytest.mark.parametrize("frame", ["pandas", "polars", "pyarrow"])
def test_a_mixture_takes_columns_by_name(frame):
    library = pytest.importorskip(frame)
    mixture = mx.Mixture([1], [[0, 100]], [[[1, 0], [0, 1]]], feature_names=["a", "b"])
    make = library.table if frame == "pyarrow" else library.DataFrame
    X = make({"word": ["x"], "b": [100.0], "a": [0.0]})
    np.testing.assert_allclose(mixture.log_prob(X), mixture.log_prob([[0, 100]]))
    with pytest.raises(ValueError, match="X has no column 'a'"):
        mixture.log_prob(make({"b": [1.0], "c": [2.0]}))


def test_odd_rows_of_a_mixture():
    mixture = mx.Mixture([1], [[0, 0]], [[[1, 0], [0, 1]]])
    with pytest.raises(ValueError, match="complex"):
        mixture.log_prob(np.ones((1, 2)) * 1j)
    with pytest.raises(TypeError):
        mixture.marginal([True, False])
    with pytest.raises(TypeError):
        mixture.sample(2.7, rng=0)


@pytest.mark.parametrize("threads", ["4,2", "auto", "99999999", "0", ""])
def test_odd_numbers_of_threads_in_the_environment(rows, monkeypatch, threads):
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    monkeypatch.delenv("MIXTURA_NUM_THREADS", raising=False)
    assert_sound(mx.GaussianMixture(2, random_state=0).fit(rows))


def test_the_number_of_threads_is_a_setting_that_changes_no_bit(rows):
    X = np.repeat(rows, 300, axis=0)
    fits = [mx.GaussianMixture(2, random_state=0, n_threads=n).fit(X) for n in (1, 2, 5)]
    for other in fits[1:]:
        np.testing.assert_array_equal(other.covariances_, fits[0].covariances_)


def test_warnings_find_their_way_out_of_code_without_a_module():
    rows = [[0.0], [1e-3], [2e-3]]
    with pytest.warns(mx.RegularizationWarning):
        exec("mx.GaussianMixture(reg_covar=1.0).fit(rows)", {"mx": mx, "rows": rows})
