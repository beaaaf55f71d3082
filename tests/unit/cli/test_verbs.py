"""score, sample, plot, info: what they print is what the library computes."""

import json

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

import mixtura as mx
from mixtura.cli.plot import KINDS
from support.paths import FAITHFUL


@pytest.fixture
def rows():
    return csv.read_csv(FAITHFUL)


@pytest.fixture
def model(rows):
    return mx.GaussianMixture(2, random_state=0).fit(rows)


@pytest.fixture
def files(tmp_path, model):
    mx.save(model, tmp_path / "model.json")
    mx.save(model.mixture_, tmp_path / "mixture.json")
    mx.save(mx.Mixture([1], [[3, 70]], [[[1, 0], [0, 9]]]), tmp_path / "nameless.json")


pytestmark = pytest.mark.usefixtures("files")


def test_fit_prints_json(mixtura, model, rows):
    result = mixtura("fit", FAITHFUL, "-k", 2, "--json")
    record = json.loads(result.out)
    assert result.err == ""
    assert record["outcome"] == "converged"
    assert record["bic"] == model.bic(rows)
    assert [c["weight"] for c in record["components"]] == model.weights_.tolist()
    assert record["components"][1]["means"]["waiting"] == model.means_[1, 1]
    deviation = record["components"][0]["standard_deviations"]["eruptions"]
    assert deviation == np.sqrt(model.covariances_[0, 0, 0])


def test_score(mixtura, model, rows):
    record = json.loads(mixtura("score", "model.json", FAITHFUL, "--json").out)
    assert record["log_likelihood_per_row"] == pytest.approx(model.score(rows))
    for name in ("bic", "aic", "icl"):
        assert record[name] == getattr(model, name)(rows)
    printed = mixtura("score", "model.json", FAITHFUL).out
    assert f"{model.bic(rows):.3f}" in printed
    without_fit = json.loads(mixtura("score", "mixture.json", FAITHFUL, "--json").out)
    assert without_fit.keys() == {"n_rows", "log_likelihood", "log_likelihood_per_row"}


def test_score_writes_densities(mixtura, tmp_path, model, rows):
    mixtura("score", "model.json", FAITHFUL, "-o", "densities.csv")
    written = csv.read_csv(tmp_path / "densities.csv")
    np.testing.assert_allclose(written["log_density"], model.score_samples(rows))


def test_score_counts_weights(mixtura, tmp_path, model, rows):
    weights = np.arange(272) % 4
    csv.write_csv(rows.append_column("w", pa.array(weights)), tmp_path / "weighted.csv")
    result = mixtura("score", "model.json", "weighted.csv", "--weights", "w", "--json")
    assert json.loads(result.out)["bic"] == pytest.approx(model.bic(rows, weights))


def test_sample(mixtura, tmp_path, model):
    assert mixtura("sample", "model.json", "-n", 50, "--seed", 3, "-o", "rows.csv").code == 0
    drawn = csv.read_csv(tmp_path / "rows.csv")
    X, labels = model.mixture_.sample(50, 3)
    assert drawn.column_names == ["eruptions", "waiting", "label"]
    np.testing.assert_allclose(drawn["waiting"], X[:, 1])
    np.testing.assert_array_equal(drawn["label"], labels)


def test_predict_gives_every_probability(mixtura, tmp_path, model, rows):
    mixtura("predict", "model.json", FAITHFUL, "--proba", "-o", "labels.csv")
    written = csv.read_csv(tmp_path / "labels.csv")
    for k in range(2):
        expected = model.predict_proba(rows)[:, k]
        np.testing.assert_allclose(written[f"probability_{k}"], expected)


