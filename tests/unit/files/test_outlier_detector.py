"""A fitted detector comes back from its file as it was, or is refused."""

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pandas as pd
import pytest

import mixtura as mx
from support.data import data

SCHEMA = json.loads((files("mixtura.files") / "model.schema.json").read_text())
ROWS = data("iris")
SETTINGS = {
    "default": {},
    "a share": {"contamination": 0.2, "estimator": mx.GaussianMixture(2, random_state=0)},
    "calibrated": {"false_alarm_rate": 0.1, "calibration_size": 30},
    "chosen": {
        "false_alarm_rate": 0.05,
        "estimator": mx.AutoGaussianMixture((1, 2), covariance_types=["EEE"], effort="fast"),
    },
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("names", [None, list("abcd")])
def test_it_comes_back_as_it_was(tmp_path, settings, names):
    X = ROWS if names is None else pd.DataFrame(ROWS, columns=names)
    detector = mx.MixtureOutlierDetector(random_state=0, **settings).fit(X)
    mx.save(detector, tmp_path / "m.json")
    jsonschema.validate(json.loads((tmp_path / "m.json").read_text()), SCHEMA)
    loaded = mx.load(tmp_path / "m.json")
    assert type(loaded) is mx.MixtureOutlierDetector
    assert (loaded.estimator is None) == (detector.estimator is None)
    np.testing.assert_array_equal(loaded.decision_function(X), detector.decision_function(X))
    np.testing.assert_array_equal(loaded.explain(X), detector.explain(X))
    assert loaded.mixture_.feature_names == detector.mixture_.feature_names
    if detector.false_alarm_rate is not None:
        np.testing.assert_array_equal(loaded.p_values(X), detector.p_values(X))
    np.testing.assert_array_equal(loaded.fit(X).predict(X), detector.predict(X))


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("offset", None, "its offset is None"),
        ("kind", "Mixture", "its kind of estimator is 'Mixture'"),
        ("calibration", None, "one of them is missing"),
        ("calibration", {"scores": [1.0, 2.0], "weights": [1.0]}, "one weight for each score"),
        ("calibration", {"scores": [1.0], "weights": [-1.0]}, "not finite, or negative"),
        ("settings", {"false_alarm_rate": 2}, "false_alarm_rate"),
    ],
)
def test_a_changed_file_is_refused_with_a_sentence(tmp_path, name, value, sentence):
    path = tmp_path / "m.json"
    mx.save(mx.MixtureOutlierDetector(false_alarm_rate=0.1, random_state=0).fit(ROWS), path)
    record = json.loads(path.read_text())
    record["fit"]["detector"][name] = value
    path.write_text(json.dumps(record))
    with pytest.raises(mx.ModelFileError, match=sentence):
        mx.load(path)
