"""Rows in memory, in any Array API library."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mixtura._array import row_ranges, take_rows
from mixtura._patterns import Patterns
from mixtura.typing import AnyArray, AnyN, AnyND, Block


@dataclass(frozen=True, eq=False)
class ArraySource:
    """An array of rows, given out in blocks that are views.

    Attributes
    ----------
    rows : array of shape (n, d)
    weights : array of shape (n,) or None
    block_rows : int
        How many rows a block has.
    columns : mapping from name to array of shape (n, ...)
        Further values per row.
    patterns : Patterns or None
        Which entries are missing.
    """

    rows: AnyND
    weights: AnyN | None
    block_rows: int
    columns: Mapping[str, AnyArray] = field(default_factory=dict)
    patterns: Patterns | None = None

    @property
    def n_rows(self) -> int:
        return int(self.rows.shape[0])

    @property
    def n_features(self) -> int:
        return int(self.rows.shape[1])

    @property
    def is_incomplete(self) -> bool:
        return self.patterns is not None

    def __iter__(self) -> Iterator[Block]:
        if self.n_rows <= self.block_rows:
            yield Block(self.rows, self.weights, columns=self.columns, patterns=self.patterns)
            return
        for rows in row_ranges(self.n_rows, self.block_rows):
            part = self[rows]
            yield Block(part.rows, part.weights, rows.start, part.columns, part.patterns)

    def __getitem__(self, rows: slice) -> Self:
        """Consecutive rows as a source of their own."""
        return replace(
            self,
            rows=self.rows[rows, :],
            weights=None if self.weights is None else self.weights[rows],
            columns={name: column[rows, ...] for name, column in self.columns.items()},
            patterns=None if self.patterns is None else self.patterns[rows],
        )

    def take(self, indices: slice | NDArray[np.intp]) -> tuple[AnyND, AnyN | None]:
        weights = None if self.weights is None else _take(self.weights, indices)
        return _take(self.rows, indices), weights

    def with_columns(self, **columns: AnyArray) -> Self:
        return replace(self, columns={**self.columns, **columns})


def _take(array: AnyArray, indices: slice | NDArray[np.intp]) -> AnyArray:
    if isinstance(indices, slice):
        return array[indices, ...]
    return take_rows(array, indices)
