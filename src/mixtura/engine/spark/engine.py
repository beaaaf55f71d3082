"""Sums by Spark: what each partition says is added where it is, and few sums come back."""

from collections.abc import Callable
from functools import partial
from math import isqrt

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql.types import ArrayType, DataType, DoubleType, LongType, StructField, StructType

from mixtura.data import Source
from mixtura.engine.base import IN_PLACE, Summand, sample_of_sum
from mixtura.engine.spark.failure import run
from mixtura.engine.spark.job import added, added_group, answered, group_of, summed
from mixtura.engine.spark.partitions import Partitions, in_arrow
from mixtura.errors import DataFileError
from mixtura.typing import AnyArray, AnyN, AnyND, Block, RandomSource

SUMMANDS = 32
"""Of more partitions, groups are added by executors."""


class Spark:
    """The engine of a Spark session, for partitions."""

    def sum(self, f: Callable[[Block], Summand], source: Source) -> Summand:
        """The order is that of the partitions, whichever executor is the faster one."""
        assert isinstance(source, Partitions)
        n_partitions = source.blocks.getNumPartitions()
        parts = source.blocks.mapPartitionsWithIndex(partial(summed, f, source.starts))
        if n_partitions > SUMMANDS:
            n_groups = isqrt(n_partitions)
            groups = parts.map(partial(group_of, n_partitions, n_groups)).groupByKey(n_groups)
            parts = groups.map(added_group)
        total: Summand = added(run(parts.collect))
        return total

    def map(
        self, f: Callable[[AnyND], AnyArray], source: Source, name: str | None = None
    ) -> DataFrame:
        """The frame with the answers in a column of that name; nothing is computed."""
        assert isinstance(source, Partitions)
        if name is None:
            raise TypeError(
                "This is said of rows in memory; of Spark frames GaussianMixture tells labels, "
                "probabilities, densities and missing entries."
            )
        if name in source.frame.columns:
            raise DataFileError(f"The frame has a column {name!r} already; rename it.")
        kind = _type_of(f(np.zeros((1, source.n_features))))
        schema = _answered_schema(source, kind, name)
        made = in_arrow(source.frame, partial(answered, f, source.reading, name), schema)
        return made if source.back is None else source.back(made)

    def sample(self, source: Source, n: int, rng: RandomSource) -> tuple[AnyND, AnyN | None]:
        return sample_of_sum(self, source, n, rng)


def _type_of(said: AnyArray) -> DataType:
    """How Spark holds what is said of one row."""
    kind = LongType() if said.dtype.kind == "i" else DoubleType()
    return kind if said.ndim == 1 else ArrayType(kind)


def _answered_schema(source: Partitions, kind: DataType, name: str) -> StructType:
    """That of the frame with an answer of this type, as `answered` gives it."""
    fields = {field.name: field for field in source.frame.schema.fields}
    if name == IN_PLACE and not source.reading.is_vector:
        kind, names = DoubleType(), source.reading.features
    else:
        names = (name or source.reading.features[0],)
    return StructType(list((fields | {name: StructField(name, kind) for name in names}).values()))
