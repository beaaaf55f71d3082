"""Which array library holds the rows; the only door to array-api-compat.

Parameters are small and live in NumPy; rows stay where they are (NumPy, torch, CuPy, ...). A
formula over both first brings the parameters to the rows, and its sums come back to NumPy.
"""

import math
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import array_api_compat
import numpy as np
from numpy.typing import NDArray

from mixtura._patterns import Patterns
from mixtura.typing import AnyArray, AnyND, Float

BLOCK_FLOATS = 2**17
"""Temporaries of a block take about this many floats (1 MB), so that they stay in the cache."""


def namespace(array: AnyArray) -> ModuleType:
    """The Array API namespace of `array`, whose functions work on it."""
    module: ModuleType = array_api_compat.array_namespace(array)
    return module


def is_array(value: object) -> bool:
    """Whether `value` belongs to an Array API library (a list or a data frame does not)."""
    return bool(array_api_compat.is_array_api_obj(value))


def bring(parameter: NDArray[Any], rows: AnyArray) -> AnyArray:
    """`parameter` in the library and on the device of `rows`."""
    if isinstance(rows, np.ndarray):
        return parameter
    copied = np.array(parameter, copy=True)  # torch warns of NumPy arrays that are not writeable
    return namespace(rows).asarray(copied, device=array_api_compat.device(rows))


def as_float64(rows: AnyArray) -> AnyArray:
    """`rows` in float64: one block's arithmetic is in double precision whatever holds the data."""
    xp = namespace(rows)
    return xp.astype(rows, xp.float64, copy=False)


def on_host(array: AnyArray) -> NDArray[Any]:
    """`array` as NumPy, in its own precision."""
    if isinstance(array, np.ndarray):
        return array
    if array_api_compat.is_torch_array(array):
        return np.asarray(array.detach().cpu())
    if array_api_compat.is_cupy_array(array):
        return np.asarray(array.get())
    info = namespace(array).__array_namespace_info__()
    return np.asarray(array_api_compat.to_device(array, info.default_device()))


def to_numpy(array: AnyArray) -> Float:
    """`array` as NumPy float64."""
    return on_host(array).astype(np.float64, copy=False)


def empty_like_kind(rows: AnyArray) -> AnyArray:
    """An array of no elements that remembers the library, device and precision of `rows`."""
    xp = namespace(rows)
    return xp.empty((0,), dtype=rows.dtype, device=array_api_compat.device(rows))


def as_kind(array: Float, kind: AnyArray) -> AnyArray:
    """`array` in the library, on the device and in the precision of `kind`."""
    return namespace(kind).astype(bring(array, kind), kind.dtype, copy=False)


def patterns_of(rows: AnyND) -> Patterns | None:
    """Which entries of the rows are NaN; None where none is."""
    if not math.isnan(_total(rows)):
        return None
    missing = np.isnan(on_host(rows))
    return Patterns(missing) if missing.any() else None


def has_infinity(rows: AnyND) -> bool:
    """Whether any entry is infinite, also where others are NaN."""
    xp = namespace(rows)
    return not math.isfinite(_total(rows)) and bool(xp.any(xp.isinf(rows)))


def is_plain(rows: AnyND) -> bool:
    """Whether one look at the rows shows that no entry is NaN or infinite."""
    return math.isfinite(_total(rows))


def _total(rows: AnyND) -> float:
    """The sum of all entries: finite only if all are; huge numbers alone can make it infinite."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(namespace(rows).sum(rows))


def take_rows(array: AnyArray, indices: NDArray[np.int64]) -> AnyArray:
    """The rows of an array of any library at these indices."""
    return namespace(array).take(array, bring(indices, array), axis=0)


def take_columns(rows: AnyND, indices: NDArray[np.int64]) -> AnyND:
    """The columns of an array of any library at these indices."""
    return namespace(rows).take(rows, bring(indices, rows), axis=1)


def rows_per_block(floats_per_row: int) -> int:
    """How many rows make a block when each needs `floats_per_row` numbers of working space."""
    return max(64, BLOCK_FLOATS // max(1, floats_per_row))


def row_ranges(n_rows: int, block_rows: int) -> Iterator[slice]:
    """Consecutive slices of at most `block_rows` that cover `n_rows`; one empty slice for none."""
    for start in range(0, max(n_rows, 1), block_rows):
        yield slice(start, min(start + block_rows, n_rows))
