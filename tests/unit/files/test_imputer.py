"""A fitted imputer comes back from its file as it was, or is refused."""

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pandas as pd
import pytest

import mixtura as mx
from support.data import data

NAN = np.nan
SCHEMA = json.loads((files("mixtura.files") / "model.schema.json").read_text())
WINE = data("wine scaled")[:, :4].round(2)
HOLES = np.where(np.random.default_rng(0).uniform(size=WINE.shape) < 0.2, NAN, WINE)
HOLES[:, 1], HOLES[:, 2] = NAN, WINE[:, 2]

SETTINGS = {
    "default": {},
    "indicators": {"add_indicator": True, "keep_empty_features": True},
    "draws": {"sample_posterior": True, "random_state": 4},
    "a mixture": {"estimator": mx.GaussianMixture(2, covariance_type="diag", random_state=0)},
}

pytestmark = pytest.mark.filterwarnings("ignore:Features without any:UserWarning")


@pytest.fixture(params=SETTINGS.values(), ids=SETTINGS)
def imputer(request):
    return mx.MixtureImputer(**request.param)


@pytest.mark.parametrize("marker", [NAN, np.int64(-9), -9.5])
@pytest.mark.parametrize("names", [None, list("abcd")])
def test_it_comes_back_as_it_was(tmp_path, imputer, marker, names):
    X = np.where(np.isnan(HOLES), marker, HOLES)
    X = X if names is None else pd.DataFrame(X, columns=names)
    imputer.set_params(missing_values=marker).fit(X)
    mx.save(imputer, tmp_path / "m.json")
    jsonschema.validate(json.loads((tmp_path / "m.json").read_text()), SCHEMA)
    loaded = mx.load(tmp_path / "m.json")
    assert type(loaded) is mx.MixtureImputer
    np.testing.assert_array_equal(loaded.transform(X), imputer.transform(X))
    again = loaded.get_feature_names_out(), loaded.mixture_.feature_names
    np.testing.assert_array_equal(again[0], imputer.get_feature_names_out())
    assert again[1] == imputer.mixture_.feature_names
    np.testing.assert_array_equal(loaded.fit(X).transform(X), imputer.transform(X))


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("has_entries", [True, True, True, True], "do not belong to its mixture"),
        ("has_missing", [True], "do not belong to its mixture"),
        ("has_entries", [1, 0, 1, 1], "a list of true and false"),
        ("has_entries", 10**400, "a list of true and false"),
        ("feature_names", ["a", "b"], "4 distinct names"),
        ("feature_names", ["a", "b", "c", "e"], "not those of its mixture"),
        ("settings", {"missing_values": "?"}, "missing_values"),
        ("settings", {"missing_values": None, "hidden": 1}, "hidden"),
        ("settings", {}, "lacks the entry 'missing_values'"),
    ],
)
def test_a_changed_file_is_refused_with_a_sentence(tmp_path, name, value, sentence):
    path = tmp_path / "m.json"
    mx.save(mx.MixtureImputer().fit(pd.DataFrame(HOLES, columns=list("abcd"))), path)
    record = json.loads(path.read_text())
    record["fit"]["imputer"][name] = value
    path.write_text(json.dumps(record))
    with pytest.raises(mx.ModelFileError, match=sentence):
        mx.load(path)
