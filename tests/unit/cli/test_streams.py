"""Data of any size, in one file or many: verbs read block by block, and say the same."""

import json

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

import mixtura as mx
from mixtura.cli import inputs
from mixtura.data import batches
from mixtura.data.arrow import files, formats
from mixtura.engine import scanned

N = 600
RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(N, 2)) + 6 * (np.arange(N) % 3 == 0)[:, None]
HOLES = np.where(RNG.random(ROWS.shape) < 0.1, np.nan, ROWS)
TABLE = pa.table(
    {
        "word": [f"row {i}" for i in range(N)],
        "a": pa.array(HOLES[:, 0], from_pandas=True),
        "b": pa.array(HOLES[:, 1], from_pandas=True),
        "w": np.arange(N) % 4,
    }
)
FIT = ("-k", 2, "--columns", "a,b", "--seed", 1)


@pytest.fixture(autouse=True)
def streams(tmp_path, monkeypatch):
    """Nothing is kept, blocks have some dozen rows, and the data are there whole and in parts."""
    monkeypatch.setattr(scanned, "KEPT_NUMBERS", 0)
    monkeypatch.setattr(batches, "BLOCK_NUMBERS", 200)
    for module in (formats, files):
        monkeypatch.setattr(module, "CSV_BYTES", 1000)
    parquet.write_table(TABLE, tmp_path / "whole.parquet", row_group_size=77)
    csv.write_csv(TABLE, tmp_path / "whole.csv")
    (tmp_path / "parts").mkdir()
    for i, start in enumerate((0, 250)):
        parquet.write_table(TABLE.slice(start, (250, N)[i]), tmp_path / f"parts/{i}.parquet")


@pytest.fixture
def model(mixtura):
    assert mixtura("fit", "whole.parquet", *FIT, "-o", "model.json", "--quiet").code == 0
    return mx.load("model.json")


EVERYWHERE = pytest.mark.parametrize("data", ["whole.csv", "parts", "parts/*.p*"])


@EVERYWHERE
def test_a_fit_is_that_of_the_rows_in_memory(mixtura, data):
    result = mixtura("fit", data, *FIT, "--weights", "w", "--json", "-o", "fitted.json")
    expected = mx.GaussianMixture(2, random_state=1).fit(
        TABLE.select(["a", "b"]), sample_weight=TABLE["w"].to_numpy()
    )
    fitted = mx.load("fitted.json")
    in_order = [np.sort(model.means_, axis=0) for model in (fitted, expected)]
    np.testing.assert_allclose(*in_order, rtol=0.01)
    weights = TABLE["w"].to_numpy()
    record = json.loads(result.out)
    for name in ("bic", "aic", "icl"):
        told = getattr(fitted, name)(TABLE.select(["a", "b"]), weights)
        assert record[name] == pytest.approx(told, rel=1e-12)
    scored = json.loads(mixtura("score", "fitted.json", data, "--weights", "w", "--json").out)
    assert scored["bic"] == pytest.approx(record["bic"], rel=1e-12)


@EVERYWHERE
def test_labels_come_beside_all_columns(mixtura, model, data):
    result = mixtura("predict", "model.json", data, "-o", "labels.parquet")
    assert result.err == f"{N} rows labelled in labels.parquet\n"
    written = parquet.read_table("labels.parquet")
    assert written["word"].to_pylist() == TABLE["word"].to_pylist()
    np.testing.assert_array_equal(written["label"], model.predict(TABLE.select(["a", "b"])))
    printed = mixtura("predict", "model.json", data).out.splitlines()
    assert len(printed) == N + 1
    assert printed[0] == '"word","a","b","w","label","probability"'


@EVERYWHERE
def test_holes_are_filled_in_with_one_type_for_all_blocks(mixtura, model, data):
    assert mixtura("impute", "model.json", data, "-o", "filled.parquet").code == 0
    filled = parquet.read_table("filled.parquet")
    np.testing.assert_allclose(
        np.asarray(filled.select(["a", "b"])), model.mixture_.impute(HOLES), rtol=1e-12
    )
    assert mixtura("impute", "model.json", data, "--draws", 3, "-o", "draws.parquet").code == 0
    drawn = parquet.read_table("draws.parquet")
    assert drawn["word"].to_pylist() == 3 * TABLE["word"].to_pylist()
    draws = np.asarray(drawn.select(["a", "b"])).reshape(3, N, 2)
    there = ~np.isnan(HOLES)
    np.testing.assert_allclose(draws[:, there], np.tile(HOLES[there], (3, 1)))
    assert (draws[0] != draws[1])[~there].all()


