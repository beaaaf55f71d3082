"""The scheduler that is current: a cluster's, or one of this process."""

from collections.abc import Callable
from typing import Any

import dask
from dask import threaded
from dask.local import get_sync

from mixtura import _machine


def _current() -> Callable[..., Any]:
    get: Callable[..., Any] = dask.base.get_scheduler() or threaded.get
    return get


def compute(graph: dict[Any, Any], keys: Any) -> Any:
    """What the keys of a graph stand for."""
    return _current()(graph, keys)


def threads_of_a_task(n_tasks: int) -> int:
    """How many threads a pass may take, where so many are to be made at once."""
    get = _current()
    if get is get_sync:
        return _machine.n_threads()
    client = getattr(get, "__self__", None)
    if client is None:
        return max(1, _machine.n_threads() // n_tasks)
    of_workers: list[int] = list(client.nthreads().values())
    return max(1, min(sum(of_workers) // n_tasks, min(of_workers, default=1)))
