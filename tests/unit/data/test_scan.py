"""What rows are read from, and how they are checked on the way."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mixtura as mx
from mixtura.data.arrow.writing import WRITERS, write_table
from mixtura.data.batches import rechunked
from mixtura.engine import scanned

ROWS = np.random.default_rng(0).normal(size=(60, 3))
TABLE = pa.table({name: ROWS[:, j] for j, name in enumerate("abc")})


class Again:
    """An object that can be iterated again and again."""

    def __iter__(self):
        return iter([ROWS[:20], ROWS[20:21], ROWS[21:]])


def read(scan):
    return np.concatenate(list(scan))


@pytest.mark.parametrize("size", [1, 7, 60, 100])
def test_batches_have_the_size_that_is_asked_for(size):
    batches = list(rechunked([ROWS[:1], ROWS[1:30], ROWS[30:30], ROWS[30:]], size))
    np.testing.assert_array_equal(np.concatenate(batches), ROWS)
    assert {len(batch) for batch in batches[:-1]} <= {size}


@pytest.mark.parametrize("suffix", WRITERS)
def test_files_are_read(suffix, tmp_path):
    write_table(TABLE, tmp_path / f"rows{suffix}")
    scan = mx.scan(tmp_path / f"rows{suffix}")
    assert scan.columns == ("a", "b", "c")
    np.testing.assert_array_equal(read(scan), ROWS)
    np.testing.assert_array_equal(
        read(mx.scan(tmp_path / f"rows{suffix}", ["c", "a"])), ROWS[:, [2, 0]]
    )


@pytest.mark.parametrize("suffix", WRITERS)
def test_folders_and_patterns_are_read_in_order(suffix, tmp_path):
    for number, part in enumerate([TABLE.slice(0, 25), TABLE.slice(25)]):
        write_table(part, tmp_path / f"part-{number}{suffix}")
    np.testing.assert_array_equal(read(mx.scan(tmp_path)), ROWS)
    np.testing.assert_array_equal(read(mx.scan(f"{tmp_path}/part-*{suffix}")), ROWS)


@pytest.mark.parametrize(
    "source",
    [
        ROWS,
        [ROWS[:10], ROWS[10:]],
        Again(),
        TABLE,
        pd.DataFrame(ROWS, columns=list("abc")),
        pl.DataFrame(ROWS, schema=list("abc")),
        TABLE.to_reader(max_chunksize=7),
    ],
    ids=["array", "list", "iterable", "Arrow", "pandas", "polars", "record batches"],
)
def test_what_is_in_memory_is_read(source):
    scan = mx.scan(source)
    for _ in range(2):
        np.testing.assert_array_equal(read(scan), ROWS)


def test_array_files_are_mapped(tmp_path):
    np.save(tmp_path / "rows.npy", ROWS.astype(np.float32))
    batches = list(mx.scan(tmp_path / "rows.npy"))
    assert batches[0].dtype == np.float32
    np.testing.assert_array_equal(batches[0], ROWS.astype(np.float32))


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (iter([ROWS]), "only once"),
        ([], "no arrays"),
        (3, "cannot be read from 'int'"),
        ("missing.parquet", "There is no file"),
        ("missing.npy", "There is no file"),
        ([ROWS[:, 0]], r"of shape \(n, d\), not float64 \(60,\)"),
        ([np.array([["a"]])], "arrays of numbers"),
        (pa.table({"a": ["x", "y"]}), "'a' holds text"),
    ],
)
def test_what_cannot_be_read_is_refused(source, sentence):
    with pytest.raises((TypeError, ValueError), match=sentence):
        read(mx.scan(source))


def test_arrays_of_other_width_are_refused():
    with pytest.raises(ValueError, match=r"of shape \(n, 3\), not float64 \(60, 2\)"):
        read(mx.scan([ROWS, ROWS[:, :2]]))


def test_a_scan_is_no_array():
    with pytest.raises(TypeError, match="never held whole"):
        mx.MixtureImputer().fit(mx.scan(ROWS))


@pytest.fixture
def streaming(monkeypatch):
    """Even few rows are read in each pass."""
    monkeypatch.setattr(scanned, "KEPT_NUMBERS", 0)


@pytest.mark.usefixtures("streaming")
class TestFits:
    def test_infinity_and_bad_weights_are_refused(self):
        for value, sentence in [(np.inf, "'b' holds infinity"), (-np.inf, "'b' holds infinity")]:
            rows = ROWS.copy()
            rows[7, 1] = value
            with pytest.raises(ValueError, match=sentence):
                mx.GaussianMixture().fit(mx.scan(pd.DataFrame(rows, columns=list("abc"))))
        for weight, sentence in [(-1.0, "weight -1"), (np.nan, "lacks weights")]:
            table = TABLE.append_column("w", pa.array([weight] * 60))
            with pytest.raises(ValueError, match=sentence):
                mx.GaussianMixture().fit(mx.scan(table), sample_weight="w")
        with pytest.raises(ValueError, match="There is no column 'v'"):
            mx.GaussianMixture().fit(mx.scan(TABLE), sample_weight="v")
        with pytest.raises(ValueError, match="60 rows and 61"):
            mx.GaussianMixture().fit(mx.scan(ROWS), sample_weight=np.ones(61))
        with pytest.raises(ValueError, match="only 59 sample weights"):
            mx.GaussianMixture().fit(mx.scan(ROWS), sample_weight=np.ones(59))
        for weights, sentence in [(-np.ones(60), "Negative"), (np.ones((60, 1)), "1D array")]:
            with pytest.raises(ValueError, match=sentence):
                mx.GaussianMixture().fit(mx.scan(ROWS), sample_weight=weights)

    def test_no_rows_and_too_few_are_refused(self):
        empty = np.full((5, 3), np.nan)
        for rows, sentence in [
            (ROWS[:0], "no rows to read"),
            (empty, "no rows to read"),
            (ROWS[:1], "minimum of 2"),
            (ROWS[:3], "n_samples >= n_components"),
            (np.column_stack([ROWS[:, :2], np.full(60, np.nan)]), "Column 2 of X has no entry"),
        ]:
            with pytest.raises(ValueError, match=sentence):
                mx.GaussianMixture(4).fit(mx.scan([rows]))
        with pytest.raises(ValueError, match="All sample weights are zero"):
            mx.GaussianMixture().fit(mx.scan(ROWS), sample_weight=np.zeros(60))

    def test_labels_to_begin_from_are_refused(self):
        labels = np.arange(60) % 2
        with pytest.raises(ValueError, match="give a mixture_init"):
            mx.GaussianMixture(2, responsibilities_init=labels).fit(mx.scan(ROWS))

    def test_features_are_taken_by_name(self):
        gm = mx.GaussianMixture(random_state=0).fit(mx.scan(TABLE, ["b", "a"]))
        assert gm.feature_names_in_.tolist() == ["b", "a"]
        np.testing.assert_allclose(gm.means_[0], ROWS[:, [1, 0]].mean(axis=0))
        frame = pd.DataFrame(ROWS, columns=list("abc"))
        expected = gm.score_samples(frame[["b", "a"]])
        np.testing.assert_allclose(gm.score_samples(mx.scan(frame)), expected)
        with pytest.raises(ValueError, match="There is no column 'b'"):
            gm.predict(mx.scan(frame[["a", "c"]]))

    def test_a_weight_column_is_no_feature_unless_asked_for(self):
        table = TABLE.append_column("w", pa.array(np.arange(60.0)))
        gm = mx.GaussianMixture().fit(mx.scan(table), sample_weight="w")
        np.testing.assert_allclose(gm.means_[0], np.average(ROWS, axis=0, weights=np.arange(60)))
        assert gm.n_features_in_ == 3
        gm = mx.GaussianMixture().fit(mx.scan(table, list("abcw")), sample_weight="w")
        assert gm.n_features_in_ == 4
