"""A fitted classifier comes back from its file as it was, or is refused."""

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

import mixtura as mx

SCHEMA = json.loads((files("mixtura.files") / "model.schema.json").read_text())
X, Y = load_iris(return_X_y=True)
SOME = {"covariance_types": ["EEE", "VVI"], "random_state": 0}
CASES = {
    "words": (np.array(["se", "ve", "vi"])[Y], {}),
    "numbers": (2.0 * Y, {"priors": [0.2, 0.3, 0.5]}),
    "objects": (np.array(["se", "ve", None], dtype=object)[Y], {"unlabelled": np.nan}),
    "hidden": (np.where(np.arange(150) % 2, Y, -1), {"unlabelled": np.int64(-1)}),
    "mixtures": (Y > 0, {"model": "MclustDA", "n_components": range(1, 3)}),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("names", [None, list("abcd")])
def test_it_comes_back_as_it_was(tmp_path, case, names):
    y, settings = CASES[case]
    rows = X if names is None else pd.DataFrame(X, columns=names)
    classifier = mx.MixtureClassifier(**(SOME | settings)).fit(rows, y)
    mx.save(classifier, tmp_path / "m.json")
    jsonschema.validate(json.loads((tmp_path / "m.json").read_text()), SCHEMA)
    loaded = mx.load(tmp_path / "m.json")
    assert type(loaded) is mx.MixtureClassifier
    assert loaded.classes_.dtype == classifier.classes_.dtype
    np.testing.assert_array_equal(loaded.predict(rows), classifier.predict(rows))
    np.testing.assert_array_equal(loaded.predict_proba(rows), classifier.predict_proba(rows))
    for attribute in ("covariance_types_", "criteria_", "temperature_", "history_"):
        assert getattr(loaded, attribute) == getattr(classifier, attribute)
    np.testing.assert_array_equal(
        loaded.fit(rows, y).predict_proba(rows), classifier.predict_proba(rows)
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("class_of", [0, 1], "class_of does not belong"),
        ("class_of", [0, 2, 1], "class_of does not belong"),
        ("temperature", 0.0, "temperature is 0.0"),
        ("covariance_types", ["EEE", "EEE"], "covariance_types are"),
        ("labels", {"dtype": "int64", "values": [0, 1, "b"]}, "invalid literal"),
        ("labels", {"dtype": "object", "values": [0, 0, 1]}, "its labels are"),
        ("priors", [0.5, "a", 0.5], "a list of numbers was expected"),
        ("unlabelled", [1], "its unlabelled is"),
    ],
)
def test_a_changed_file_is_refused_with_a_sentence(tmp_path, name, value, sentence):
    mx.save(mx.MixtureClassifier(**SOME).fit(X, Y), tmp_path / "m.json")
    record = json.loads((tmp_path / "m.json").read_text())
    record["fit"]["classes"][name] = value
    (tmp_path / "m.json").write_text(json.dumps(record))
    with pytest.raises(mx.ModelFileError, match=sentence):
        mx.load(tmp_path / "m.json")
