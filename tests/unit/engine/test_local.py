"""The engine of this process: sums, maps and samples over the blocks of a source."""

import array_api_strict
import numpy as np
import pytest

from mixtura.data import ArraySource
from mixtura.engine import Local, open_rows

ROWS = np.arange(20.0).reshape(10, 2)
by_block_rows = pytest.mark.parametrize("block_rows", [1, 3, 10])


@by_block_rows
def test_sums_add_what_blocks_give(block_rows):
    source = ArraySource(ROWS, np.ones(10), block_rows)
    total = Local().sum(lambda block: block.weights @ block.rows, source)
    assert total.tolist() == ROWS.sum(axis=0).tolist()


@by_block_rows
def test_maps_join_what_blocks_give(block_rows):
    source = ArraySource(ROWS, None, block_rows)
    assert np.array_equal(Local().map(lambda rows: 2 * rows, source), 2 * ROWS)


def test_samples_are_distinct_rows_in_order():
    source = ArraySource(ROWS, None, 3)
    rows, weights = Local().sample(source, 4, np.random.default_rng(0))
    assert 1 <= len(rows) <= 4
    assert (np.diff(rows[:, 0]) > 0).all()
    assert weights is None
    every, _ = Local().sample(source, 10, np.random.default_rng(0))
    assert np.array_equal(every, ROWS)


def test_opening_pairs_rows_with_their_engine():
    for rows in (ROWS, array_api_strict.asarray(ROWS)):
        engine, source = open_rows(rows, floats_per_row=2)
        assert isinstance(engine, Local)
        assert source.rows is rows
    with pytest.raises(TypeError, match="X must be an array, not list"):
        open_rows([[1.0]], floats_per_row=1)
