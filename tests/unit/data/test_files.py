"""Files are read block by block: whatever they hold comes as numbers, or is named in an error."""

import os
import threading
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

import mixtura as mx
from mixtura.data import Stream, batches
from mixtura.data.arrow import files, formats
from mixtura.data.arrow.writing import WRITERS, write_table
from mixtura.data.batches import filled
from mixtura.engine import Local

ROWS = np.random.default_rng(0).normal(size=(700, 3))
TABLE = pa.table({name: ROWS[:, j] for j, name in enumerate("abc")})


def read(path, columns=None):
    return np.concatenate([batch.copy() for batch in mx.scan(path, columns)])


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks of some dozen rows, so that files have many; and no thread stays behind."""
    monkeypatch.setattr(batches, "BLOCK_NUMBERS", 100)
    for module in (formats, files):
        monkeypatch.setattr(module, "CSV_BYTES", 1000)
    yield
    assert "mixtura-reader" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("size", [1, 7, 60, 100])
def test_columns_are_put_together_to_blocks_of_one_size(size):
    parts = [ROWS[:1], ROWS[1:30], ROWS[30:30], ROWS[30:60]]
    blocks = [block.copy() for block in filled([part.T for part in parts], 3, size, 2)]
    np.testing.assert_array_equal(np.concatenate(blocks), ROWS[:60])
    assert {len(block) for block in blocks[:-1]} <= {size}


@pytest.mark.parametrize("suffix", WRITERS)
def test_files_of_many_blocks_are_read(suffix, tmp_path):
    write_table(TABLE, tmp_path / f"rows{suffix}")
    np.testing.assert_array_equal(read(tmp_path / f"rows{suffix}"), ROWS)
    np.testing.assert_array_equal(read(tmp_path / f"rows{suffix}", ["c", "a"]), ROWS[:, [2, 0]])


@pytest.mark.parametrize("group", [1, 64, 300])
def test_row_groups_and_batches_of_any_size(group, tmp_path):
    parquet.write_table(TABLE, tmp_path / "rows.parquet", row_group_size=group)
    feather.write_feather(TABLE, tmp_path / "rows.feather", chunksize=group)
    for name in ("rows.parquet", "rows.feather"):
        np.testing.assert_array_equal(read(tmp_path / name, ["b"]), ROWS[:, [1]])


BIG = 2**53 + 1


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
@pytest.mark.parametrize(
    ("values", "kind", "numbers"),
    [
        ([1, None, 3], pa.int8(), [1, np.nan, 3]),
        ([1, BIG, 3], pa.int64(), [1, BIG, 3]),
        ([1, 2**64 - 1], pa.uint64(), [1, 2**64 - 1]),
        ([0.5, None, np.nan], pa.float32(), [0.5, np.nan, np.nan]),
        ([Decimal("1.25"), None], pa.decimal128(9, 2), [1.25, np.nan]),
        ([True, None, False], pa.bool_(), [1, np.nan, 0]),
        ([None, None], pa.null(), [np.nan, np.nan]),
        ([7, None, 7], pa.dictionary(pa.int32(), pa.int64()), [7, np.nan, 7]),
    ],
    ids=str,
)
def test_numbers_of_every_type(suffix, values, kind, numbers, tmp_path):
    column = pa.array(values, kind.value_type) if pa.types.is_dictionary(kind) else None
    column = pa.array(values, kind) if column is None else column.dictionary_encode()
    write_table(pa.table({"a": column}), tmp_path / f"rows{suffix}")
    np.testing.assert_array_equal(
        read(tmp_path / f"rows{suffix}")[:, 0], np.array(numbers, dtype=np.float64)
    )


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        (pa.array(["x", "1"]), "Column 'a' holds text such as 'x', not numbers"),
        (pa.array(["x", "1"]).dictionary_encode(), "Column 'a' holds values of type dictionary"),
        (pa.array([[1.0], [2.0]]), "Column 'a' holds values of type list"),
        (pa.array([{"b": 1}, {"b": 2}]), "Column 'a' holds values of type struct"),
        (pa.array([1, 2], pa.timestamp("s")), "Column 'a' holds values of type timestamp"),
        (pa.array([b"x", b"y"]), "text that is not UTF-8"),
    ],
    ids=str,
)
def test_what_is_no_number_is_refused(column, sentence, tmp_path):
    parquet.write_table(pa.table({"a": column, "n": [1, 2]}), tmp_path / "rows.parquet")
    with pytest.raises(mx.DataFileError, match=sentence):
        read(tmp_path / "rows.parquet")
    assert read(tmp_path / "rows.parquet", "n").tolist() == [[1], [2]]


def lines(*later, n=500):
    """A CSV file whose columns are whole numbers for longer than its types are looked for."""
    return "\n".join(["a,b", *(f"{i},{2 * i}" for i in range(n)), *later]) + "\n"


@pytest.mark.parametrize(
    ("later", "entry"), [("0.5,1", 0.5), (",1", np.nan), ("1e3,1", 1e3), ("NA,1", np.nan)]
)
def test_a_csv_file_may_begin_with_whole_numbers(later, entry, tmp_path):
    (tmp_path / "rows.csv").write_text(lines(later))
    rows = read(tmp_path / "rows.csv")
    np.testing.assert_array_equal(rows[-1], [entry, 1])
    np.testing.assert_array_equal(rows[:500, 1], 2 * np.arange(500))


def test_a_csv_file_may_begin_without_entries(tmp_path):
    (tmp_path / "rows.csv").write_text("a,b\n" + 600 * ",1\n" + "2.5,1\n")
    assert read(tmp_path / "rows.csv")[-1].tolist() == [2.5, 1]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lines("1,zz").encode(), "Column 'b' of '.*rows.csv' holds 'zz' among numbers"),
        (lines("1,true").encode(), "Column 'b' of '.*rows.csv' holds 'true' among numbers"),
        (lines("1,\xe9").encode("latin-1"), "rows.csv"),
        (lines("1,2,3").encode(), "rows.csv' cannot be read: .*Expected 2 columns, got 3"),
        (b"\xe9,b\n1,2\n", "rows.csv' is not UTF-8 text"),
        (b"a;b\n1;2\n", "rows.csv' seems to be separated by semicolons"),
        (b"a,b,a\n1,2,3\n", "rows.csv' has two columns with the name 'a'"),
        (b"", "rows.csv' cannot be read: Empty CSV file"),
        (b"a,b\n", "rows.csv' has no rows"),
        (b"a,b\n1,x\n2,y\n", "Column 'b' holds text such as 'x', not numbers"),
    ],
)
def test_bad_csv_files(content, sentence, tmp_path):
    (tmp_path / "rows.csv").write_bytes(content)
    with pytest.raises(mx.DataFileError, match=sentence):
        read(tmp_path / "rows.csv")


@pytest.mark.parametrize("value", ["inf", "-inf", "1e999"])
def test_infinity_is_refused(value, tmp_path):
    (tmp_path / "rows.csv").write_text(lines(f"1,{value}"))
    with pytest.raises(ValueError, match="Column 'b' holds infinity"):
        mx.GaussianMixture().fit(mx.scan(tmp_path / "rows.csv"))


@pytest.mark.parametrize("suffix", WRITERS)
def test_another_file_must_have_the_columns_of_the_first(suffix, tmp_path):
    write_table(TABLE, tmp_path / f"1{suffix}")
    write_table(TABLE.select(["a", "c"]), tmp_path / f"2{suffix}")
    with pytest.raises(mx.DataFileError, match=rf"2{suffix}' has no column 'b', as '.*1{suffix}'"):
        read(tmp_path)
    np.testing.assert_array_equal(read(tmp_path, ["c"])[700:], ROWS[:, [2]])


def test_columns_of_another_file_may_come_in_another_order_and_type(tmp_path):
    write_table(TABLE, tmp_path / "1.parquet")
    other = {"c": np.arange(5), "a": np.ones(5, dtype=np.float32), "b": np.zeros(5)}
    write_table(pa.table(other), tmp_path / "2.parquet")
    np.testing.assert_array_equal(
        read(tmp_path)[700:], np.column_stack([np.ones(5), np.zeros(5), np.arange(5)])
    )
    write_table(pa.table({**other, "a": ["x"] * 5}), tmp_path / "2.parquet")
    with pytest.raises(mx.DataFileError, match=r"'a' of '.*2.parquet' holds .*string, not numbers"):
        read(tmp_path)


def test_files_that_are_written_or_are_notes_are_left_out(tmp_path):
    write_table(TABLE, tmp_path / "1.parquet")
    for name in (".1-a1b2.parquet", "_metadata.parquet"):
        (tmp_path / name).write_bytes(b"")
    np.testing.assert_array_equal(read(tmp_path), ROWS)


def test_files_of_several_formats_are_refused(tmp_path):
    for suffix in (".csv", ".parquet"):
        write_table(TABLE, tmp_path / f"rows{suffix}")
    with pytest.raises(mx.DataFileError, match=r"of one format are read, not \.csv, \.parquet"):
        mx.scan(tmp_path)
    (tmp_path / "none").mkdir()
    with pytest.raises(mx.DataFileError, match=r"holds no \.csv"):
        mx.scan(tmp_path / "none")


@pytest.mark.parametrize("suffix", WRITERS)
def test_files_that_change_are_refused(suffix, tmp_path):
    path = tmp_path / f"rows{suffix}"
    write_table(TABLE, path)
    scan = mx.scan(path)
    assert sum(len(batch) for batch in scan) == 700
    write_table(TABLE.slice(1), path)
    with pytest.raises(mx.DataFileError, match=f"rows{suffix}' has changed"):
        list(scan)
    path.unlink()
    with pytest.raises(mx.DataFileError, match=f"rows{suffix}' cannot be read: No such file"):
        list(scan)


@pytest.mark.parametrize("suffix", WRITERS)
def test_files_that_change_during_a_pass_are_refused(suffix, tmp_path):
    path = tmp_path / f"rows{suffix}"
    write_table(TABLE, path)
    rows = iter(mx.scan(path))
    next(rows)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(mx.DataFileError, match=f"rows{suffix}' has changed"):
        list(rows)


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_truncated_files_are_refused(suffix, tmp_path):
    path = tmp_path / f"rows{suffix}"
    write_table(TABLE, path)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(mx.DataFileError, match=f"rows{suffix}' cannot be read"):
        read(path)


def test_a_corrupt_page_is_refused(tmp_path):
    path = tmp_path / "rows.parquet"
    parquet.write_table(TABLE, path, write_page_checksum=True)
    content = bytearray(path.read_bytes())
    content[2000] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(mx.DataFileError, match=r"rows\.parquet' cannot be read: .*[Cc][Rr][Cc]"):
        read(path)


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_pass_that_is_left_early_leaves_no_thread(suffix, tmp_path):
    write_table(TABLE, tmp_path / f"rows{suffix}")
    rows = iter(mx.scan(tmp_path / f"rows{suffix}"))
    next(rows)
    rows.close()
    assert "mixtura-reader" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("verb", ["sum", "map"])
def test_an_error_that_is_held_holds_no_thread(verb, tmp_path):
    write_table(TABLE, tmp_path / "rows.parquet")
    scan = mx.scan(tmp_path / "rows.parquet")
    with pytest.raises(ZeroDivisionError) as held:
        getattr(Local(), verb)(lambda _: 1 / 0, Stream(scan.reader, scan.columns))
    assert held.value.__traceback__ is not None
    assert "mixtura-reader" not in {thread.name for thread in threading.enumerate()}


def test_a_fit_of_files_is_a_fit_of_their_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("mixtura.engine.scanned.KEPT_NUMBERS", 0)
    start = mx.GaussianMixture(2, random_state=0).fit(ROWS).mixture_
    settings = {"mixture_init": start, "max_iter": 5, "tol": 0, "reg_covar": 0}
    with pytest.warns(match="did not converge"):
        expected = mx.GaussianMixture(2, **settings).fit(ROWS)
    for suffix in WRITERS:
        write_table(TABLE, tmp_path / f"rows{suffix}")
        with pytest.warns(match="did not converge"):
            model = mx.GaussianMixture(2, **settings).fit(mx.scan(tmp_path / f"rows{suffix}"))
        np.testing.assert_allclose(model.covariances_, expected.covariances_, rtol=1e-10)
