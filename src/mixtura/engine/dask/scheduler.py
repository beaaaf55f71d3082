"""The scheduler that is current: a cluster's, or one of this process."""

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from typing import Any

import dask
from dask import threaded
from dask.local import get_sync

from mixtura import _machine
from mixtura.errors import LostRowsError


def _current() -> Callable[..., Any]:
    get: Callable[..., Any] = dask.base.get_scheduler() or threaded.get
    return get


def compute(graph: dict[Any, Any], keys: Any) -> Any:
    """What the keys of a graph stand for.

    Raises
    ------
    LostRowsError
        Where a worker was lost with rows that were sent to it, and not made there.
    """
    try:
        return _current()(graph, keys)
    except CancelledError as error:
        raise LostRowsError(
            f"The cluster gave up ({error}). Rows that were scattered are lost with their worker; "
            "those of a collection that Dask can compute are made again."
        ) from error


def _client() -> Any:
    """The client of a cluster; None where tasks run in this process."""
    return getattr(_current(), "__self__", None)


def threads_of_workers() -> tuple[int, ...]:
    """How many threads each worker of the cluster has; none where there is no cluster."""
    client = _client()
    return () if client is None else tuple(client.nthreads().values())


def threads_of_a_task(n_tasks: int, of_workers: tuple[int, ...]) -> int:
    """How many threads a pass may take, where so many are to be made at once."""
    if of_workers:
        return max(1, min(sum(of_workers) // n_tasks, *of_workers))
    at_once = 1 if _current() is get_sync else n_tasks
    return max(1, _machine.n_threads() // at_once)


def neighbours(collection: Any, keys: Sequence[Any]) -> tuple[tuple[int, ...], ...]:
    """Which partitions lie on one worker, by their places; all, where none is on any.

    Parameters
    ----------
    collection : dask Array or DataFrame
    keys : sequence
        Of its partitions.
    """
    client = _client()
    held = {} if client is None else client.who_has(collection)
    by_worker: dict[Any, list[int]] = {}
    for i, key in enumerate(keys):
        workers = held.get(key) or (None,)
        worker = min(workers, key=lambda worker: len(by_worker.get(worker, ())))
        by_worker.setdefault(worker, []).append(i)
    return tuple(map(tuple, by_worker.values()))
