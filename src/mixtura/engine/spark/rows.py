"""Spark data frames as rows: columns of numbers, or one of vectors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Self

import numpy as np
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column, functions
from pyspark.sql.classic.dataframe import DataFrame
from pyspark.sql.types import ArrayType, BooleanType, DataType, NullType, NumericType

from mixtura.data.inspection import Inspection
from mixtura.engine.spark.engine import Spark
from mixtura.engine.spark.failure import run
from mixtura.engine.spark.job import Reading
from mixtura.engine.spark.partitions import Partitions
from mixtura.errors import DataFileError
from mixtura.typing import AnyArray

FEATURES = "features"
"""What Spark ML calls the column of vectors, where it is told no other name."""


@dataclass(frozen=True, eq=False)
class SparkRows:
    """The features of a Spark data frame.

    Attributes
    ----------
    frame : DataFrame
    features : tuple of str
        Columns of numbers, or the one that holds vectors.
    is_vector : bool
        Whether there is one that holds vectors.
    """

    frame: DataFrame
    features: tuple[str, ...]
    is_vector: bool

    @classmethod
    def of(cls, frame: Any) -> Self:
        """From a frame: its column of vectors or arrays, where there is one, else all columns.

        Of several, "features" is the one, as in Spark ML.

        Raises
        ------
        TypeError
            Where it is no frame, or one of Spark Connect, which has no partitions to ask.
        DataFileError
            Where it has several columns of vectors.
        """
        if not isinstance(frame, DataFrame):
            raise TypeError(
                "Rows come from Spark in data frames of a classic session, not in "
                f"{type(frame).__module__}.{type(frame).__name__}."
            )
        vectors = tuple(name for name, kind in _kinds(frame) if _holds_vectors(kind))
        if FEATURES in vectors:
            vectors = (FEATURES,)
        if len(vectors) > 1:
            raise DataFileError(
                f"Columns {' and '.join(map(repr, vectors))} hold vectors; select one of them."
            )
        return cls(frame, vectors or tuple(frame.columns), bool(vectors))

    @property
    def engine(self) -> Spark:
        return Spark()

    @property
    def columns(self) -> tuple[str, ...] | None:
        return None if self.is_vector else self.features

    @cached_property
    def n_features(self) -> int:
        if not self.is_vector:
            return len(self.features)
        (name,) = self.features
        sized = self._frame.select(functions.size(_column(name)).alias("size"))
        first = run(sized.where("size > 0").first)
        if first is None:
            raise DataFileError("There are no rows to read that have an entry.")
        return int(first[0])

    @property
    def kind(self) -> AnyArray:
        return np.empty(0)

    def without(self, column: str) -> "SparkRows":
        return replace(self, features=tuple(name for name in self.features if name != column))

    def only(self, columns: tuple[str, ...]) -> "SparkRows":
        if self.is_vector and not set(columns) <= set(self.frame.columns):
            return self
        return replace(self, features=columns, is_vector=False)

    def counted(self, weights: Any) -> tuple[Partitions, Inspection]:
        if not isinstance(weights, str | None):
            raise TypeError(
                "Sample weights of a Spark frame are a column of it: sample_weight is its name."
            )
        names = [*self.features, *([] if weights is None else [weights])]
        self._check(names)
        reading = Reading(self.features, self.n_features, self.is_vector, weights)
        needed = map(_column, dict.fromkeys(names))
        source = Partitions.counted(self._frame.select(*needed), reading)
        assert source.inspection is not None
        return source, source.inspection

    def all_rows(self) -> Partitions:
        self._check(self.features)
        reading = Reading(self.features, self.n_features, self.is_vector, every_row=True)
        back = partial(_vectors_in, self.features[0]) if self._is_of_spark_ml else None
        return Partitions(self._frame, reading, back)

    def fingerprint(self) -> str:
        return f"{self.features} {self.frame.schema.json()} {sorted(self.frame.inputFiles())}"

    @property
    def _is_of_spark_ml(self) -> bool:
        """Whether vectors are Spark ML's, which only Spark can read."""
        return self.is_vector and isinstance(dict(_kinds(self.frame))[self.features[0]], VectorUDT)

    @property
    def _frame(self) -> DataFrame:
        """The frame with arrays for vectors."""
        if not self._is_of_spark_ml:
            return self.frame
        (name,) = self.features
        return self.frame.withColumn(name, vector_to_array(_column(name)))

    def _check(self, names: Sequence[str]) -> None:
        """Refuse columns that do not exist, are there twice, or hold no numbers."""
        columns, kinds = self.frame.columns, dict(_kinds(self.frame))
        for name in names:
            if name not in columns:
                raise DataFileError(
                    f"There is no column {name!r}; the columns are {', '.join(columns)}."
                )
            if columns.count(name) > 1:
                raise DataFileError(f"The frame has two columns with the name {name!r}.")
            if not (_holds_numbers(kinds[name]) or (self.is_vector and name in self.features)):
                raise DataFileError(
                    f"Column {name!r} holds values of type {kinds[name].simpleString()}, not "
                    "numbers; select others."
                )


def _kinds(frame: DataFrame) -> list[tuple[str, DataType]]:
    return [(field.name, field.dataType) for field in frame.schema.fields]


def _holds_numbers(kind: DataType) -> bool:
    return isinstance(kind, NumericType | BooleanType | NullType)


def _holds_vectors(kind: DataType) -> bool:
    is_array = isinstance(kind, ArrayType) and _holds_numbers(kind.elementType)
    return is_array or isinstance(kind, VectorUDT)


def _column(name: str) -> Column:
    """The column of exactly this name, which may have dots in it."""
    quoted = name.replace("`", "``")
    return functions.col(f"`{quoted}`")


def _vectors_in(name: str, frame: DataFrame) -> DataFrame:
    """The frame with Spark ML's vectors for the arrays in a column."""
    return frame.withColumn(name, array_to_vector(_column(name)))
