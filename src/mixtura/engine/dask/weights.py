"""Sample weights, cut as the rows are."""

from math import isnan, nan
from typing import Any

import dask.array as da
import numpy as np
from dask.core import flatten
from dask.task_spec import Task, TaskRef

from mixtura.engine.dask.scheduler import compute
from mixtura.typing import HostN


def aligned(weights: Any, X: Any) -> Any:
    """The weights in as many partitions as the rows.

    Parameters
    ----------
    weights : ndarray, dask Array or dask Series
        One for each row.
    X : dask Array of shape (n, d), or dask DataFrame

    Raises
    ------
    ValueError
        Where they are cut otherwise, and it is not known where the rows are.
    """
    if isinstance(weights, np.ndarray):
        return _sent(weights, X)
    if weights.ndim != 1:
        raise ValueError(f"Sample weights must be 1D, got {weights.ndim}D.")
    if isinstance(weights, da.Array) and isinstance(X, da.Array):
        sizes = X.chunks[0]
        if not any(map(isnan, (*sizes, *weights.chunks[0]))):
            _check_length(sum(sizes), weights.shape[0])
            return weights.rechunk((sizes,))
    if weights.npartitions != X.npartitions:
        raise ValueError(
            f"The rows are in {X.npartitions} partitions, and their weights in "
            f"{weights.npartitions}; cut both alike."
        )
    return weights if isinstance(weights, da.Array) else weights.to_frame()


def _sent(weights: HostN, X: Any) -> Any:
    """The weights on the workers, where they stay."""
    known: tuple[float, ...] = X.chunks[0] if isinstance(X, da.Array) else (nan,)
    sizes = _sizes(X) if any(map(isnan, known)) else known
    _check_length(sum(sizes), len(weights))
    return da.from_array(weights, chunks=(sizes,)).persist()


def _sizes(X: Any) -> tuple[float, ...]:
    """How many rows each partition has."""
    graph, keys = dict(X.__dask_graph__()), []
    for key in flatten(X.__dask_keys__()):
        size = f"{key}-size"
        graph[size] = Task(size, len, TaskRef(key))
        keys.append(size)
    return tuple(compute(graph, keys))


def _check_length(n_rows: float, n_weights: int) -> None:
    if n_rows != n_weights:
        raise ValueError(f"There are {n_rows} rows and {n_weights} sample weights.")
