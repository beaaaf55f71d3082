"""`partial_fit`: streams that stay, drift, lack entries, stop in files, and go on."""

import inspect
import json

import numpy as np
import pytest
from sklearn import config_context

import mixtura as mx
from mixtura.family import FAMILIES
from mixtura.files.model import load, save
from support.array_api import IS_ON, assert_passes_there, unless_on
from support.closeness import assert_close, assert_mixtures_close
from support.data import ROOT

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

TRUTH = mx.Mixture(
    [0.3, 0.3, 0.4],
    [[0, 0], [3, 1], [0, 3]],
    [[[1, 0.3], [0.3, 1]], [[1, 0], [0, 0.5]], [[0.5, 0], [0, 1]]],
)
by_family = pytest.mark.parametrize("family", [name for name in FAMILIES if name not in "EV"])


def rows_of(n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.permutation(TRUTH.sample(n, rng)[0])


def mixture_near_truth(covariance_type="spherical"):
    ones = {"spherical": np.ones(3), "full": np.tile(np.eye(2), (3, 1, 1))}[covariance_type]
    means = [[0.5, 0], [2, 1], [0, 2]]
    return mx.Mixture(np.full(3, 1 / 3), means, ones, covariance_type=covariance_type)


def streamed(rows, n_batches=10, weights=None, **settings):
    gm = mx.GaussianMixture(3, random_state=0, **settings)
    for part in np.array_split(np.arange(len(rows)), n_batches):
        own = None if weights is None else weights[part]
        gm.partial_fit(rows[part], sample_weight=own)
    return gm


def test_the_first_batch_is_fitted_as_fit_does():
    rows = rows_of(200)
    first = mx.GaussianMixture(3, random_state=0).partial_fit(rows)
    fitted = mx.GaussianMixture(3, random_state=0).fit(rows)
    assert_mixtures_close(first.mixture_, fitted.mixture_, 0)
    assert first.outcome_ is fitted.outcome_
    assert first.lower_bounds_ == fitted.lower_bounds_


@by_family
def test_a_stream_ends_near_the_fit_of_all_its_rows(family):
    rows = rows_of(20_000)
    settings = {"covariance_type": family, "mixture_init": mixture_near_truth()}
    stream = streamed(rows, 40, **settings)
    fit = mx.GaussianMixture(3, tol=1e-6, max_iter=500, **settings).fit(rows)
    assert stream.score(rows) > fit.score(rows) - 0.003


def test_many_rows_in_batches_are_as_likely_as_in_one_fit():
    rows = rows_of(100_000)
    start = mixture_near_truth("full")
    fit = mx.GaussianMixture(3, tol=1e-6, max_iter=500, mixture_init=start).fit(rows)
    assert streamed(rows, 100, mixture_init=start).score(rows) > fit.score(rows) - 1e-3


class TestDrift:
    """Two clusters that move to the right by 20 deviations."""

    def stream(self, **settings):
        rng = np.random.default_rng(0)
        gm = mx.GaussianMixture(2, random_state=0, **settings)
        for at in np.linspace(0, 20, 201):
            labels = rng.integers(2, size=200)
            gm.partial_fit(rng.standard_normal((200, 1)) + at + 8 * labels[:, None])
        return np.sort(gm.means_[:, 0])

    def test_is_followed_with_a_half_life(self):
        assert_close(self.stream(half_life=400), [20, 28], 1)

    def test_is_averaged_without(self):
        assert self.stream(step_exponent=1.0)[0] < 15


def test_attributes_tell_of_batches_and_rows():
    rows = rows_of(300)
    gm = streamed(rows, 3, weights=np.full(300, 2.0))
    assert (gm.n_iter_, gm.n_samples_fit_) == (3, 300)
    assert gm.outcome_ is mx.Outcome.STREAM
    assert not gm.converged_
    assert gm.history_[0].lower_bound == gm.lower_bound_ == gm.lower_bounds_[-1]
    assert len(gm.lower_bounds_) == 2


def test_the_lower_bound_is_the_mean_log_likelihood_of_each_batch_before_it_is_known():
    rows = rows_of(300)
    gm = mx.GaussianMixture(3, random_state=0, step_exponent=1.0).partial_fit(rows[:100])
    scores = [gm.score(rows[:100])]
    for batch in (rows[100:200], rows[200:]):
        scores.append(gm.score(batch))
        gm.partial_fit(batch)
    assert gm.lower_bound_ == pytest.approx(np.mean(scores), rel=1e-12)


@pytest.mark.parametrize("begins", ["partial_fit", "fit"])
def test_a_prior_counts_once_beside_all_rows_seen(begins):
    """With one component, nothing is latent: batches are as good as all rows at once."""
    rows = rows_of(60)
    for family in ("full", "tied", "diag", "spherical", "VEI"):
        settings = {"covariance_type": family, "step_exponent": 1.0, "reg_covar": 1e-3}
        prior = mx.Prior(mean=[1, 1], scale=2.0, shrinkage=3, dof=9)
        gm = mx.GaussianMixture(1, prior=prior, **settings)
        first, *others = np.split(rows, 4)
        getattr(gm, begins)(first)
        for batch in others:
            gm.partial_fit(batch)
        whole = mx.GaussianMixture(1, prior=prior, **settings).fit(rows)
        assert_mixtures_close(gm.mixture_, whole.mixture_, 1e-10)


def test_a_default_prior_comes_from_all_rows_before_the_batch():
    rows = rows_of(90)
    gm = mx.GaussianMixture(1, prior="default", step_exponent=1.0)
    gm.partial_fit(rows[:60]).partial_fit(rows[60:])
    before = rows[:60]
    prior = mx.Prior(mean=before.mean(axis=0), scale=np.cov(before.T))
    whole = mx.GaussianMixture(1, prior=prior).fit(rows)
    assert_mixtures_close(gm.mixture_, whole.mixture_, 1e-9)


@pytest.mark.parametrize("name", ["weights", "means", "covariances"])
def test_what_is_fixed_stays(name):
    given = {
        "weights": {"weights_init": [0.2, 0.3, 0.5]},
        "means": {"means_init": [[0, 0], [3, 1], [0, 3]]},
        "covariances": {"precisions_init": np.tile(np.eye(2), (3, 1, 1))},
    }[name]
    gm = streamed(rows_of(600), 4, fixed=name, **given)
    (value,) = given.values()
    assert_close(getattr(gm.mixture_, name), value, 1e-12)


def test_restrictions_hold_after_each_batch():
    assert_close(streamed(rows_of(600), equal_weights=True).weights_, np.full(3, 1 / 3), 1e-15)
    bounded = streamed(rows_of(600), max_eigenvalue_ratio=1.5)
    lengths = np.linalg.eigvalsh(bounded.covariances_)
    assert lengths.max() / lengths.min() < 1.5 * (1 + 1e-4)


def test_missing_entries_are_integrated_out():
    rows = rows_of(8000)
    rng = np.random.default_rng(1)
    holes = np.where(rng.random(rows.shape) < 0.2, np.nan, rows)
    holes[4000:4400, 0] = np.nan
    holes[4800:5200] = np.nan
    start = mixture_near_truth("full")
    gm = mx.GaussianMixture(3, mixture_init=start)
    for first in range(0, len(rows), 400):  # one batch without a feature, one without any entry
        gm.partial_fit(holes[first : first + 400])
    fit = mx.GaussianMixture(3, mixture_init=start, tol=1e-6, max_iter=500).fit(holes)
    assert gm.score(holes) > fit.score(holes) - 0.02
    assert gm.n_samples_fit_ == fit.n_samples_fit_


def test_batches_without_a_row_that_counts_change_nothing():
    rows = rows_of(100)
    gm = mx.GaussianMixture(3, random_state=0).partial_fit(rows).partial_fit(rows + 0.1)
    before, n_iter = gm.mixture_, gm.n_iter_
    for batch, weights in (
        (np.full((4, 2), np.nan), None),
        (rows, np.zeros(100)),
        (np.empty((0, 2)), None),
    ):
        gm.partial_fit(batch, sample_weight=weights)
    assert gm.mixture_ is before
    assert gm.n_iter_ == n_iter


def test_one_row_is_a_batch():
    rows = rows_of(120)
    gm = mx.GaussianMixture(3, random_state=0).partial_fit(rows[:100])
    for row in rows[100:]:
        gm.partial_fit(row[None])
    assert gm.n_samples_fit_ == 120
    assert np.isfinite(gm.score(rows))


def test_units_of_features_change_nothing():
    rows, units = rows_of(1000), np.array([1e6, 1e-3])
    plain, scaled = (
        streamed(each, reg_covar="auto", init_params="hierarchical")
        for each in (rows, rows * units)
    )
    assert_close(scaled.means_ / units, plain.means_, 1e-6)
    assert_close(scaled.covariances_ / np.outer(units, units), plain.covariances_, 1e-6)


def test_it_goes_on_from_a_fit():
    rows = rows_of(2000)
    fit = mx.GaussianMixture(1, step_exponent=1.0, reg_covar=0).fit(rows[:1500])
    fit.partial_fit(rows[1500:])
    whole = mx.GaussianMixture(1, reg_covar=0).fit(rows)
    assert_mixtures_close(fit.mixture_, whole.mixture_, 1e-10)  # 1500 rows count beside 500


def test_it_goes_on_from_the_weight_of_a_fit():
    rows = rows_of(300)
    weights = np.full(200, 3.0)
    settings = {"step_exponent": 1.0, "reg_covar": 0}
    fit = mx.GaussianMixture(1, **settings).fit(rows[:200], sample_weight=weights)
    fit.partial_fit(rows[200:])
    whole = mx.GaussianMixture(1, **settings).fit(rows, sample_weight=[*weights, *np.ones(100)])
    assert_mixtures_close(fit.mixture_, whole.mixture_, 1e-10)


def test_fit_begins_anew():
    rows = rows_of(400)
    gm = streamed(rows).fit(rows)
    fit = mx.GaussianMixture(3, random_state=0).fit(rows)
    assert_mixtures_close(gm.mixture_, fit.mixture_, 0)
    assert_mixtures_close(gm.partial_fit(rows + 1).mixture_, fit.partial_fit(rows + 1).mixture_, 0)


@by_family
def test_a_stream_goes_on_from_a_file_to_the_same_bits(family, tmp_path):
    rows = rows_of(900)
    settings = {"covariance_type": family, "mixture_init": mixture_near_truth()}
    gm = streamed(rows[:600], 6, half_life=500, **settings)
    save(gm, tmp_path / "model.json")
    back = load(tmp_path / "model.json")
    for batch in np.split(rows[600:], 3):
        gm.partial_fit(batch)
        back.partial_fit(batch)
    for name in ("weights", "means", "covariances"):
        assert np.array_equal(getattr(back.mixture_, name), getattr(gm.mixture_, name))
    assert back.lower_bounds_ == gm.lower_bounds_
    assert (back.n_iter_, back.n_samples_fit_) == (gm.n_iter_, gm.n_samples_fit_)


def test_a_stream_of_another_shape_in_a_file_is_refused(tmp_path):
    path = tmp_path / "model.json"
    save(streamed(rows_of(300), reg_covar="auto"), path)
    record = json.loads(path.read_text())
    stream = record["fit"]["stream"]
    for name, wrong in (
        ("counts", [1, 2]),
        ("scatter", [[1, 2]] * 3),
        ("seen", -1),
        ("reg_covar", [1, 2, 3]),
        ("n_steps", 1.5),
        ("log_likelihood", "?"),
    ):
        record["fit"]["stream"] = {**stream, name: wrong}
        path.write_text(json.dumps(record))
        with pytest.raises(mx.ModelFileError):
            load(path)


def test_files_of_streams_keep_to_the_schema(tmp_path):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "src/mixtura/files/model.schema.json").read_text())
    for family in ("full", "tied", "diag", "spherical", "factor"):
        save(streamed(rows_of(300), covariance_type=family, reg_covar="auto"), tmp_path / "m.json")
        jsonschema.validate(json.loads((tmp_path / "m.json").read_text()), schema)


