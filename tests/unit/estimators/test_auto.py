"""AutoGaussianMixture: its table, what it refuses, and how it is saved."""

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import KFold

import mixtura as mx
from mixtura.em.search import effort
from mixtura.selection import select
from support.data import data

SCHEMA = json.loads((files("mixtura.files") / "model.schema.json").read_text())
FAITHFUL = data("faithful")
CENTRES = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]])
ROWS = CENTRES[np.arange(120) % 3] + np.random.default_rng(0).normal(size=(120, 2))

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def auto(n_components=(1, 2, 3, 4), **settings):
    settings = {"covariance_types": ["EII", "EEE", "VVV"], "random_state": 0} | settings
    return mx.AutoGaussianMixture(n_components, **settings)


def test_the_table_is_sorted_and_whole():
    chosen = auto().fit(ROWS)
    table = chosen.table_
    assert table.columns.tolist() == [
        *("n_components", "covariance_type", "log_likelihood", "n_parameters", "bic", "aic", "icl"),
        *("n_iter", "converged", "admissible", "status", "reason"),
    ]
    assert len(table) == 12
    assert table[table.admissible].bic.is_monotonic_increasing
    assert chosen.best_params_ == {"n_components": 3, "covariance_type": "EII"}
    assert chosen.criterion_ == table.bic[0]
    best = chosen.best_estimator_
    for name in ("bic", "aic", "icl"):
        assert getattr(best, name)(ROWS) == pytest.approx(table[name][0], rel=1e-12)
        assert getattr(chosen, name)(ROWS) == pytest.approx(table[name][0], rel=1e-12)
    assert best.score(ROWS) * len(ROWS) == pytest.approx(table.log_likelihood[0], rel=1e-12)
    np.testing.assert_array_equal(chosen.predict(ROWS), best.predict(ROWS))
    assert chosen.converged_
    assert chosen.n_iter_ == table.n_iter[0]


@pytest.mark.parametrize("criterion", ["bic", "aic", "icl", "cv"])
def test_the_criterion_is_what_is_best(criterion):
    chosen = auto(criterion=criterion, effort="fast").fit(ROWS)
    values = chosen.table_[chosen.table_.admissible][criterion].dropna()
    best = values.max() if criterion == "cv" else values.min()
    assert chosen.criterion_ == values.iloc[0] == best
    assert chosen.best_params_["n_components"] == 3


def test_held_out_rows_are_scored_by_fits_to_the_others():
    folds = list(KFold(4).split(ROWS))
    one = {"n_components": 1, "covariance_types": "VVV"}
    chosen = auto(**one, criterion="cv", cv=folds).fit(ROWS)
    scores = [
        mx.GaussianMixture(reg_covar=0).fit(ROWS[train]).score(ROWS[test]) for train, test in folds
    ]
    assert chosen.criterion_ == pytest.approx(np.mean(scores), rel=1e-9)


def test_a_number_and_a_name_are_one_cell():
    chosen = auto(3, covariance_types="full").fit(ROWS)
    assert len(chosen.table_) == 1
    assert chosen.best_estimator_.covariances_.shape == (3, 2, 2)


def test_one_feature_has_two_families():
    chosen = auto(range(1, 3), covariance_types="all").fit(FAITHFUL[:, :1])
    assert sorted(chosen.table_.covariance_type.unique()) == ["E", "V"]


def test_scikit_learns_families_and_factor_analyzers():
    chosen = auto(2, covariance_types="sklearn").fit(ROWS)
    assert set(chosen.table_.covariance_type) == {"full", "tied", "diag", "spherical"}
    X = data("iris")
    table = auto(2, covariance_types=["diag", "factor", "full"]).fit(X).table_
    found = table.set_index("covariance_type").log_likelihood
    assert found["diag"] < found["factor"] < found["full"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"n_components": 0}, "positive integer"),
        ({"n_components": []}, "positive integer"),
        ({"n_components": [1, 2.5]}, "positive integer"),
        ({"n_components": "3"}, "positive integer"),
        ({"n_components": True}, "positive integer"),
        ({"n_components": iter([1, 2])}, "positive integer"),
        ({"covariance_types": "round"}, "names of families"),
        ({"covariance_types": []}, "names of families"),
        ({"n_components": [900, 800]}, "n_components = 800, n_samples = "),
        ({"covariance_types": ["VVV", 3]}, "names of families"),
        ({"covariance_types": ["VVV", "full"]}, "which are one family"),
        ({"covariance_types": "V"}, "for one feature"),
        ({"covariance_types": ["factor"], "n_factors": 2}, "fewer|less than"),
        ({"criterion": "BIC"}, "criterion"),
        ({"criterion": "cv", "cv": 1}, "cv"),
    ],
)
def test_mistakes_are_told(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        auto(**settings).fit(ROWS)


def test_cells_that_cannot_be_fitted_are_shown_as_failed():
    X = np.random.default_rng(0).normal(size=(6, 3))
    with pytest.warns(mx.DegenerateComponentWarning, match="No fit is admissible"):
        table = auto((1, 2, 7), covariance_types=["EII", "VVV"]).fit(X).table_
    cells = table.set_index(["covariance_type", "n_components"])
    assert cells.reason["EII", 7] == "there are only 6 rows"
    assert cells.status["VVV", 2] == "failed"
    assert np.isnan(cells.bic["VVV", 2])
    assert cells.status["EII", 1] == "fitted"
    assert table.status.tolist() == sorted(table.status, key=["fitted", "failed"].index)


def test_nothing_to_fit_is_scikit_learns_error():
    with pytest.raises(ValueError, match="ill-defined empirical covariance"):
        auto(1).fit(np.ones((5, 2)))


def test_families_that_cannot_win_stop_unless_told_otherwise():
    X, families = data("iris"), ["VEV", "VVV"]
    table = auto(range(1, 6), covariance_types=families, effort="fast").fit(X).table_
    whole = auto(range(1, 6), covariance_types=families, effort="fast", stop_early=False).fit(X)
    stopped = table[table.status == "stopped"]
    assert set(stopped.covariance_type) == {"VVV"}
    assert stopped.reason.str.contains("bic rose 2 times").all()
    assert (whole.table_.status == "fitted").all()
    assert whole.best_params_ == {
        name: table[name].iloc[0] for name in ("n_components", "covariance_type")
    }


def test_spurious_fits_are_shown_and_not_chosen():
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(100, 2)), [3, 3] + 1e-3 * rng.normal(size=(4, 2))])
    table = auto((1, 2), covariance_types=["VVV"], effort="best").fit(X).table_
    assert table.admissible[0]
    few = table[~table.admissible]
    assert few.reason.str.contains("have fewer than 6 rows").all()


