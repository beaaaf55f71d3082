"""mixtura impute: what is missing is filled in, all else stays, and draws are told apart."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import compute, csv, feather, parquet

import mixtura as mx

MIXTURE = mx.Mixture(
    [0.4, 0.6],
    [[0, 10, 5], [4, 20, 6]],
    [np.diag([1, 4, 2]) + 0.5, np.diag([2, 3, 1]) - 0.5],
    feature_names=["a", "b", "c"],
)
ROWS = MIXTURE.sample(30, 0)[0].round(1)
MISSING = np.random.default_rng(0).uniform(size=ROWS.shape) < 0.3
HOLES = np.where(MISSING, np.nan, ROWS)


def table_with_holes():
    """The features in another order, among other columns, with null for missing."""
    a, b, c = (pa.array(column, from_pandas=True) for column in HOLES.T)
    names = pa.array([None if i % 7 == 0 else f"row {i}" for i in range(30)])
    return pa.table({"name": names, "c": c, "a": a, "count": np.arange(30), "b": b})


@pytest.fixture(autouse=True)
def files(tmp_path):
    mx.save(MIXTURE, tmp_path / "model.json")
    parquet.write_table(table_with_holes(), tmp_path / "holes.parquet")


def features(table):
    return np.column_stack([table[name].to_numpy() for name in "abc"])


def test_means_are_filled_in_and_all_else_stays(mixtura, tmp_path):
    result = mixtura("impute", "model.json", "holes.parquet", "-o", "filled.parquet")
    assert result.code == 0
    assert result.err == f"{MISSING.sum()} missing entries filled in; 30 rows in filled.parquet\n"
    filled, given = parquet.read_table("filled.parquet"), table_with_holes()
    assert filled.schema.equals(given.schema)
    assert filled.select(["name", "count"]).equals(given.select(["name", "count"]))
    np.testing.assert_array_equal(features(filled), MIXTURE.impute(HOLES))
    np.testing.assert_array_equal(features(filled)[~MISSING], ROWS[~MISSING])


def test_draws_come_one_below_the_other(mixtura, tmp_path):
    command = ("impute", "model.json", "holes.parquet", "--draws", 3, "--seed", 5)
    assert mixtura(*command, "-o", "draws.parquet").code == 0
    stacked = parquet.read_table("draws.parquet")
    assert stacked.column_names == [*table_with_holes().column_names, "draw"]
    assert stacked["draw"].to_pylist() == [1] * 30 + [2] * 30 + [3] * 30
    expected = MIXTURE.impute(HOLES, n_draws=3, rng=5)
    np.testing.assert_array_equal(features(stacked).reshape(3, 30, 3), expected)
    assert stacked["name"].to_pylist() == 3 * table_with_holes()["name"].to_pylist()


def test_a_saved_imputer_is_a_model(mixtura, tmp_path):
    imputer = mx.MixtureImputer(add_indicator=True).fit(table_with_holes().select(["a", "b", "c"]))
    mx.save(imputer, "imputer.json")
    assert mixtura("impute", "imputer.json", "holes.parquet", "-o", "filled.parquet").code == 0
    expected = imputer.mixture_.impute(HOLES)
    np.testing.assert_array_equal(features(parquet.read_table("filled.parquet")), expected)
    assert "MixtureImputer" in mixtura("info", "imputer.json").out


def test_an_imputer_with_another_marker_is_refused(mixtura, tmp_path):
    mx.save(mx.MixtureImputer(missing_values=-1).fit(ROWS), "imputer.json")
    result = mixtura("impute", "imputer.json", "holes.parquet", "-o", "filled.parquet")
    assert result.code == 2
    assert "takes -1 for a missing entry" in result.err


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet", "feather"])
def test_every_format(mixtura, tmp_path, suffix):
    assert mixtura("impute", "model.json", "holes.parquet", "-o", f"filled.{suffix}").code == 0
    read = {
        "csv": csv.read_csv,
        "tsv": lambda path: csv.read_csv(path, parse_options=csv.ParseOptions(delimiter="\t")),
        "parquet": parquet.read_table,
        "feather": feather.read_table,
    }[suffix]
    np.testing.assert_allclose(features(read(f"filled.{suffix}")), MIXTURE.impute(HOLES))


def test_without_an_output_csv_is_printed(mixtura, tmp_path):
    (tmp_path / "holes.csv").write_text("a,b,c,word\n1,,5,x\n2,11,6,\n")
    result = mixtura("impute", "model.json", "holes.csv")
    guess = MIXTURE.impute([[1, np.nan, 5]])[0, 1]
    header, first, second = result.out.splitlines()
    assert header == '"a","b","c","word"'
    assert first.split(",")[0] == "1"
    assert float(first.split(",")[1]) == pytest.approx(guess)
    assert second.split(",")[:3] == ["2", "11", "6"]


@pytest.mark.parametrize(
    ("kind", "becomes"),
    [
        (pa.int32(), pa.float64()),
        (pa.float32(), pa.float32()),
        (pa.float64(), pa.float64()),
        (pa.bool_(), pa.float64()),
        (pa.decimal128(5, 1), pa.float64()),
    ],
)
def test_columns_keep_their_types_unless_they_had_holes(mixtura, kind, becomes):
    zeros_and_ones = [Decimal(0), Decimal(1), None] if pa.types.is_decimal(kind) else [0, 1, None]
    holes = pa.array(zeros_and_ones).cast(kind)
    complete = holes.slice(0, 2).take(pa.array([0, 1, 1]))
    parquet.write_table(pa.table({"a": complete, "b": holes, "c": complete}), "typed.parquet")
    assert mixtura("impute", "model.json", "typed.parquet", "-o", "filled.parquet").code == 0
    filled = parquet.read_table("filled.parquet")
    assert filled.schema.types == [kind, becomes, kind]
    assert filled["b"].to_pylist()[:2] == [0, 1]
    assert filled["b"].null_count == 0


@pytest.mark.parametrize("entry", ["", "nan", "NA"])
def test_a_column_that_is_all_holes(mixtura, tmp_path, entry):
    (tmp_path / "holes.csv").write_text(f"a,b,c\n1,{entry},5\n2,{entry},6\n")
    assert mixtura("impute", "model.json", "holes.csv", "-o", "filled.csv", "--quiet").err == ""
    expected = MIXTURE.impute([[1, np.nan, 5], [2, np.nan, 6]])
    np.testing.assert_allclose(features(csv.read_csv("filled.csv")), expected)


def test_a_complete_table_comes_back(mixtura, tmp_path):
    (tmp_path / "complete.csv").write_text("a,b,c\n1,2,3\n4,5,6\n")
    assert mixtura("impute", "model.json", "complete.csv", "-o", "same.csv").code == 0
    assert csv.read_csv("same.csv").equals(csv.read_csv("complete.csv"))


def test_a_taken_name_gets_a_prefix(mixtura, tmp_path):
    (tmp_path / "taken.csv").write_text("a,b,c,draw\n1,,3,mine\n")
    result = mixtura("impute", "model.json", "taken.csv", "--draws", 2, "-o", "out.csv")
    assert result.code == 2
    assert "has a column 'draw' already; give the new ones other names with --prefix" in result.err
    mixtura("impute", "model.json", "taken.csv", "--draws", 2, "--prefix", "my_", "-o", "out.csv")
    written = csv.read_csv("out.csv")
    assert written["draw"].to_pylist() == ["mine", "mine"]
    assert written["my_draw"].to_pylist() == [1, 2]
    assert compute.count_distinct(written["b"]).as_py() == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("absent.json", "holes.parquet"), "There is no file 'absent.json'"),
        (("model.json", "absent.csv"), "There is no file 'absent.csv'"),
        (("model.json", "two.csv"), "There is no column 'c'; the columns are a, b"),
        (("model.json", "words.csv"), "Column 'c' holds text such as 'x', not numbers"),
        (("model.json", "infinite.csv"), "infinity"),
        (("model.json", "holes.parquet", "-o", "holes.parquet"), "it would be overwritten"),
        (("model.json", "holes.parquet", "-o", "filled.txt"), "must end in one of .csv"),
        (("model.json", "holes.parquet", "-o", "nowhere/filled.csv"), "no folder 'nowhere'"),
        (("model.json", "holes.parquet", "--draws", 0), "Invalid value for '--draws'"),
    ],
)
def test_bad_input_is_one_clear_sentence_and_leaves_nothing_behind(
    mixtura, tmp_path, arguments, sentence
):
    (tmp_path / "two.csv").write_text("a,b\n1,\n")
    (tmp_path / "words.csv").write_text("a,b,c\n1,,x\n")
    (tmp_path / "infinite.csv").write_text("a,b,c\n1,,inf\n")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    result = mixtura("impute", *arguments)
    assert result.code == 2
    assert sentence in result.err
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1
    assert result.out == ""
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