def test_names_of_features_are_kept_and_checked():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(rows_of(200), columns=["a", "b"])
    gm = mx.GaussianMixture(3, random_state=0).partial_fit(frame[:100]).partial_fit(frame[100:])
    assert gm.mixture_.feature_names == ("a", "b")
    with pytest.raises(ValueError, match="feature names"):
        gm.partial_fit(frame.rename(columns={"b": "c"}))


def test_float32_rows_give_float32_answers():
    rows = rows_of(600).astype(np.float32)
    gm, double = streamed(rows), streamed(rows.astype(np.float64))
    assert gm.means_.dtype == np.float32
    assert_close(gm.means_, double.means_, 1e-3)


@pytest.mark.skipif(not IS_ON, reason="arrays of other libraries come as NumPy's")
def test_rows_of_other_libraries_stay_there():
    strict = pytest.importorskip("array_api_strict")
    rows = rows_of(600)
    with config_context(array_api_dispatch=True):
        gm = mx.GaussianMixture(3, random_state=0)
        for batch in np.split(rows, 6):
            gm.partial_fit(strict.asarray(batch))
        assert gm.means_.__array_namespace__().__name__ == strict.__name__
        means = np.asarray(gm.mixture_.means)
    assert_close(means, streamed(rows, 6).means_, 1e-8)


