"""Whatever happens to a model file, opening it gives a sound model or a clear error.

What `save` writes obeys the published schema. Mutations are of the bytes (flips, cuts, insertions)
and of the values (another value anywhere in the tree, an entry gone). They number ten thousand with
HYPOTHESIS_PROFILE=thorough, which takes minutes, and hundreds otherwise.
"""

import copy
import json
import tracemalloc
from importlib.resources import files

import hypothesis
import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mixtura as mx
from mixtura.covariance import LAYOUTS
from support.methods import call

SCHEMA = json.loads((files("mixtura.files") / "model.schema.json").read_text())
N_EXAMPLES = 5000 if hypothesis.settings.default.max_examples >= 1000 else 300
many = hypothesis.settings(
    max_examples=N_EXAMPLES,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)

VALUES = st.sampled_from(
    [None, True, 0, -1, 1.5, 10**400, 1e308, "", "full", "NaN", [], {}, [[]], [1, [2]], [0.5, 0.5]]
)


def saved(path, model):
    mx.save(model, path)
    return json.loads(path.read_text())


RESTRICTED = {
    "prior": mx.Prior(mean=[0, 1], scale=[[2, 1], [1, 2]], dof=5, weight_count=1),
    "fixed": ("weights",),
    "weights_init": [0.4, 0.6],
}


MODELS = {
    "free": mx.GaussianMixture(2, n_init=2, random_state=0),
    "restricted": mx.GaussianMixture(2, n_init=2, random_state=0, **RESTRICTED),
    "classifier": mx.MixtureClassifier("MclustDA", n_components=1, covariance_types=["EEI", "VVV"]),
    "imputer": mx.MixtureImputer(add_indicator=True),
    "regressor": mx.MixtureRegressor((1, 2), calibrate="cross", random_state=0),
    "detector": mx.MixtureOutlierDetector(false_alarm_rate=0.1, random_state=0),
}


@pytest.fixture(scope="module", params=MODELS.values(), ids=MODELS)
def record(tmp_path_factory, request):
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(size=(30, 2)), rng.normal(5, 2, size=(20, 2))])
    path = tmp_path_factory.mktemp("models") / "model.json"
    return saved(path, call(request.param.fit, rows))
    return saved(path, request.param.fit(rows, np.arange(50) // 30))


def test_what_is_saved_obeys_the_schema(tmp_path, record):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(record, SCHEMA)
    for name, layout in LAYOUTS.items():
        ones = np.ones(layout.shape(1, 1))
        mixture = mx.Mixture([1], [[0]], ones, covariance_type=name, feature_names=["x"])
        jsonschema.validate(saved(tmp_path / "mixture.json", mixture), SCHEMA)


def places(value, path=()):
    """Every path into a tree of lists and dictionaries."""
    yield path
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(child, (*path, key))


def opens_or_explains(path):
    try:
        model = mx.load(path)
    except mx.ModelFileError:
        return
    mixture = getattr(model, "mixture_", model)
    assert np.isfinite(mixture.log_prob(mixture.means)).all()
    assert mixture.weights.sum() == pytest.approx(1, abs=1e-5)
    mx.save(model, path)
    jsonschema.validate(json.loads(path.read_text()), SCHEMA)


@many
@given(data=st.data())
def test_mutated_values(tmp_path, record, data):
    changed = copy.deepcopy(record)
    *parents, last = data.draw(st.sampled_from([path for path in places(record) if path]))
    target = changed
    for key in parents:
        target = target[key]
    if data.draw(st.booleans()):
        target[last] = data.draw(VALUES)
    else:
        del target[last]
    (tmp_path / "m.json").write_text(json.dumps(changed))
    opens_or_explains(tmp_path / "m.json")


@many
@given(
    start=st.integers(0, 5000),
    length=st.integers(0, 50),
    new=st.one_of(st.binary(max_size=20), st.sampled_from([b"1e999", b"-", b"0", b"[", b"]"])),
)
def test_mutated_bytes(tmp_path, record, start, length, new):
    content = json.dumps(record).encode()
    start %= len(content)
    (tmp_path / "m.json").write_bytes(content[:start] + new + content[start + length :])
    opens_or_explains(tmp_path / "m.json")


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b"9" * 100_000,
        b'{"format": "mixtura-model", "version": 1, "mixture": ' + b"[" * 50_000,
    ],
)
def test_a_small_file_takes_little_memory(tmp_path, content):
    (tmp_path / "m.json").write_bytes(content)
    tracemalloc.start()
    with pytest.raises(mx.ModelFileError):
        mx.load(tmp_path / "m.json")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20e6
