"""Rows are cut into blocks, and go between NumPy and the library that holds them."""

import array_api_strict
import numpy as np
import pytest

from mixtura._array import (
    BLOCK_FLOATS,
    as_float64,
    as_kind,
    bring,
    empty_like_kind,
    has_infinity,
    is_array,
    row_ranges,
    rows_per_block,
    to_numpy,
)


@pytest.mark.parametrize(("n_rows", "block_rows"), [(10, 3), (9, 3), (1, 5), (1000, 1)])
def test_ranges_cover_every_row_once(n_rows, block_rows):
    ranges = list(row_ranges(n_rows, block_rows))
    assert np.concatenate([np.arange(n_rows)[rows] for rows in ranges]).tolist() == list(
        range(n_rows)
    )
    assert all(0 < rows.stop - rows.start <= block_rows for rows in ranges)


def test_no_rows_are_one_empty_block():
    assert list(row_ranges(0, 5)) == [slice(0, 0)]


@pytest.mark.parametrize("floats_per_row", [0, 1, 100, 10**9])
def test_blocks_fit_into_the_cache_or_are_small(floats_per_row):
    rows = rows_per_block(floats_per_row)
    assert rows == 64 or rows * floats_per_row <= BLOCK_FLOATS
    assert rows >= 64


def test_what_is_an_array():
    assert is_array(np.ones(2))
    assert is_array(array_api_strict.ones(2))
    assert not is_array([1.0, 2.0])


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_parameters_go_to_the_rows_and_back(precision):
    rows = array_api_strict.asarray(np.ones((3, 2), dtype=precision))
    parameter = np.array([1.0, 1 / 3])
    parameter.flags.writeable = False
    there = bring(parameter, rows)
    assert isinstance(there, type(rows))
    assert np.array_equal(to_numpy(there), parameter)
    assert as_float64(rows).dtype == array_api_strict.float64
    kind = empty_like_kind(rows)
    assert kind.shape == (0,)
    fitted = as_kind(parameter, kind)
    assert isinstance(fitted, type(rows))
    assert fitted.dtype == rows.dtype


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_infinity_is_found_beside_nan_and_huge_numbers_are_not_infinite(dtype):
    huge = np.full((4, 2), np.finfo(dtype).max)
    assert not has_infinity(huge)
    huge[0, 0] = np.nan
    assert not has_infinity(huge)
    huge[3, 1] = -np.inf
    assert has_infinity(huge)
