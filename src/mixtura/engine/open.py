"""From what users have to what engines run on: the only place that looks at what X is."""

from importlib import import_module

import numpy as np

from mixtura import _kernel
from mixtura._array import is_array, rows_per_block
from mixtura._patterns import Patterns
from mixtura.data import ArraySource, Resident, Scan
from mixtura.engine.base import Collection, Engine
from mixtura.engine.local import Local
from mixtura.engine.scanned import Scanned
from mixtura.typing import AnyArray, AnyN


def collection_of(X: object) -> Collection | None:
    """What X is, where its rows are no array here; else None."""
    if isinstance(X, Scan):
        return Scanned(X)
    if is_dask(X):
        dask = import_module("mixtura.engine.dask")
        rows: Collection = dask.DaskRows.of(X)
        return rows
    if is_spark(X):
        spark = import_module("mixtura.engine.spark")
        frame: Collection = spark.SparkRows.of(X)
        return frame
    return None


def is_dask(X: object) -> bool:
    """Whether Dask holds it; Dask is imported where it does, and not here."""
    return _library(X) == "dask"


def is_spark(X: object) -> bool:
    """Whether Spark holds it; pyspark is imported where it does, and not here."""
    return _library(X) == "pyspark"


def _library(X: object) -> str:
    return type(X).__module__.split(".")[0]


def open_rows(
    X: AnyArray,
    weights: AnyN | None = None,
    patterns: Patterns | None = None,
    *,
    floats_per_row: int,
    kinds: tuple[str, ...] = (),
) -> tuple[Engine, Resident]:
    """The engine and the source for X.

    Parameters
    ----------
    X : array of shape (n, d)
        Of any Array API library.
    weights : array of shape (n,), optional
        Sample weights, in the same library.
    patterns : Patterns, optional
        Which entries are missing.
    floats_per_row : int
        Working space that a row needs; blocks are cut so that theirs fits into the cache. The
        kernel cuts its own, and gets all rows as one.
    kinds : tuple of str
        Storages and needs of the passes, of which the kernel may not know all.
    """
    if not is_array(X):
        raise TypeError(f"X must be an array, not {type(X).__name__}.")
    if isinstance(X, np.ndarray):
        X = np.require(X, requirements="A")  # as the kernel needs it
    in_one = _kernel.takes(X, *kinds, incomplete=patterns is not None)
    block_rows = max(1, X.shape[0]) if in_one else rows_per_block(floats_per_row)
    return Local(), ArraySource(X, weights, block_rows, patterns=patterns)
