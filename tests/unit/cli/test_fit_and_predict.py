"""The first product: a table in; its components, picture, model file and labels out."""

import json

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, feather, parquet

import mixtura as mx
from support.paths import FAITHFUL


@pytest.fixture
def faithful():
    table = csv.read_csv(FAITHFUL)
    return table, np.column_stack([table[name].to_numpy() for name in table.column_names])


def test_fit_prints_the_components_and_writes_a_picture_and_a_model(mixtura, tmp_path, faithful):
    result = mixtura("fit", FAITHFUL, "-k", 2, "--plot", "out.png", "-o", "model.json")
    assert result.code == 0
    expected = mx.GaussianMixture(2, random_state=0).fit(faithful[1])
    for text in (
        "0.3559",
        "0.6441",
        "eruptions",
        "4.290 ± 0.412",
        f"{expected.score(faithful[1]) * 272:.3f}",
        f"{expected.bic(faithful[1]):.3f}",
        "converged",
    ):
        assert text in result.out
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
    model = mx.load(tmp_path / "model.json")
    np.testing.assert_array_equal(model.means_, expected.means_)
    assert model.mixture_.feature_names == ("eruptions", "waiting")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "out.png"]


def test_a_search_finds_what_the_estimator_finds(mixtura, faithful):
    result = mixtura(
        "fit", FAITHFUL, "-k", 3, "--start", "search", "--effort", "fast", "-o", "m.json"
    )
    assert result.code == 0, result.err
    settings = {"init_params": "search", "effort": "fast", "random_state": 0}
    expected = mx.GaussianMixture(3, **settings).fit(faithful[1])
    np.testing.assert_array_equal(mx.load("m.json").means_, expected.means_)


def test_factor_analyzers_go_through_all_verbs(mixtura, tmp_path):
    rows = np.random.default_rng(0).standard_normal((60, 4)) @ np.diag([1, 2, 3, 4]) + 7
    parquet.write_table(pa.table(dict(zip("abcd", rows.T, strict=True))), "rows.parquet")
    settings = {"n_factors": 2, "factor_model": "UCC"}
    family = ("--family", "factor", "--factors", 2, "--factor-model", "UCC")
    assert mixtura("fit", "rows.parquet", "-k", 2, *family, "-o", "model.json").code == 0
    expected = mx.GaussianMixture(2, covariance_type="factor", random_state=0, **settings)
    expected.fit(rows)
    model = mx.load(tmp_path / "model.json")
    assert {name: getattr(model, name) for name in settings} == settings
    np.testing.assert_array_equal(model.loadings_, expected.loadings_)
    np.testing.assert_array_equal(model.noise_variances_, expected.noise_variances_)
    assert "factor" in mixtura("info", "model.json").out
    assert f"{expected.bic(rows):.3f}" in mixtura("score", "model.json", "rows.parquet").out
    for verb in (
        ("predict", "model.json", "rows.parquet", "-o", "labels.csv"),
        ("sample", "model.json", "-n", 5, "-o", "drawn.csv"),
        ("plot", "model.json", "rows.parquet", "-o", "picture.png"),
    ):
        assert mixtura(*verb).code == 0


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet", "feather"])
def test_predict_joins_labels_to_the_rows_in_every_format(mixtura, tmp_path, faithful, suffix):
    table, X = faithful
    table = table.append_column("name", pa.array([f"row {i}" for i in range(272)]))
    parquet.write_table(table, tmp_path / "data.parquet")
    columns = "eruptions,waiting"
    mixtura("fit", "data.parquet", "-k", 2, "--columns", columns, "-o", "m.json", "--quiet")
    result = mixtura("predict", "m.json", "data.parquet", "-o", f"labels.{suffix}")
    assert result.code == 0
    read = {
        "csv": csv.read_csv,
        "tsv": lambda path: csv.read_csv(path, parse_options=csv.ParseOptions(delimiter="\t")),
        "parquet": parquet.read_table,
        "feather": feather.read_table,
    }[suffix]
    labelled = read(str(tmp_path / f"labels.{suffix}"))
    model = mx.GaussianMixture(2, random_state=0).fit(X)
    assert labelled.column_names == ["eruptions", "waiting", "name", "label", "probability"]
    np.testing.assert_array_equal(labelled["label"].to_numpy(), model.predict(X))
    np.testing.assert_allclose(
        labelled["probability"].to_numpy(), model.predict_proba(X).max(axis=1)
    )


def test_weights_count_rows(mixtura, tmp_path, faithful):
    table, X = faithful
    counts = np.arange(272) % 3
    csv.write_csv(table.append_column("count", pa.array(counts)), tmp_path / "weighted.csv")
    result = mixtura("fit", "weighted.csv", "-k", 1, "--weights", "count", "-o", "m.json")
    repeated = np.repeat(X, counts, axis=0)
    assert result.code == 0
    np.testing.assert_allclose(mx.load("m.json").means_[0], repeated.mean(axis=0))
    expected = mx.GaussianMixture(1).fit(repeated)
    assert f"{expected.bic(repeated):.3f}" in result.out


