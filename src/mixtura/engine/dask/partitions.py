"""The partitions of a Dask collection, each of which is a block."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias
from uuid import uuid4

from dask.task_spec import Alias, DataNode, Task, TaskRef

from mixtura.data.inspection import Inspected, Inspection
from mixtura.engine.dask.job import Job, Reading, done
from mixtura.engine.dask.scheduler import compute
from mixtura.typing import Block

Key: TypeAlias = Any
Graph: TypeAlias = Mapping[Key, Any]


class Partition(NamedTuple):
    """Some consecutive rows.

    Attributes
    ----------
    rows : key
        Of what holds them, in the graph.
    weights : key or None
    start : int
        The index of the first row.
    is_plain : bool
        Whether it is known that every entry is there and finite.
    """

    rows: Key
    weights: Key | None = None
    start: int = 0
    is_plain: bool = False


@dataclass(frozen=True, eq=False)
class Partitions(Inspected):
    """Rows that stay where they are.

    Attributes
    ----------
    held : tuple
        The collections, which keep on the cluster what has been persisted there.
    graph : mapping
        What makes the partitions that are not.
    parts : tuple of Partition
    reading : Reading
    n_features : int
    sizes : tuple
        How many rows each has; NaN where that is not known.
    workers : tuple of int
        How many threads each worker of the cluster has; none where there is no cluster.
    neighbours : tuple of tuple of int
        Which partitions lie on one worker: what they say is added there first.
    inspection : Inspection, optional
        What a first pass has told.
    """

    held: tuple[Any, ...]
    graph: Graph
    parts: tuple[Partition, ...]
    reading: Reading
    n_features: int
    sizes: tuple[float, ...]
    workers: tuple[int, ...]
    neighbours: tuple[tuple[int, ...], ...] = ()
    inspection: Inspection | None = None

    def __iter__(self) -> Iterator[Block]:
        """One after the other is fetched."""
        graph, keys = self.asked(done, Job(_itself, self.reading, n_threads=1))
        return (compute(graph, key) for key in keys)

    def asked(
        self, function: Callable[..., Any], told: object, name: str | None = None, n_axes: int = 1
    ) -> tuple[dict[Key, Any], list[Key]]:
        """The graph that asks for something of every partition, and the keys of the answers.

        Parameters
        ----------
        function : callable
            Of what it is told, the rows and weights of a partition, its start and whether it is
            plain.
        told : object
            Sent once to each worker.
        name : str, optional
        n_axes : int, default=1
            The keys are those of an array with so many axes, cut along the first.
        """
        name = name or new_name()
        common = f"{name}-told"
        graph = {**self.graph, common: DataNode(common, told)}
        keys = [(name, i, *[0] * (n_axes - 1)) for i in range(len(self.parts))]
        for key, part in zip(keys, self.parts, strict=True):
            weights = None if part.weights is None else TaskRef(part.weights)
            own = TaskRef(part.rows), weights, part.start, part.is_plain
            graph[key] = Task(key, function, TaskRef(common), *own)
        return graph, keys


def _itself(block: Block) -> Block:
    return block


def new_name() -> str:
    """A name that no other key has."""
    return f"mixtura-{uuid4().hex}"


def target(graph: Graph, key: Key) -> Key:
    """What a key stands for, where it is only another name."""
    while isinstance(node := graph.get(key), Alias):
        key = node.target
    return key
