"""The partitions of a Spark data frame, packed into blocks that stay where they are."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any, Self
from weakref import finalize

from pyspark import RDD, StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from mixtura.data.inspection import Inspected, Inspection
from mixtura.engine.spark.failure import run
from mixtura.engine.spark.job import PACKED, Reading, added, packed, placed, summed, unpacked
from mixtura.errors import DataFileError
from mixtura.typing import Block


@dataclass(frozen=True, eq=False)
class Partitions(Inspected):
    """Rows that stay where they are.

    Spark holds a value for each feature of a row, which costs more to hand over than a pass does.
    So the first pass packs the rows of each partition into blocks. Spark keeps these, in memory or
    on disk, and makes those again that were on an executor which is lost.

    Attributes
    ----------
    frame : DataFrame
    reading : Reading
    back : callable, optional
        What makes a frame for users of one like `frame`.
    kept : RDD of Block, optional
        What a first pass has packed.
    starts : tuple of int
        The index of the first row of each partition, among those that have an entry.
    inspection : Inspection, optional
        What that pass has told.
    """

    frame: DataFrame
    reading: Reading
    back: Callable[[DataFrame], DataFrame] | None = None
    kept: "RDD[Block] | None" = None
    starts: tuple[int, ...] = ()
    inspection: Inspection | None = None

    @classmethod
    def counted(cls, frame: DataFrame, reading: Reading) -> Self:
        """With what a first pass tells; Spark keeps the blocks as long as the source is there.

        Raises
        ------
        ValueError
            Where rows are not what they should be.
        """
        blocks = cls(frame, reading).blocks.persist(StorageLevel.MEMORY_AND_DISK_DESER)
        try:
            sizes, inspection = _inspected(blocks)
        except BaseException:
            _unpersist(blocks)
            raise
        starts = tuple(accumulate(sizes[:-1], initial=0))
        made = cls(frame, reading, None, blocks, starts, inspection)
        finalize(made, _unpersist, blocks).atexit = False
        return made

    @property
    def blocks(self) -> "RDD[Any]":
        """Blocks or the error that there was; a partition without rows has none."""
        if self.kept is not None:
            return self.kept
        column = in_arrow(self.frame, partial(packed, self.reading), f"{PACKED} binary")
        return column.rdd.map(unpacked)

    @property
    def n_features(self) -> int:
        return self.reading.n_features

    def fingerprint(self) -> str:
        """What tells these rows and weights from others: where they lie, and the first pass."""
        return f"{sorted(self.frame.inputFiles())} {self.reading} {self._told}"

    def __iter__(self) -> Iterator[Block]:
        """One partition after the other is fetched."""
        blocks = self.blocks.mapPartitionsWithIndex(partial(placed, self.starts))
        return iter(blocks.toLocalIterator())


def in_arrow(
    frame: DataFrame, f: Callable[[Iterable[Any]], Iterator[Any]], schema: StructType | str
) -> DataFrame:
    """What f makes of each partition, from record batches to record batches."""
    with warnings.catch_warnings():
        # Spark wants an older pandas, which has no part in this.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        return frame.mapInArrow(f, schema)


def _inspected(blocks: "RDD[Any]") -> tuple[list[int], Inspection]:
    """How many rows that have an entry each partition has, and what is to be known of them."""
    parts = run(blocks.mapPartitionsWithIndex(partial(summed, Inspection.of, ())).collect)
    if not parts:
        raise DataFileError("There are no rows to read that have an entry.")
    inspection: Inspection = added(parts)
    sizes = [0] * blocks.getNumPartitions()
    for index, part in parts:
        sizes[index] = part.n_rows
    return sizes, inspection


def _unpersist(blocks: "RDD[Any]") -> None:
    with suppress(Exception):  # the session may have ended, and the blocks with it
        blocks.unpersist()
