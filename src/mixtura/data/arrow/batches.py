"""Record batches as rows, and back: what passes between Spark and NumPy."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from pyarrow import compute

from mixtura.data.arrow.table import numbers
from mixtura.typing import AnyArray, HostND


def rows_of(batch: pa.RecordBatch) -> HostND:
    """The rows of a batch of numeric columns, column by column in memory; NaN for null."""
    rows = np.empty((batch.num_columns, batch.num_rows))
    for j, column in enumerate(numbers(batch)):
        rows[j] = column
    return rows.T


def rows_of_lists(batch: pa.RecordBatch, name: str, width: int) -> HostND:
    """The rows that a column of lists holds; NaN for null, in lists and in their place.

    Raises
    ------
    ValueError
        Where a list has not so many entries.
    """
    lists = batch.column(name).cast(pa.list_(pa.float64()))
    lengths = compute.list_value_length(lists).drop_null().to_numpy()
    if (lengths != width).any():
        other = lengths[lengths != width][0]
        raise ValueError(f"Column {name!r} holds rows of {width} numbers and of {other}.")
    rows = np.full((len(lists), width), np.nan)
    entries = lists.flatten().to_numpy(zero_copy_only=False)
    rows[lists.is_valid().to_numpy(zero_copy_only=False)] = entries.reshape(-1, width)
    return rows


def batch_of(name: str, values: Sequence[bytes]) -> pa.RecordBatch:
    """A batch of one column."""
    return pa.record_batch([pa.array(values, pa.binary())], names=[name])


def with_values(batch: pa.RecordBatch, columns: Mapping[str, AnyArray]) -> pa.RecordBatch:
    """The batch with columns of these names: in the place of its own, or at the end.

    Values of shape (n, m) become lists.
    """
    own = dict(zip(batch.schema.names, batch.columns, strict=True))
    own |= {name: _column(values) for name, values in columns.items()}
    return pa.record_batch(list(own.values()), names=list(own))


def _column(values: AnyArray) -> pa.Array:
    column = pa.array(np.ravel(values))
    if values.ndim == 1:
        return column
    ends = np.arange(len(values) + 1, dtype=np.int32) * values.shape[1]
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), column)
