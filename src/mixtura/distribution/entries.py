"""What counts as a missing entry of X, whatever X is: NaN stands for all of it.

None, NaN, pandas' NA and NaT, masked entries, and the nulls of polars and Arrow. Arrays and frames
that can hold NaN alone are passed on as they are, and none is written to.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixtura.typing import AnyArray, Float

NAMES_OF_NA = ("NAType", "NaTType")
"""The types of pandas' NA and NaT, by name: pandas need not be installed."""

TIMES = ("m", "M")
"""NumPy's kinds of durations and dates, whose NaT would become a number like any other."""


def with_nan(X: AnyArray) -> AnyArray:
    """X with NaN for each missing entry that is written otherwise.

    Parameters
    ----------
    X : array-like of shape (n, d)

    Returns
    -------
    array-like of shape (n, d)
        X itself where it has no other missing entries than NaN; a frame keeps its names.

    Raises
    ------
    ValueError, TypeError
        Where an object is neither a number nor missing, or a number is beyond float64.
    """
    if isinstance(X, list | tuple):
        masked = any(isinstance(row, np.ma.MaskedArray) for row in X)
        array: NDArray[Any] = np.ma.array(X) if masked else np.asarray(X)
        return with_nan(array) if masked or array.dtype == object else X
    if isinstance(X, np.ma.MaskedArray):
        return _unmasked(X)
    is_pandas = hasattr(X, "iloc") and hasattr(X, "columns")
    if is_pandas and any(_may_hold_na(kind) for kind in X.dtypes):
        return type(X)(_numbers_of_frame(X), columns=X.columns)
    if is_pandas and all(kind.kind in TIMES for kind in X.dtypes):
        return type(X)(with_nan(X.to_numpy()), columns=X.columns)
    if isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 2:
        return _numbers(X)
    if isinstance(X, np.ndarray) and X.dtype.kind in TIMES:
        return np.where(np.isnat(X), np.nan, X.astype(np.float64))
    return X


def _unmasked(X: np.ma.MaskedArray[Any, Any]) -> NDArray[Any]:
    """The values under the mask, and NaN where it hides one."""
    if not np.ma.is_masked(X):
        return np.asarray(with_nan(X.data))
    values = X.data.astype(X.dtype if X.dtype.kind in "fcO" else np.float64)
    values[np.ma.getmaskarray(X)] = np.nan
    return np.asarray(with_nan(values))


def _may_hold_na(kind: Any) -> bool:
    """Whether a column of a pandas frame may hold what is missing and is not NaN."""
    return kind == "object" or type(getattr(kind, "na_value", None)).__name__ in NAMES_OF_NA


def _numbers_of_frame(frame: Any) -> Float:
    if any(kind == "object" for kind in frame.dtypes):
        return _numbers(frame.to_numpy(dtype=object))
    numbers: Float = frame.to_numpy(dtype=np.float64, na_value=np.nan)
    return numbers


def _numbers(objects: NDArray[Any]) -> Float:
    """Objects that are numbers or missing as float64; for words NumPy's error names one."""
    missing = np.frompyfunc(is_missing, 1, 1)(objects).astype(np.bool_)
    try:
        return np.where(missing, np.nan, objects).astype(np.float64)
    except OverflowError:
        raise ValueError("X contains infinity or a value too large for float64.") from None


def is_missing(entry: object) -> bool:
    """Whether an object is None, or pandas' NA or NaT."""
    return entry is None or type(entry).__name__ in NAMES_OF_NA
