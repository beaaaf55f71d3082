"""Rows in memory come in blocks, each with the weights and columns that belong to it."""

import numpy as np
import pytest

from mixtura.data import ArraySource

ROWS = np.arange(20.0).reshape(10, 2)
WEIGHTS = np.arange(10.0) / 10


@pytest.mark.parametrize("block_rows", [1, 3, 10, 64])
def test_blocks_are_consecutive_views(block_rows):
    source = ArraySource(ROWS, WEIGHTS, block_rows).with_columns(label=np.arange(10))
    for _ in range(2):  # sources can be read again
        blocks = list(source)
        assert [block.start for block in blocks] == list(range(0, 10, block_rows))
        assert np.array_equal(np.concatenate([block.rows for block in blocks]), ROWS)
        assert np.array_equal(np.concatenate([block.weights for block in blocks]), WEIGHTS)
        for block in blocks:
            assert len(block.rows) <= block_rows
            assert np.shares_memory(block.rows, ROWS)
            assert np.array_equal(block.columns["label"], block.rows[:, 0] / 2)
    assert (source.n_rows, source.n_features) == (10, 2)


def test_without_weights_blocks_have_none():
    assert [block.weights for block in ArraySource(ROWS, None, 5)] == [None, None]


def test_rows_are_taken_with_their_weights():
    rows, weights = ArraySource(ROWS, WEIGHTS, 3).take(np.array([1, 7]))
    assert rows.tolist() == [[2, 3], [14, 15]]
    assert weights.tolist() == [0.1, 0.7]
    assert ArraySource(ROWS, None, 3).take(slice(0, 2))[1] is None