def test_one_column_is_drawn_as_curves(mixtura, tmp_path):
    result = mixtura("fit", FAITHFUL, "-k", 2, "--columns", "waiting", "--plot", "w.svg")
    assert result.code == 0
    assert "density" in (tmp_path / "w.svg").read_text() or (tmp_path / "w.svg").stat().st_size


def test_notes_go_to_standard_error(mixtura):
    result = mixtura("fit", FAITHFUL, "-k", 5, "--max-iter", 1)
    assert result.code == 0
    assert "note: Best performing initialization did not converge" in result.err
    assert "max_iter" in result.out


@pytest.fixture
def bad_files(tmp_path):
    contents = {
        "text.csv": "a,b,species\n1,2,setosa\n3,4,virginica\n5,6,setosa\n",
        "empty.csv": "",
        "header.csv": "a,b\n",
        "ragged.csv": "a,b\n1,2\n3\n",
        "holes.csv": "a,b\n1,2\n3,\n4,5\n",
        "data.xyz": "a\n1\n",
        "twins.csv": "a,a\n1,2\n3,4\n",
        "model.csv": "a\n1\n2\n3\n",
        "not-a-model.json": "{}",
        "truncated.json": '{"format": "mixtura-model", "vers',
        "future.json": '{"format": "mixtura-model", "version": 99}',
        "fake.parquet": "PAR1 no",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "latin.csv").write_bytes("a,b\nj\xfcrgen,2\n".encode("latin-1"))
    (tmp_path / "folder.csv").mkdir()


FIT = ("-k", "1")


@pytest.mark.usefixtures("bad_files")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("fit", "absent.csv", *FIT), "There is no file 'absent.csv'"),
        (("fit", "folder.csv", *FIT), "The folder 'folder.csv' holds no .csv"),
        (("fit", "empty.csv", *FIT), "cannot be read"),
        (("fit", "header.csv", *FIT), "has no rows"),
        (("fit", "ragged.csv", *FIT), "cannot be read"),
        (("fit", "fake.parquet", *FIT), "cannot be read"),
        (("fit", "latin.csv", *FIT), "text that is not UTF-8"),
        (("fit", "data.xyz", *FIT), "must end in one of .csv"),
        (("fit", "text.csv", *FIT), "Column 'species' holds text such as 'setosa', not numbers."),
        (("fit", "text.csv", *FIT), "--columns a,b"),
        (("fit", "text.csv", *FIT, "--columns", "a,c"), "There is no column 'c'"),
        (("fit", "twins.csv", *FIT), "two columns with the name 'a'"),
        (("fit", "holes.csv", *FIT, "--weights", "b"), "Column 'b' lacks weights"),
        (("fit", "model.csv", "-k", "9"), "n_samples >= n_components"),
        (("fit", "model.csv", *FIT, "--family", "round"), "--family must be one of full"),
        (("fit", "model.csv", *FIT, "--start", "luck"), "--start must be one of kmeans"),
        (("fit", "model.csv", *FIT, "--effort", "none"), "--effort must be one of fast"),
        (
            ("fit", "model.csv", *FIT, "--family", "factor", "--factor-model", "UU"),
            "--factor-model must be one of CCC",
        ),
        (
            ("fit", "model.csv", *FIT, "--family", "factor", "--factors", "2"),
            "n_factors must be less than the number of features",
        ),
        (("fit", "model.csv", *FIT, "-o", "nowhere/m.json"), "There is no folder 'nowhere'"),
        (("fit", "model.csv", *FIT, "-o", "folder.csv"), "must end in .json"),
        (("fit", "model.csv", *FIT, "--plot", "p.xyz"), "'p.xyz' must end in one of .png"),
        (("fit", "model.csv"), "Missing option"),
        (("fit", "model.csv", "-k", "zero"), "Invalid value for '-k'"),
        (("predict", "absent.json", "model.csv"), "absent.json"),
        (("predict", "not-a-model.json", "model.csv"), "is not a Mixtura model"),
        (("predict", "truncated.json", "model.csv"), "is not a Mixtura model"),
        (("predict", "future.json", "model.csv"), "a newer Mixtura"),
    ],
)
def test_bad_input_is_one_clear_sentence_and_leaves_nothing_behind(
    mixtura, tmp_path, arguments, sentence
):
    before = sorted(tmp_path.rglob("*"))
    result = mixtura(*arguments)
    assert result.code == 2
    assert sentence in " ".join(result.err.split())
    assert "Traceback" not in result.err
    assert result.out == ""
    assert sorted(tmp_path.rglob("*")) == before


def test_a_failed_write_keeps_the_old_file(mixtura, tmp_path, monkeypatch):
    (tmp_path / "m.json").write_text("precious")
    monkeypatch.setattr(json, "dumps", lambda *_, **__: "\ud800")  # cannot be encoded
    result = mixtura("fit", FAITHFUL, "-k", 1, "-o", "m.json", "--quiet")
    assert result.code == 2
    assert (tmp_path / "m.json").read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["m.json"]