@pytest.mark.parametrize("criterion", ["bic", "cv"])
def test_missing_entries_weights_names_and_float32(criterion):
    rng = np.random.default_rng(0)
    holes = np.where(rng.random(ROWS.shape) < 0.2, np.nan, ROWS).astype(np.float32)
    frame = pd.DataFrame(holes, columns=["a", "b"])
    chosen = auto((2, 3), criterion=criterion, effort="fast")
    chosen.fit(frame, sample_weight=np.repeat([1.0, 2.0], 60))
    assert chosen.best_params_["n_components"] == 3
    assert chosen.feature_names_in_.tolist() == ["a", "b"]
    assert chosen.mixture_.feature_names == ("a", "b")
    assert chosen.means_.dtype == np.float32
    assert not np.isnan(chosen.impute(frame)).any()


@pytest.mark.parametrize("names", [None, ["a", "b"]])
def test_it_comes_back_from_its_file(tmp_path, names):
    X = ROWS if names is None else pd.DataFrame(ROWS, columns=names)
    chosen = auto(range(1, 4), prior="default", effort="fast").fit(X)
    mx.save(chosen, tmp_path / "m.json")
    record = json.loads((tmp_path / "m.json").read_text())
    jsonschema.validate(record, SCHEMA)
    loaded = mx.load(tmp_path / "m.json")
    assert type(loaded) is mx.AutoGaussianMixture
    pd.testing.assert_frame_equal(loaded.table_, chosen.table_)
    assert loaded.best_params_ == chosen.best_params_
    assert loaded.criterion_ == chosen.criterion_
    np.testing.assert_array_equal(loaded.predict_proba(X), chosen.predict_proba(X))
    assert clone(loaded).fit(X).best_params_ == chosen.best_params_


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("n_components", 2, "not that of its mixture"),
        ("bic", "low", "bic of a cell"),
        ("n_components", True, "n_components of a cell"),
        ("hidden", 1, "hidden"),
    ],
)
def test_a_changed_table_is_refused(tmp_path, name, value, sentence):
    mx.save(auto(3, effort="fast").fit(ROWS), tmp_path / "m.json")
    record = json.loads((tmp_path / "m.json").read_text())
    record["fit"]["selection"]["table"][0][name] = value
    (tmp_path / "m.json").write_text(json.dumps(record))
    with pytest.raises(mx.ModelFileError, match=sentence):
        mx.load(tmp_path / "m.json")


def test_verbose_tells_of_each_cell(capsys):
    auto((1, 30), covariance_types=["EII"], verbose=1).fit(ROWS[:20])
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "2 cells, by bic"
    assert out[-1] == "best: EII, 1"
    assert any("EII, 30: failed, there are only 20 rows" in line for line in out)


def test_very_many_rows_begin_where_a_sample_ended(monkeypatch):
    whole = auto().fit(ROWS)
    monkeypatch.setattr(effort, "LEAST_SAMPLE", 40)
    monkeypatch.setattr(select, "ROWS_PER_PARAMETER", 1)
    monkeypatch.setattr(select, "MANY", 2)
    sampled = auto().fit(ROWS)
    assert sampled.best_params_ == whole.best_params_
    assert sampled.criterion_ == pytest.approx(whole.criterion_, rel=1e-6)
    assert set(sampled.table_.status) == {"fitted"}


def test_components_that_repeat_others_are_told():
    X = np.repeat(np.random.default_rng(0).normal(size=(4, 1)), 20, axis=0)
    X = X + 1e-2 * np.tile(np.linspace(-1, 1, 20)[:, None], (4, 1))
    table = auto((4, 5), covariance_types=["E"], effort="fast").fit(X).table_
    assert table.n_components[0] == 4
    assert table.reason.isin(["", "1 of 5 components repeat others"]).all()
