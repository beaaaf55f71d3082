"""What a worker does with a partition: it makes a block of it, and one pass over that."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from mixtura import _machine
from mixtura.data.checked import check_weights, checked_block
from mixtura.data.inspection import Inspection
from mixtura.distribution.entries import with_nan
from mixtura.typing import AnyArray, AnyND, Block, Float, HostND


@dataclass(frozen=True, eq=False)
class Reading:
    """How rows and weights are found in a partition.

    Attributes
    ----------
    labels : tuple or None
        The columns of a frame that are the features; None for arrays.
    dtype : dtype
        float64 or float32.
    weight_label : hashable or None
        The column of a frame that holds weights.
    every_row : bool
        Whether rows without any entry are kept.
    """

    labels: tuple[Hashable, ...] | None
    dtype: np.dtype[np.floating[Any]]
    weight_label: Hashable | None = None
    every_row: bool = False

    def block(self, part: Any, weights: Any, start: int, *, is_plain: bool) -> Block:
        """The rows, checked unless it is known that all is there."""
        rows, own = self.rows(part), self._weights(part, weights)
        if is_plain:
            return Block(rows, own, start)
        if own is not None:
            check_weights(own, self._name_of_weights)
        return checked_block(rows, own, start, names_of(self.labels), every_row=self.every_row)

    def rows(self, part: Any) -> HostND:
        """The rows of a partition, shape (m, d)."""
        if self.labels is not None and list(part.columns) != list(self.labels):
            part = part[list(self.labels)]
        rows: HostND = _plain(with_nan(part), self.dtype)
        return rows

    @property
    def _name_of_weights(self) -> str:
        label = self.weight_label
        return "sample_weight" if label is None else f"Column {label!r}"

    def _weights(self, part: Any, weights: Any) -> Float | None:
        if self.weight_label is not None:
            weights = part[[self.weight_label]]
        if weights is None:
            return None
        own: Float = _plain(with_nan(weights), np.dtype(np.float64))
        if len(own) != len(part):
            raise ValueError(f"A partition has {len(part)} rows and {len(own)} sample weights.")
        return own.reshape(len(part))


def _plain(array: Any, dtype: np.dtype[Any]) -> Any:
    """An array that the kernel takes: what came from another worker need not be aligned."""
    return np.require(array, dtype, "A")


def names_of(labels: tuple[Hashable, ...] | None) -> tuple[str, ...] | None:
    """The names of features, where all have one."""
    names = tuple(label for label in labels or () if isinstance(label, str))
    return names if labels and len(names) == len(labels) else None


@dataclass(frozen=True, eq=False)
class Job:
    """What is done with every partition, which a worker is told once.

    Attributes
    ----------
    f : callable
        Of a block.
    reading : Reading
    n_threads : int
        That a pass takes.
    """

    f: Callable[[Block], Any]
    reading: Reading
    n_threads: int


def done(job: Job, part: Any, weights: Any, start: int, is_plain: bool) -> Any:
    """What a job says of one partition."""
    with _machine.threads(job.n_threads):
        return job.f(job.reading.block(part, weights, start, is_plain=is_plain))


def inspected(reading: Reading, part: Any, weights: Any, *_: Any) -> tuple[int, Inspection]:
    """How many rows a partition has, and what is to be known of those that have an entry."""
    return len(part), Inspection.of(reading.block(part, weights, 0, is_plain=False))


def counted(_reading: Reading, part: Any, *_: Any) -> int:
    """How many rows a partition has."""
    return len(part)


def added(*parts: Any) -> Any:
    """Their sum, in this order."""
    return reduce(add, parts)


@dataclass(frozen=True, eq=False)
class Answer:
    """What is said of each row of a block, also where it has none.

    Attributes
    ----------
    f : callable
        Of rows.
    empty : ndarray of shape (0, ...)
    """

    f: Callable[[AnyND], AnyArray]
    empty: AnyArray

    def __call__(self, block: Block) -> AnyArray:
        return self.f(block.rows) if len(block.rows) else self.empty
