"""What an executor does with a partition: it packs its rows into blocks, and passes over these.

What is wrong with rows comes back as the error itself: Spark would try again, and then tell of it
in a hundred lines.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import reduce
from operator import add, itemgetter
from typing import Any, TypeAlias

import numpy as np
from pyspark import TaskContext

from mixtura import _machine
from mixtura.data.arrow.batches import batch_of, rows_of, rows_of_lists, with_values
from mixtura.data.batches import block_rows, rechunked
from mixtura.data.checked import check_weights, checked_block
from mixtura.engine.base import IN_PLACE
from mixtura.errors import MixturaError
from mixtura.typing import AnyArray, AnyND, Block, HostND

PACKED = "packed"
"""The column of packed blocks."""

ERRORS = (ValueError, TypeError, MixturaError)
"""What is told of rows; any other error is Spark's to handle."""

Batch: TypeAlias = Any
Part: TypeAlias = tuple[int, Any]
"""The index of a partition, and what it says or the error that it met."""


@dataclass(frozen=True)
class Reading:
    """How rows are found in a batch.

    Attributes
    ----------
    features : tuple of str
        Columns of numbers, or the one that holds vectors.
    n_features : int
    is_vector : bool
        Whether there is one that holds vectors.
    weights : str or None
        The column of sample weights.
    every_row : bool
        Whether rows without any entry are kept.
    """

    features: tuple[str, ...]
    n_features: int
    is_vector: bool
    weights: str | None = None
    every_row: bool = False

    @property
    def names(self) -> tuple[str, ...] | None:
        """Those of the features, where they have names."""
        return None if self.is_vector else self.features

    def rows(self, batch: Batch) -> HostND:
        """The rows of a batch, shape (m, d)."""
        if self.is_vector:
            return rows_of_lists(batch, self.features[0], self.n_features)
        return rows_of(batch.select(list(self.features)))

    def with_weights(self, batch: Batch) -> HostND:
        """The rows with their weights beside them, shape (m, d + 1), where they have any."""
        if self.weights is None:
            return self.rows(batch)
        both = [self.rows(batch), rows_of(batch.select([self.weights]))]
        return np.concatenate([part.T for part in both]).T

    def block(self, rows: HostND, start: int) -> Block:
        """What `with_weights` gives as a block: checked, and without rows that have no entry."""
        weights = None
        if self.weights is not None:
            rows, weights = rows[:, :-1], rows[:, -1]
            check_weights(weights, f"Column {self.weights!r}")
        return checked_block(rows, weights, start, self.names, every_row=self.every_row)


def packed(reading: Reading, batches: Iterable[Batch]) -> Iterator[Batch]:
    """A row for each block of a partition, or the error that its rows are."""
    start = 0
    try:
        for rows in rechunked(map(reading.with_weights, batches), block_rows(reading.n_features)):
            block = reading.block(rows, start)
            if len(block.rows):
                start += len(block.rows)
                yield batch_of(PACKED, [pickle.dumps(block, pickle.HIGHEST_PROTOCOL)])
    except ERRORS as error:
        yield batch_of(PACKED, [pickle.dumps(error)])


def unpacked(row: tuple[bytes]) -> Block | Exception:
    """What `packed` has packed."""
    made: Block | Exception = pickle.loads(row[0])  # noqa: S301 - our own, from a moment ago
    return made


def placed(
    starts: Sequence[int], index: int, blocks: Iterable[Block | Exception]
) -> Iterator[Block]:
    """The blocks of a partition, with their places among all rows.

    Raises
    ------
    ValueError
        What was wrong with the rows, where they could not be packed.
    """
    for block in blocks:
        if isinstance(block, Exception):
            raise block
        yield replace(block, start=starts[index] + block.start) if starts else block


def summed(
    f: Callable[[Block], Any],
    starts: Sequence[int],
    index: int,
    blocks: Iterable[Block | Exception],
) -> Iterator[Part]:
    """The sum over the blocks of one partition; nothing, where it has none."""
    try:
        with threads_of_a_task():
            said = map(f, placed(starts, index, blocks))
            for first in said:
                yield index, reduce(add, said, first)
    except ERRORS as error:
        yield index, error


def added(parts: Iterable[Part]) -> Any:
    """The sum of what partitions say, in their order.

    Raises
    ------
    ValueError
        The first error that one of them met.
    """
    said = [part for _, part in sorted(parts, key=itemgetter(0))]
    for part in said:
        if isinstance(part, Exception):
            raise part
    return reduce(add, said)


def group_of(n_partitions: int, n_groups: int, part: Part) -> tuple[int, Part]:
    """The part with the group of neighbours that it belongs to."""
    return part[0] * n_groups // n_partitions, part


def added_group(group: tuple[int, Iterable[Part]]) -> Part:
    """The sum of a group, or the first error that was met in it."""
    try:
        return group[0], added(group[1])
    except ERRORS as error:
        return group[0], error


def answered(
    f: Callable[[AnyND], AnyArray], reading: Reading, name: str, batches: Iterable[Batch]
) -> Iterator[Batch]:
    """Batches with what is said of their rows: in a column of this name, or in the rows' place."""
    for batch in batches:
        if batch.num_rows:
            rows = reading.block(reading.rows(batch), 0).rows
            with threads_of_a_task():
                said = f(rows)
            if name == IN_PLACE and not reading.is_vector:
                columns = dict(zip(reading.features, said.T, strict=True))
            else:
                columns = {name or reading.features[0]: said}
            yield with_values(batch, columns)


def threads_of_a_task() -> AbstractContextManager[None]:
    """As many threads as Spark gives a task processors."""
    context = TaskContext.get()
    return _machine.threads(1 if context is None else context.cpus())
