"""Rows are told from others by their numbers alone, however they are kept and cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixtura.data import ArraySource
from mixtura.em.checkpoint import digest_of, rows_identity
from mixtura.em.checkpoint.identity import differences

ROWS = np.random.default_rng(0).normal(size=(50, 3))
WEIGHTS = np.arange(50.0)


@given(st.integers(1, 60), st.booleans())
def test_neither_blocks_nor_order_in_memory_matter(block_rows, is_fortran):
    rows = np.asfortranarray(ROWS) if is_fortran else ROWS
    identity = rows_identity(ArraySource(rows, WEIGHTS, block_rows))
    assert identity == rows_identity(ArraySource(ROWS, WEIGHTS, 50))


@pytest.mark.parametrize(
    ("rows", "weights", "sentence"),
    [
        (ROWS[::-1], WEIGHTS, "X has changed"),
        (ROWS, WEIGHTS[::-1], "sample_weight has changed"),
        (ROWS, None, "sample_weight has changed"),
        (ROWS[:40], WEIGHTS[:40], r"shape of X was \[50, 3\] and is \[40, 3\] now"),
        (ROWS.reshape(75, 2), None, r"shape of X was \[50, 3\] and is \[75, 2\] now"),
        (ROWS.astype(np.float32), WEIGHTS, "dtype of X was 'float64' and is 'float32' now"),
        (np.where(ROWS < -2, np.nan, ROWS), WEIGHTS, "X has changed"),
    ],
)
def test_other_rows_differ_in_words(rows, weights, sentence):
    kept = rows_identity(ArraySource(ROWS, WEIGHTS, 50))
    own = rows_identity(ArraySource(rows, weights, 50))
    with pytest.raises(AssertionError, match=sentence):
        raise AssertionError(differences(kept, own))


def test_a_source_that_knows_itself_is_not_read():
    class File:
        def fingerprint(self):
            return "a of 3 bytes"

    assert rows_identity(File()) == {"X": {"fingerprint": "a of 3 bytes"}}


def test_settings_that_differ_are_told_with_both_values():
    assert differences({"a": 1, "b": "x"}, {"a": 1, "b": "y"}) == "b was 'x' and is 'y' now"
    assert differences({"a": 1}, {"a": 1, "c": 2}) == "c was None and is 2 now"
    assert differences({"a": 1.5}, {"a": 1.5}) == ""


def test_shapes_are_part_of_a_digest():
    assert digest_of(np.zeros((2, 3))) != digest_of(np.zeros((3, 2)))
    assert digest_of(np.zeros(2), np.ones(1)) != digest_of(np.zeros(2), np.ones(2))