def test_info(mixtura):
    record = json.loads(mixtura("info", "model.json", "--json").out)
    assert record["n_parameters"] == 11
    assert record["n_rows"] == 272
    assert record["outcome"] == "converged"
    printed = mixtura("info", "model.json").out
    assert "272" in printed
    assert "converged: The log-likelihood per row gained less than tol." in printed
    assert "feature 1" in mixtura("info", "nameless.json").out


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_plot(mixtura, tmp_path, kind, suffix):
    features = ("--features", "waiting") if kind == "density_1d" else ()
    command = ("plot", "model.json", FAITHFUL, "--kind", kind, *features)
    result = mixtura(*command, "-o", f"plot{suffix}")
    assert result.code == 0, result.err
    begins = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix]
    assert (tmp_path / f"plot{suffix}").read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("plot", "model.json", "--kind", "pie"), "--kind must be one of components"),
        (("plot", "model.json", "--kind", "uncertainty"), "give a table after the model"),
        (("plot", "model.json", "--kind", "history", "--features", "a"), "no choice of --features"),
        (("plot", "mixture.json", "--kind", "history"), "history"),
        (("plot", "model.json", "-o", "p.gif"), "must end in one of .png"),
        (("plot", "absent.json"), "There is no file 'absent.json'"),
        (("sample", "model.json", "-n", 0), "Invalid value for '-n'"),
        (("sample", "model.json", "-o", "rows.txt"), "must end in one of .csv"),
        (("score", "model.json", FAITHFUL, "--weights", "w"), "There is no column 'w'"),
        (("score", "model.json", "absent.csv"), "There is no file 'absent.csv'"),
        (("score", "nameless.json", "three.csv"), "the table has 3 columns"),
        (("info", FAITHFUL), "is not a Mixtura model: it is not JSON"),
        (("guess",), "No such command 'guess'"),
        (("plot", "model.json", "--kind", "density_1d"), "choose it with --features, among"),
        (("plot", "model.json", "-o", "model.json"), "must end in one of .png"),
        (("predict", "model.json", "taken.csv"), "has a column 'label' already"),
        (("fit", "three.csv", "-k", 1, "-o", "three.csv"), "must end in .json"),
        (("fit", "three.csv", "-k", 1, "--columns", "a,a"), "Column 'a' is named twice"),
        (("fit", "semicolons.csv", "-k", 1), "seems to be separated by semicolons"),
        (("fit", "latin.csv", "-k", 1), "is not UTF-8 text"),
        (("score", "model.json", "zeros.csv", "--weights", "w"), "zero"),
        (("score", "model.json", "far.csv", "--json"), "Row 1 has density 0"),
        (("predict", "model.json", "taken.csv", "-o", "taken.csv"), "it would be overwritten"),
    ],
)
def test_bad_input_is_one_clear_sentence(mixtura, tmp_path, arguments, sentence):
    for name, content in {
        "three.csv": "a,b,c\n1,2,3\n",
        "semicolons.csv": "a;b\n1;2\n",
        "taken.csv": "eruptions,waiting,label\n1,2,3\n",
        "zeros.csv": "eruptions,waiting,w\n1,2,0\n3,4,0\n",
        "far.csv": "eruptions,waiting\n3,70\n1e200,4\n",
    }.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "latin.csv").write_bytes("âge,b\n1,2\n".encode("latin-1"))
    result = mixtura(*arguments)
    assert result.code == 2
    assert sentence in result.err
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1
    assert result.out == ""


def test_help_teaches_by_example(mixtura):
    for verb in ("fit", "predict", "score", "sample", "impute", "segment", "plot", "info"):
        result = mixtura(verb, "--help")
        assert result.code == 0
        assert f"mixtura {verb} " in result.out
        assert "Example" in result.out


def test_version(mixtura):
    assert mixtura("--version").out == f"mixtura {mx.__version__}\n"


def test_taken_names_get_a_prefix(mixtura, tmp_path):
    (tmp_path / "taken.csv").write_text("eruptions,waiting,label\n4,80,mine\n")
    mixtura("predict", "model.json", "taken.csv", "--prefix", "fitted_", "-o", "out.csv")
    written = csv.read_csv(tmp_path / "out.csv")
    assert written["label"].to_pylist() == ["mine"]
    assert written["fitted_label"].to_pylist() == [1]


