"""A fitted regressor comes back from its file as it was, or is refused."""

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pandas as pd
import pytest

import mixtura as mx

SCHEMA = json.loads((files("mixtura.files") / "model.schema.json").read_text())
RNG = np.random.default_rng(0)
X = RNG.uniform(size=(60, 2))
Y = np.column_stack([X[:, 0] + 0.1 * RNG.normal(size=60), RNG.normal(size=60)])
LEVELS = [0.2, 0.8]


@pytest.mark.parametrize("calibrate", [None, "cross", 0.3])
@pytest.mark.parametrize("y", [Y, Y[:, 0], Y[:, :1]])
@pytest.mark.parametrize("names", [None, ["a", "b"]])
def test_it_comes_back_as_it_was(tmp_path, calibrate, y, names):
    rows = X if names is None else pd.DataFrame(X, columns=names)
    regressor = mx.MixtureRegressor((1, 2), calibrate=calibrate, random_state=0).fit(rows, y)
    mx.save(regressor, tmp_path / "m.json")
    jsonschema.validate(json.loads((tmp_path / "m.json").read_text()), SCHEMA)
    loaded = mx.load(tmp_path / "m.json")
    assert type(loaded) is mx.MixtureRegressor
    assert loaded.scores_ == regressor.scores_
    assert loaded.mixture_.feature_names == regressor.mixture_.feature_names
    for one, other in zip(
        loaded.predict(rows, return_std=True), regressor.predict(rows, return_std=True), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    found = loaded.predict_quantiles(rows, LEVELS)
    np.testing.assert_array_equal(found, regressor.predict_quantiles(rows, LEVELS))
    np.testing.assert_array_equal(loaded.fit(rows, y).predict(rows), regressor.predict(rows))


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("target_names", list("abcd"), "do not belong to its mixture"),
        ("target_names", [], "distinct names|do not belong"),
        ("single", True, "do not belong to its mixture"),
        ("single", 1, "a list of true and false"),
        ("feature_names", ["a"], "2 distinct names"),
        ("feature_names", ["a", "z"], "not those of its mixture"),
        ("recalibration", {"probabilities": [[0.5]], "weights": [1]}, "does not belong"),
        ("recalibration", {"probabilities": [[0.5, 2]], "weights": [1]}, "no probability"),
        ("recalibration", {"probabilities": [[0.5, 1]], "weights": [0]}, "or no weight"),
        ("scores", [[1, "full"]], "not enough values"),
        ("settings", {"hidden": 1}, "hidden"),
    ],
)
def test_a_changed_file_is_refused_with_a_sentence(tmp_path, name, value, sentence):
    path = tmp_path / "m.json"
    mx.save(mx.MixtureRegressor(1).fit(pd.DataFrame(X, columns=["a", "b"]), Y), path)
    record = json.loads(path.read_text())
    record["fit"]["regressor"][name] = value
    path.write_text(json.dumps(record))
    with pytest.raises(mx.ModelFileError, match=sentence):
        mx.load(path)