@unless_on
def test_rows_of_other_libraries_where_they_are_taken():
    assert_passes_there(__file__, "other_libraries_stay")


def test_what_is_wrong_is_told():
    rows = rows_of(100)
    with pytest.raises(ValueError, match="n_components = 3, n_samples = 2"):
        mx.GaussianMixture(3).partial_fit(rows[:2])
    gm = mx.GaussianMixture(2, random_state=0).partial_fit(rows)
    with pytest.raises(ValueError, match="1 features"):
        gm.partial_fit(rows[:, :1])
    with pytest.raises(ValueError, match="infinity"):
        gm.partial_fit([[np.inf, 0]])
    with pytest.raises(ValueError, match="call fit to begin anew"):
        gm.set_params(n_components=3).partial_fit(rows)
    with pytest.raises(ValueError, match="step_exponent"):
        mx.GaussianMixture(2, step_exponent=0.5).partial_fit(rows)
    with pytest.raises(TypeError, match="in memory"):
        mx.GaussianMixture(2).partial_fit(mx.scan([rows]))


def test_a_batch_that_fails_leaves_the_stream_as_it_was():
    rows = rows_of(100)
    gm = mx.GaussianMixture(2, random_state=0).partial_fit(rows)
    before = gm.mixture_
    with pytest.raises(ValueError, match="Negative values"):
        gm.partial_fit(rows, sample_weight=-np.ones(100))
    assert gm.mixture_ is before


def test_weights_are_routed():
    gm = mx.GaussianMixture(2)
    with config_context(enable_metadata_routing=True):
        gm.set_partial_fit_request(sample_weight=True)
        assert gm.get_metadata_routing().partial_fit.requests == {"sample_weight": True}


def test_only_the_gaussian_mixture_learns_from_streams():
    others = [each for _, each in inspect.getmembers(mx, inspect.isclass) if hasattr(each, "fit")]
    assert [each for each in others if hasattr(each, "partial_fit")] == [mx.GaussianMixture]


def test_the_history_of_a_long_stream_is_bounded():
    rng = np.random.default_rng(0)
    gm = mx.GaussianMixture(1)
    for _ in range(1010):
        gm.partial_fit(rng.standard_normal((5, 1)))
    assert gm.n_iter_ == 1010
    assert len(gm.lower_bounds_) == 1000