def test_a_hole_in_the_last_block_gives_its_column_a_type_in_all(mixtura, model):
    lines = ["a,b", *(f"{i},{i % 7}" for i in range(500)), "1,"]
    with open("whole_numbers.csv", "w") as file:  # noqa: PTH123
        file.write("\n".join(lines) + "\n")
    mixtura("impute", "model.json", "whole_numbers.csv", "-o", "filled.parquet")
    filled = parquet.read_table("filled.parquet")
    assert filled.schema.types == [pa.int64(), pa.float64()]
    assert filled["b"].to_pylist()[:500] == [i % 7 for i in range(500)]


@EVERYWHERE
def test_false_discoveries_are_counted_over_all_blocks(mixtura, data):
    detector = mx.MixtureOutlierDetector(false_alarm_rate=0.05, random_state=0).fit(
        TABLE.select(["a", "b"]).to_pandas().astype(float)
    )
    mx.save(detector, "detector.json")
    command = ("outliers", "detector.json", data, "--false-discovery-rate", 0.5)
    assert mixtura(*command, "-o", "out.parquet").code == 0
    written = parquet.read_table("out.parquet")
    frame = TABLE.select(["a", "b"]).to_pandas()
    np.testing.assert_allclose(written["p_value"], detector.p_values(frame))
    flagged = detector.predict(frame, false_discovery_rate=0.5) == -1
    np.testing.assert_array_equal(written["outlier"], flagged)
    from_normal = mixtura(*command, "--normal", data, "-o", "out.parquet")
    assert f"{N} rows of {data}" in from_normal.err


def test_arrays_are_data_too(mixtura, tmp_path):
    np.save(tmp_path / "rows.npy", ROWS)
    assert mixtura("fit", "rows.npy", "-k", 2, "-o", "m.json", "--plot", "p.png").code == 0
    assert mixtura("predict", "m.json", "rows.npy", "-o", "labels.csv").code == 0
    written = csv.read_csv("labels.csv")
    assert written.column_names == ["x0", "x1", "label", "probability"]
    np.testing.assert_array_equal(written["label"], mx.load("m.json").predict(ROWS))
    assert mixtura("impute", "m.json", "rows.npy", "-o", "same.parquet").code == 0
    assert mixtura("select", "rows.npy", "-k", "2", "--families", "EII,VII", "--quiet").code == 0


def test_a_picture_shows_a_sample_of_many_rows(mixtura, model, monkeypatch):
    monkeypatch.setattr(inputs, "MOST_DRAWN", 50)
    assert mixtura("plot", "model.json", "parts", "-o", "p.png").code == 0
    assert len(inputs.rows_to_show(mx.scan("parts", ["a", "b"]))) == 50


@pytest.mark.parametrize("verb", ["fit", "predict", "score", "outliers", "impute"])
def test_a_word_far_down_is_one_clear_sentence(mixtura, model, tmp_path, verb):
    lines = ["a,b", *(f"{i},{i % 7}" for i in range(500)), "1,oops"]
    (tmp_path / "words.csv").write_text("\n".join(lines) + "\n")
    arguments = ("words.csv", "-k", 1) if verb == "fit" else ("model.json", "words.csv")
    output = "out.json" if verb == "fit" else "out.csv"
    before = sorted(path.name for path in tmp_path.iterdir())
    result = mixtura(verb, *arguments, "-o", output)
    assert result.code == 2
    assert "Column 'b'" in result.err
    assert "oops" in result.err or "not numbers" in result.err
    assert result.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("data", "output"), [("parts", "parts/0.parquet"), ("parts/*.parquet", "parts/1.parquet")]
)
def test_no_file_of_the_data_is_written_over(mixtura, model, data, output):
    result = mixtura("predict", "model.json", data, "-o", output)
    assert result.code == 2
    assert "it would be overwritten" in result.err


def test_a_choice_is_that_of_the_rows_in_memory(mixtura):
    choose = "select", "parts", "-k", "1:3", "--families", "EII,VVV", "--columns", "a,b"
    result = mixtura(*choose, "--weights", "w", "--effort", "fast", "--json")
    chosen = json.loads(result.out)["table"]
    auto = mx.AutoGaussianMixture((1, 2, 3), covariance_types=["EII", "VVV"], effort="fast")
    auto.fit(TABLE.select(["a", "b"]), sample_weight=TABLE["w"].to_numpy())
    assert len(chosen) == 6
    assert (chosen[0]["n_components"], chosen[0]["covariance_type"]) == (
        auto.best_params_["n_components"],
        auto.best_params_["covariance_type"],
    )
    assert chosen[0]["bic"] == pytest.approx(auto.table_.bic[0], rel=1e-6)
