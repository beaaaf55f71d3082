"""Sums on a cluster: what each partition says is added where it is, and one sum comes back."""

from collections.abc import Callable
from typing import Any

import dask.array as da
import numpy as np
from dask.task_spec import Task, TaskRef

from mixtura.data import Source
from mixtura.engine.base import Summand, sample_of_sum
from mixtura.engine.dask.job import Answer, Job, added, done
from mixtura.engine.dask.partitions import Key, Partitions, new_name
from mixtura.engine.dask.scheduler import compute, threads_of_a_task
from mixtura.typing import AnyArray, AnyN, AnyND, Block, RandomSource

SUMMANDS = 8
"""So many are added by one task."""


class Dask:
    """The engine of the scheduler that is current, for partitions."""

    def sum(self, f: Callable[[Block], Summand], source: Source) -> Summand:
        assert isinstance(source, Partitions)
        graph, keys = source.asked(done, _job(f, source))
        # The order is set when the fit begins: no matter which worker is the faster one.
        tops = [_sums_added(graph, [keys[i] for i in near]) for near in source.neighbours]
        total: Summand = compute(graph, _sums_added(graph, tops))
        return total

    def map(
        self, f: Callable[[AnyND], AnyArray], source: Source, name: str | None = None
    ) -> AnyArray:
        """A Dask array; nothing is computed."""
        assert isinstance(source, Partitions)
        empty = f(np.zeros((1, source.n_features), source.reading.dtype))[:0]
        name = new_name()
        graph, _ = source.asked(done, _job(Answer(f, empty), source), name, empty.ndim)
        chunks = source.sizes, *((size,) for size in empty.shape[1:])
        return da.Array(graph, name, chunks, meta=empty)

    def sample(self, source: Source, n: int, rng: RandomSource) -> tuple[AnyND, AnyN | None]:
        return sample_of_sum(self, source, n, rng)


def _job(f: Callable[[Block], Any], source: Partitions) -> Job:
    return Job(f, source.reading, threads_of_a_task(len(source.parts), source.workers))


def _sums_added(graph: dict[Key, Any], keys: list[Key]) -> Key:
    """Let neighbours be added, and their sums, until there is one; its key."""
    name = new_name()
    while len(keys) > 1:
        groups = [keys[i : i + SUMMANDS] for i in range(0, len(keys), SUMMANDS)]
        keys = [(name, len(groups), i) for i in range(len(groups))]
        for key, group in zip(keys, groups, strict=True):
            graph[key] = Task(key, added, *map(TaskRef, group))
    return keys[0]
