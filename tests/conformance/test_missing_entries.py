"""However a missing entry is written, every method that takes X answers as for NaN."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from mixtura.distribution.entries import with_nan
from support.methods import METHODS, answer, subject

COMPLETE = np.random.default_rng(0).normal(size=(40, 3)).round(1)
HOLES = np.zeros(COMPLETE.shape, dtype=bool)
HOLES[3, 1] = HOLES[7, :2] = HOLES[20, 2] = HOLES[30] = True
ROWS = np.where(HOLES, np.nan, COMPLETE)
WHOLE = (10 * COMPLETE).round().astype(int)
TRUTH = COMPLETE > 0
NAMES = ["a", "b", "c"]


def objects(values, missing):
    array = values.astype(object)
    array[HOLES] = missing
    return array


def columns(values):
    """Lists with None, by name."""
    return dict(zip(NAMES, objects(values, None).T.tolist(), strict=True))


def pandas(values, dtype):
    return pd.DataFrame({name: pd.array(c, dtype) for name, c in columns(values).items()})


WAYS = {
    "lists with None": objects(COMPLETE, None).tolist(),
    "lists with NA": objects(COMPLETE, pd.NA).tolist(),
    "tuples": tuple(map(tuple, objects(COMPLETE, None))),
    "objects with None": objects(COMPLETE, None),
    "objects with NA": objects(COMPLETE, pd.NA),
    "objects with NaT": objects(COMPLETE, pd.NaT),
    "masked": np.ma.masked_array(COMPLETE, HOLES),
    "masked, in columns": np.ma.masked_array(COMPLETE, HOLES).copy("F"),
    "masked infinity": np.ma.masked_array(np.where(HOLES, np.inf, COMPLETE), HOLES),
    "masked objects": np.ma.masked_array(objects(COMPLETE, "?"), HOLES),
    "a list of masked rows": list(np.ma.masked_array(COMPLETE, HOLES)),
    "NaN and no mask": np.ma.masked_array(ROWS),
    "pandas NaN": pd.DataFrame(ROWS, columns=NAMES),
    "pandas objects": pd.DataFrame(objects(COMPLETE, pd.NA), columns=NAMES),
    "pandas Float64": pandas(COMPLETE, "Float64"),
    "pandas of Arrow": pandas(COMPLETE, "float64[pyarrow]"),
    "pandas of two kinds": pandas(COMPLETE, "Float64").astype({"b": object}),
    "polars": pl.DataFrame(columns(COMPLETE)),
    "polars NaN": pl.DataFrame(ROWS, schema=NAMES),
    "Arrow": pa.table(columns(COMPLETE)),
}
TIMES = WHOLE.astype("timedelta64[ns]")
OF_INTEGERS = {
    "masked": np.ma.masked_array(WHOLE, HOLES),
    "masked bytes": np.ma.masked_array(WHOLE.astype(np.int8), HOLES),
    "times": np.where(HOLES, np.timedelta64("NaT"), TIMES),
    "pandas times": pd.DataFrame(np.where(HOLES, np.timedelta64("NaT"), TIMES), columns=NAMES),
    "pandas Int64": pandas(WHOLE, "Int64"),
    "polars": pl.DataFrame(columns(WHOLE)),
    "Arrow": pa.table(columns(WHOLE)),
}
OF_BOOLEANS = {
    "masked": np.ma.masked_array(TRUTH, HOLES),
    "pandas boolean": pandas(TRUTH, "boolean"),
    "polars": pl.DataFrame(columns(TRUTH)),
    "Arrow": pa.table(columns(TRUTH)),
}


CASES = [
    pytest.param(np.where(HOLES, np.nan, values), X, id=f"{values.dtype}-{way}")
    for values, ways in ((COMPLETE, WAYS), (WHOLE, OF_INTEGERS), (TRUTH, OF_BOOLEANS))
    for way, X in ways.items()
]


@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize(("name", "method"), METHODS)
@pytest.mark.parametrize(("rows", "X"), CASES)
def test_every_way_of_missing_is_nan(rows, X, name, method):
    expected = answer(subject(name, rows), method, rows)
    np.testing.assert_array_equal(answer(subject(name, rows), method, X), expected)


@pytest.mark.parametrize("name", ["Mixture", "GaussianMixture"])
def test_float32_under_a_mask_stays_float32(name):
    X = np.ma.masked_array(COMPLETE.astype(np.float32), HOLES)
    kept = subject(name, ROWS.astype(np.float32))
    expected = kept.impute(ROWS.astype(np.float32))
    np.testing.assert_array_equal(kept.impute(X), expected)
    assert kept.impute(X).dtype == expected.dtype


@pytest.mark.parametrize(
    "X",
    [
        ROWS,
        np.asfortranarray(ROWS),
        ROWS[::2, 1:],
        ROWS.astype(np.float32),
        WHOLE,
        TRUTH,
        WAYS["pandas NaN"],
        WAYS["polars"],
        WAYS["Arrow"],
    ],
)
def test_what_can_hold_nan_alone_is_passed_on_as_it_is(X):
    assert with_nan(X) is X


@pytest.mark.parametrize("way", [way for way in WAYS if way.startswith("pandas")])
def test_a_frame_keeps_its_names(way):
    assert list(with_nan(WAYS[way]).columns) == NAMES


@pytest.mark.parametrize(("name", "method"), METHODS)
@pytest.mark.parametrize("word", ["unknown", "NA", ""])
def test_words_are_no_missing_entries(word, name, method):
    kept = subject(name, ROWS)
    for X in (objects(COMPLETE, word), pd.DataFrame(objects(COMPLETE, word))):
        with pytest.raises(ValueError, match=f"could not convert string to float: '{word}'"):
            answer(kept, method, X)


@pytest.mark.parametrize("way", ["masked", "objects with NA", "pandas objects", "lists with NA"])
def test_x_is_not_written_to(way):
    before = WAYS[way].copy()
    subject("GaussianMixture", WAYS[way]).impute(WAYS[way])
    if isinstance(before, np.ma.MaskedArray):
        np.testing.assert_array_equal(WAYS[way].mask, before.mask)
        before, after = before.data, WAYS[way].data
    else:
        after = WAYS[way]
    assert pd.DataFrame(after).equals(pd.DataFrame(before))
