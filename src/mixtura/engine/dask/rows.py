"""Dask arrays and data frames as rows."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from itertools import accumulate
from math import nan
from typing import Any, Self

import dask
import dask.array as da
import numpy as np
from dask.array.utils import meta_from_array
from dask.core import flatten
from dask.tokenize import tokenize

from mixtura.data.inspection import Inspection
from mixtura.engine.dask.engine import Dask
from mixtura.engine.dask.job import Reading, added, inspected, names_of
from mixtura.engine.dask.partitions import Partition, Partitions, target
from mixtura.engine.dask.scheduler import compute, neighbours, threads_of_workers
from mixtura.engine.dask.weights import aligned
from mixtura.errors import DataFileError
from mixtura.typing import AnyArray


@dataclass(frozen=True, eq=False)
class DaskRows:
    """The features of a Dask collection.

    Attributes
    ----------
    X : dask Array of shape (n, d), or dask DataFrame
        An array is in chunks of whole rows.
    labels : tuple or None
        The columns of a frame that are features; None for arrays.
    """

    X: Any
    labels: tuple[Hashable, ...] | None

    @classmethod
    def of(cls, X: Any) -> Self:
        """From what Dask has made.

        Raises
        ------
        TypeError
            Where it is neither an array of NumPy arrays nor a data frame.
        ValueError
            Where an array has not two axes, or holds no numbers.
        """
        if isinstance(X, da.Array):
            return cls(_in_whole_rows(X), None)
        if not (hasattr(X, "columns") and getattr(X, "ndim", None) == 2):
            raise TypeError(
                f"Dask holds rows in arrays of shape (n, d) or in data frames, not in a "
                f"{type(X).__name__}."
            )
        return cls(X, tuple(X.columns))

    @property
    def engine(self) -> Dask:
        return Dask()

    @property
    def columns(self) -> tuple[str, ...] | None:
        return names_of(self.labels)

    @property
    def n_features(self) -> int:
        return int(self.X.shape[1]) if self.labels is None else len(self.labels)

    @property
    def kind(self) -> AnyArray:
        if self.labels is None:
            kinds = [self.X.dtype]
        else:
            kinds = [self.X.dtypes[label] for label in self.labels if label in self.X.columns]
        is_single = all(kind == np.float32 for kind in kinds)
        return np.empty(0, dtype=np.float32 if is_single else np.float64)

    def without(self, column: str) -> "DaskRows":
        if self.labels is None:
            return self
        return replace(self, labels=tuple(label for label in self.labels if label != column))

    def only(self, columns: tuple[str, ...]) -> "DaskRows":
        return self if self.labels is None else replace(self, labels=columns)

    def counted(self, weights: Any) -> tuple[Partitions, Inspection]:
        opened = self._opened(weights)
        told = compute(*opened.asked(inspected, opened.reading))
        sizes, inspections = zip(*told, strict=True)
        inspection: Inspection = added(*inspections)
        if inspection.n_rows == 0:
            raise DataFileError("There are no rows to read that have an entry.")
        starts = accumulate(sizes[:-1], initial=0)
        parts = tuple(
            part._replace(start=start, is_plain=not own.is_incomplete)
            for part, start, own in zip(opened.parts, starts, inspections, strict=True)
            if own.n_rows
        )
        near = neighbours(opened.held[0], [part.rows for part in parts])
        return replace(opened, parts=parts, neighbours=near, inspection=inspection), inspection

    def all_rows(self) -> Partitions:
        return self._opened(None, every_row=True)

    def fingerprint(self) -> str:
        return f"{self.labels} {tokenize(self.X)}"

    def _opened(self, weights: Any, *, every_row: bool = False) -> Partitions:
        """Every partition, with its weights."""
        label = weights if isinstance(weights, str) else None
        self._check(label)
        collections = [self._with_column(label)]
        if weights is not None and label is None:
            collections.append(aligned(weights, collections[0]))
        graph: dict[Any, Any] = {}
        keys = []
        for collection in collections:
            made = _optimized(collection)
            graph |= dict(made.__dask_graph__())
            keys.append([target(graph, key) for key in flatten(made.__dask_keys__())])
        return Partitions(
            tuple(collections),
            graph,
            tuple(map(Partition, *keys)),
            Reading(self.labels, self.kind.dtype, label, every_row),
            self.n_features,
            self.X.chunks[0] if self.labels is None else (nan,) * len(keys[0]),
            threads_of_workers(),
        )

    def _with_column(self, label: str | None) -> Any:
        """The collection, without columns of a frame that are not needed: these are not read."""
        if self.labels is None:
            return self.X
        needed = list(dict.fromkeys([*self.labels, *([] if label is None else [label])]))
        return self.X if set(needed) == set(self.X.columns) else self.X[needed]

    def _check(self, label: str | None) -> None:
        """Refuse columns that do not exist, are there twice, or hold no numbers."""
        if self.labels is None:
            if label is not None:
                raise DataFileError(
                    f"There is no column {label!r}: arrays do not name their columns."
                )
            return
        columns = list(self.X.columns)
        for name in [*self.labels, *([] if label is None else [label])]:
            if name not in columns:
                raise DataFileError(
                    f"There is no column {name!r}; the columns are {', '.join(map(str, columns))}."
                )
            if columns.count(name) > 1:
                raise DataFileError(f"Column {name!r} is named twice.")
            if getattr(self.X.dtypes[name], "kind", "O") not in "fiub":
                raise DataFileError(
                    f"Column {name!r} holds {self.X.dtypes[name]}, not numbers; leave it out."
                )


def _in_whole_rows(X: Any) -> Any:
    """The array in chunks that are cut along the rows only."""
    if X.ndim != 2:
        raise ValueError(f"Rows come in arrays of shape (n, d), not with {X.ndim} axes.")
    kind = type(meta_from_array(X))
    if not issubclass(kind, np.ndarray) or X.dtype.kind not in "fiub":
        raise TypeError(
            f"Rows come in NumPy arrays of numbers, not in {kind.__name__} of {X.dtype}."
        )
    return X if X.numblocks[1] == 1 else X.rechunk({1: -1})


def _optimized(collection: Any) -> Any:
    # Of frames, dask.optimize can give others than asked for (Dask 2026.8).
    is_array = isinstance(collection, da.Array)
    return dask.optimize(collection)[0] if is_array else collection.optimize()
