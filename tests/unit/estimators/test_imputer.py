"""MixtureImputer: what it fills in, and scikit-learn's conventions beside SimpleImputer's."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

import mixtura as mx
from support.closeness import assert_close
from support.data import data

NAN = np.nan
WINE = data("wine scaled")[:, :4]
HOLES = np.where(np.random.default_rng(0).uniform(size=WINE.shape) < 0.2, NAN, WINE)
NAMES = ["a", "b", "c", "d"]
EMPTY_COLUMN = np.column_stack([HOLES[:, 0], np.full(len(WINE), NAN), HOLES[:, 1:3]])
INPUTS = {
    "complete": WINE,
    "holes": HOLES,
    "an empty column": EMPTY_COLUMN,
    "float32": HOLES.astype(np.float32),
}

pytestmark = pytest.mark.filterwarnings("ignore:.*[fF]eatures without any:UserWarning")


def test_one_feature_missing_is_linear_regression():
    """With one component and complete regressors, conditional means are least squares."""
    X = WINE.copy()
    X[::3, 2] = NAN
    seen = ~np.isnan(X[:, 2])
    others = np.delete(X, 2, axis=1)
    expected = LinearRegression().fit(others[seen], X[seen, 2]).predict(others[~seen])
    fitted = mx.GaussianMixture(reg_covar=0, tol=1e-12, max_iter=1000)
    filled = mx.MixtureImputer(fitted).fit_transform(X)
    assert_close(filled[~seen, 2], expected, 1e-6)
    np.testing.assert_array_equal(filled[seen], WINE[seen])


def test_it_fills_in_as_its_mixture_does():
    mixture = mx.GaussianMixture(3, random_state=0)
    imputer = mx.MixtureImputer(mixture).fit(HOLES)
    np.testing.assert_array_equal(imputer.transform(HOLES), mixture.fit(HOLES).impute(HOLES))
    np.testing.assert_array_equal(imputer.estimator_.means_, mixture.means_)


def test_draws_are_those_of_its_mixture():
    imputer = mx.MixtureImputer(sample_posterior=True, random_state=3).fit(HOLES)
    expected = imputer.estimator_.impute(HOLES, n_draws=1, random_state=3)[0]
    np.testing.assert_array_equal(imputer.transform(HOLES), expected)
    np.testing.assert_array_equal(imputer.transform(HOLES), expected)
    going_on = imputer.set_params(random_state=np.random.RandomState(3))
    np.testing.assert_array_equal(going_on.transform(HOLES), expected)
    assert (going_on.transform(HOLES) != expected).any()


@pytest.mark.parametrize("X", INPUTS.values(), ids=INPUTS)
@pytest.mark.parametrize("keep_empty_features", [False, True])
@pytest.mark.parametrize("add_indicator", [False, True])
class TestBesideSimpleImputer:
    """Everything but the filled-in values is SimpleImputer's."""

    @pytest.fixture
    def both(self, add_indicator, keep_empty_features):
        settings = {"add_indicator": add_indicator, "keep_empty_features": keep_empty_features}
        return mx.MixtureImputer(**settings), SimpleImputer(**settings)

    def test_columns(self, both, X, keep_empty_features):
        filled, theirs = (imputer.fit_transform(X) for imputer in both)
        assert filled.shape == theirs.shape
        assert filled.dtype == theirs.dtype
        assert np.isfinite(filled).all()
        empty = np.isnan(X).all(axis=0)
        kept = np.where(empty, 0, X) if keep_empty_features else X[:, ~empty]
        features, indicators = np.split(filled, [kept.shape[1]], axis=1)
        np.testing.assert_array_equal(np.where(np.isnan(kept), NAN, features), kept)
        np.testing.assert_array_equal(indicators, theirs[:, kept.shape[1] :])

    @pytest.mark.parametrize("input_features", [None, NAMES])
    def test_names(self, both, X, input_features):
        names, theirs = (each.fit(X).get_feature_names_out(input_features) for each in both)
        np.testing.assert_array_equal(names, theirs)

    @pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
    def test_frames(self, both, X, frame):
        table = frame(dict(zip(NAMES, X.T, strict=True)))
        library = "pandas" if frame is pd.DataFrame else "polars"
        ours, theirs = (each.set_output(transform=library).fit_transform(table) for each in both)
        assert list(ours.columns) == list(theirs.columns)
        assert type(ours) is type(theirs)
        np.testing.assert_array_equal(both[0].feature_names_in_, NAMES)
        plain = clone(both[0]).set_output(transform="default").fit_transform(X)
        assert_close(ours.to_numpy(), plain, 1e-6)