def test_columns_may_have_commas_and_come_one_by_one(mixtura, tmp_path):
    (tmp_path / "odd.csv").write_text('"a, b",c,word\n1,2,x\n3,5,y\n4,4,z\n')
    columns = ("--columns", "a, b", "--columns", "c")
    assert mixtura("fit", "odd.csv", "-k", 1, *columns, "-o", "odd.json").code == 0
    assert mx.load(tmp_path / "odd.json").mixture_.feature_names == ("a, b", "c")


@pytest.fixture
def holes(tmp_path, rows):
    """The same table with holes: every fifth waiting time, some eruptions, and the last row."""
    columns = [rows[name].to_numpy().astype(float) for name in rows.column_names]
    columns[0][3::11] = columns[1][::5] = columns[0][-1] = columns[1][-1] = np.nan
    masked = [pa.array(column, from_pandas=True) for column in columns]
    table = pa.table(masked, names=rows.column_names)
    csv.write_csv(table, tmp_path / "holes.csv")
    return table


def test_fit_counts_missing_entries(mixtura, holes):
    fitted = mx.GaussianMixture(2, random_state=0).fit(holes)
    result = mixtura("fit", "holes.csv", "-k", 2, "-o", "fitted.json")
    n_missing = sum(column.null_count for column in holes.columns)
    assert f"{n_missing} of {2 * len(holes)} entries, integrated out" in result.out
    np.testing.assert_array_equal(mx.load("fitted.json").means_, fitted.means_)
    assert "missing" not in mixtura("fit", FAITHFUL, "-k", 2).out


def test_verbs_on_a_table_with_holes(mixtura, tmp_path, model, holes):
    record = json.loads(mixtura("score", "model.json", "holes.csv", "--json").out)
    n_told = (~np.isnan(np.asarray(holes)).all(axis=1)).sum()
    assert record["n_rows"] == n_told < len(holes)
    assert record["log_likelihood_per_row"] == pytest.approx(model.score(holes), rel=1e-12)
    assert record["log_likelihood"] == pytest.approx(model.score(holes) * n_told)
    assert record["bic"] == model.bic(holes)
    assert mixtura("predict", "model.json", "holes.csv", "-o", "labels.csv").code == 0
    labelled = csv.read_csv(tmp_path / "labels.csv")
    np.testing.assert_array_equal(labelled["label"].to_numpy(), model.predict(holes))
    assert labelled["waiting"].null_count == holes["waiting"].null_count
    for kind in ("components", "density", "uncertainty", "pairs"):
        assert mixtura("plot", "model.json", "holes.csv", "--kind", kind, "-o", "p.png").code == 0
    one = ("--kind", "density_1d", "--features", "waiting")
    assert mixtura("plot", "model.json", "holes.csv", *one, "-o", "p.png").code == 0


def test_rows_without_entries_alone_have_no_score(mixtura, tmp_path):
    (tmp_path / "empty.csv").write_text("eruptions,waiting\n,\nNA,NA\n")
    for model in ("model.json", "mixture.json"):
        result = mixtura("score", model, "empty.csv")
        assert (result.code, result.out) == (2, "")
        assert "No row that counts has an entry" in result.err


def test_a_classifier_predicts_labels(mixtura, tmp_path, rows):
    names = np.where(np.asarray(rows["waiting"]) > 68, "long", "short")
    settings = {"covariance_types": ["EEE", "VVV"], "random_state": 0}
    classifier = mx.MixtureClassifier(**settings).fit(rows, names)
    mx.save(classifier, tmp_path / "classifier.json")
    mixtura("predict", "classifier.json", FAITHFUL, "--proba", "-o", "labelled.csv")
    written = csv.read_csv(tmp_path / "labelled.csv")
    assert written["label"].to_pylist() == classifier.predict(rows).tolist()
    probabilities = classifier.predict_proba(rows)
    np.testing.assert_allclose(written["probability_short"], probabilities[:, 1])
    assert "MixtureClassifier" in mixtura("info", "classifier.json").out
    mean = json.loads(mixtura("score", "classifier.json", FAITHFUL, "--json").out)
    expected = classifier.score_samples(rows).mean()
    assert mean["log_likelihood_per_row"] == pytest.approx(expected)
