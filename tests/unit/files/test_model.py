"""Model files bring back what was saved, to the bit, and refuse everything else."""

import json

import numpy as np
import pytest

import mixtura as mx
from mixtura.covariance import LAYOUTS
from mixtura.family import FAMILIES


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(size=(60, 3)), rng.normal(5, 2, size=(40, 3))])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_an_estimator_comes_back_as_it_was(tmp_path, rows, family, dtype):
    X = rows.astype(dtype)
    model = mx.GaussianMixture(2, covariance_type=family, tol=1e-5, random_state=7).fit(X)
    mx.save(model, tmp_path / "model.json")
    loaded = mx.load(tmp_path / "model.json")
    assert type(loaded) is mx.GaussianMixture
    assert loaded.get_params() == model.get_params()
    for query in ("predict_proba", "score_samples"):
        np.testing.assert_array_equal(getattr(loaded, query)(X), getattr(model, query)(X))
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_"):
        assert getattr(loaded, name).dtype == dtype
        np.testing.assert_array_equal(getattr(loaded, name), getattr(model, name))
    assert loaded.history_ == model.history_
    for name in ("outcome_", "n_iter_", "lower_bound_", "lower_bounds_", "n_samples_fit_"):
        assert getattr(loaded, name) == getattr(model, name)


def test_a_search_comes_back_with_its_effort(tmp_path, rows):
    model = mx.GaussianMixture(2, init_params="search", effort="fast", random_state=0).fit(rows)
    mx.save(model, tmp_path / "model.json")
    loaded = mx.load(tmp_path / "model.json")
    assert loaded.get_params()["effort"] == "fast"
    assert loaded.fit(rows).lower_bounds_ == model.lower_bounds_


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_mixture_comes_back_as_it_was(tmp_path, layout):
    shape = LAYOUTS[layout].shape(2, 2)
    covariances = np.full(shape, 0.1) + (
        np.eye(2) if shape[-2:] == (2, 2) and "diag" not in layout else 1
    )
    mixture = mx.Mixture(
        [0.1, 0.9],
        [[0.1, 1e-300], [1e8, 1 / 3]],
        covariances,
        covariance_type=layout,
        feature_names=["é", "b c"],
    )
    mx.save(mixture, tmp_path / "mixture.json")
    loaded = mx.load(tmp_path / "mixture.json")
    assert loaded.covariance_type == layout
    assert loaded.feature_names == ("é", "b c")
    for name in ("weights", "means", "covariances"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(mixture, name))
    X = [[0.0, 1.0], [1e8, 0.5]]
    np.testing.assert_array_equal(loaded.log_prob(X), mixture.log_prob(X))


def test_names_come_back(tmp_path, rows):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(rows, columns=["a", "b", "c"])
    mx.save(mx.GaussianMixture(2, random_state=0).fit(frame), tmp_path / "m.json")
    loaded = mx.load(tmp_path / "m.json")
    assert loaded.feature_names_in_.tolist() == ["a", "b", "c"]
    loaded.predict(frame)
    with pytest.raises(ValueError, match="feature names should match"):
        loaded.predict(frame.rename(columns={"a": "z"}))


@pytest.mark.parametrize("what", [3, "text", mx.GaussianMixture(), object()])
def test_other_things_are_not_saved(tmp_path, what):
    with pytest.raises(TypeError, match="holds a Mixture or a fitted estimator"):
        mx.save(what, tmp_path / "m.json")
    assert list(tmp_path.iterdir()) == []


def change(path, value, *keys):
    record = json.loads(path.read_text())
    target = record
    for key in keys[:-1]:
        target = target[key]
    target[keys[-1]] = value
    path.write_text(json.dumps(record))


@pytest.mark.parametrize(
    ("keys", "value", "sentence"),
    [
        (("format",), "pickle", "no .format."),
        (("version",), 2, "reads version 1; a newer Mixtura"),
        (("estimator",), "os.system", "unknown estimator"),
        (("mixture", "weights"), [0.5, 0.6], "sum to 1"),
        (("mixture", "weights"), [0.5, float("nan")], "NaN"),
        (("mixture", "means"), [[0, 0, 0]], "means must have shape"),
        (("mixture", "means"), "here", "could not convert"),
        (("mixture", "covariances"), [[[1, 2, 0], [2, 1, 0], [0, 0, 1]]] * 2, "positive definite"),
        (("mixture", "covariance_type"), "round", "covariance_type must be one of"),
        (("mixture", "inverse_factors"), [np.eye(3).tolist()] * 2, "do not belong"),
        (("mixture", "inverse_factors"), [[1]], "do not belong"),
        (("mixture", "feature_names"), ["a"], "distinct names"),
        (("mixture",), [], "not a Mixtura model"),
        (("fit",), None, "not a Mixtura model"),
        (("fit", "settings", "n_components"), -1, "n_components"),
        (("fit", "settings", "hidden"), 1, "hidden"),
        (("fit", "runs", 0, "outcome"), "VICTORY", "VICTORY"),
        (("fit", "best_run"), 1, "best_run"),
        (("fit", "runs", 0, "lower_bounds"), [1e999], "Infinity"),
        (("fit", "settings", "n_components"), 3, "3 components"),
        (("fit", "dtype"), "object", "dtype"),
        (("fit", "family"), "nonsense", "family"),
        (("fit", "n_parameters"), 1, "n_parameters"),
        (("fit", "settings", "covariance_type"), "diag", "family"),
    ],
)
def test_a_changed_file_is_refused_with_a_sentence(tmp_path, rows, keys, value, sentence):
    path = tmp_path / "m.json"
    mx.save(mx.GaussianMixture(2, random_state=0).fit(rows), path)
    change(path, value, *keys)
    with pytest.raises(mx.ModelFileError, match=sentence):
        mx.load(path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[" * 100_000, b"null", b"3", b'"x"'])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "m.json").write_bytes(content)
    with pytest.raises(mx.ModelFileError, match="is not a Mixtura model"):
        mx.load(tmp_path / "m.json")


def test_a_missing_entry_is_named(tmp_path, rows):
    path = tmp_path / "m.json"
    mx.save(mx.GaussianMixture(2, random_state=0).fit(rows).mixture_, path)
    record = json.loads(path.read_text())
    del record["mixture"]["means"]
    path.write_text(json.dumps(record))
    with pytest.raises(mx.ModelFileError, match="lacks the entry 'means'"):
        mx.load(path)


@pytest.mark.parametrize("condition", [1e4, 1e8, 1e12, 1e14])
def test_correlated_features_come_back(tmp_path, condition):
    rng = np.random.default_rng(0)
    z = rng.normal(size=(500, 1))
    noise = rng.normal(size=(500, 1)) / np.sqrt(condition)
    X = np.hstack([z, z + noise, rng.normal(size=(500, 1))])
    model = mx.GaussianMixture(2, reg_covar=0, random_state=0).fit(X)
    mx.save(model, tmp_path / "m.json")
    loaded = mx.load(tmp_path / "m.json")
    np.testing.assert_array_equal(loaded.score_samples(X), model.score_samples(X))


def test_settings_changed_after_the_fit_do_not_spoil_the_file(tmp_path, rows):
    model = mx.GaussianMixture(2, random_state=0).fit(rows)
    model.set_params(n_components=5, covariance_type="diag")
    mx.save(model, tmp_path / "m.json")
    loaded = mx.load(tmp_path / "m.json")
    assert loaded.n_components == 2
    assert loaded.bic(rows) == model.bic(rows)