def test_a_feature_without_entries_is_filled_with_zeros_where_it_is_kept():
    settings = {"keep_empty_features": True, "add_indicator": True}
    imputer = mx.MixtureImputer(**settings).fit(EMPTY_COLUMN)
    filled = imputer.transform(HOLES)
    expected = SimpleImputer(**settings).fit(EMPTY_COLUMN).transform(HOLES)
    np.testing.assert_array_equal(filled[:, 1], expected[:, 1])
    np.testing.assert_array_equal(filled[:, 4:], expected[:, 4:])
    assert imputer.mixture_.n_features == 3
    assert imputer.n_features_in_ == 4


def test_leaving_features_out_warns_and_names_them():
    imputer = mx.MixtureImputer().fit(pd.DataFrame(EMPTY_COLUMN, columns=NAMES))
    with pytest.warns(UserWarning, match=r"left out: b\. keep_empty_features"):
        imputer.transform(pd.DataFrame(WINE, columns=NAMES))
    assert imputer.mixture_.feature_names == ("a", "c", "d")


@pytest.mark.parametrize("marker", [-1, 999.5, 0])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_another_marker_is_as_good_as_nan(marker, dtype):
    X = HOLES.astype(dtype)
    marked = np.where(np.isnan(X), marker, X).astype(dtype)
    imputer = mx.MixtureImputer(missing_values=marker, add_indicator=True)
    expected = mx.MixtureImputer(add_indicator=True).fit_transform(X)
    np.testing.assert_array_equal(imputer.fit_transform(marked), expected)
    assert not imputer.__sklearn_tags__().input_tags.allow_nan
    with pytest.raises(ValueError, match="NaN"):
        imputer.fit(X)


@pytest.mark.parametrize("missing_values", [NAN, pd.NA], ids=["nan", "NA"])
def test_nullable_columns(missing_values):
    counts = np.round(10 * HOLES)
    nullable = pd.DataFrame(counts, columns=NAMES).astype("Int64")
    filled = mx.MixtureImputer(missing_values=missing_values).fit_transform(nullable)
    np.testing.assert_array_equal(filled, mx.MixtureImputer().fit_transform(counts))


def test_a_weight_counts_rows():
    weights = np.random.default_rng(1).integers(0, 4, size=len(HOLES))
    X = HOLES.copy()
    X[weights > 0, 3] = NAN
    converged = mx.GaussianMixture(tol=1e-10, max_iter=500)
    weighted, repeated = (mx.MixtureImputer(converged, add_indicator=True) for _ in range(2))
    weighted.fit(X, sample_weight=weights)
    repeated.fit(np.repeat(X, weights, axis=0))
    assert_close(weighted.transform(X), repeated.transform(X), 1e-6)
    assert weighted.get_feature_names_out().tolist() == repeated.get_feature_names_out().tolist()


def test_in_a_pipeline_that_is_searched():
    labels = WINE[:, 0] > 0
    steps = make_pipeline(
        mx.MixtureImputer(mx.GaussianMixture(random_state=0)), LogisticRegression()
    )
    components = [1, 2]
    search = GridSearchCV(steps, {"mixtureimputer__estimator__n_components": components}, cv=3)
    search.fit(HOLES, labels)
    assert search.best_score_ > 0.8
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize(
    ("X", "sentence"),
    [
        ([[NAN, NAN], [NAN, NAN]], "X has no entry at all"),
        ([[1, np.inf], [2, NAN]], "infinity"),
        ([["a", NAN], ["b", NAN]], "could not convert"),
        ([[1, 2]], "minimum of 2"),
    ],
)
def test_what_cannot_be_fitted(X, sentence):
    with pytest.raises(ValueError, match=sentence):
        mx.MixtureImputer().fit(X)


def test_infinity_is_an_error_in_transform():
    imputer = mx.MixtureImputer().fit(HOLES)
    with pytest.raises(ValueError, match="infinity"):
        imputer.transform([[NAN, 0, 1, -np.inf]])


@pytest.mark.parametrize("settings", [{"estimator": LinearRegression()}, {"missing_values": "?"}])
def test_parameters_are_checked(settings):
    with pytest.raises(ValueError, match="parameter of MixtureImputer must be"):
        mx.MixtureImputer(**settings).fit(HOLES)
