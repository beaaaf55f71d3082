"""Rows in groups, each of which can have come from some components only.

A label says so: rows of a class come from the components of that class, and rows without a label
from any. EM with such rows is an ordinary sum over blocks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mixtura._patterns import Patterns
from mixtura.data.array import ArraySource
from mixtura.typing import AnyArray, AnyN, AnyND, Block, Indices


@dataclass(frozen=True, eq=False)
class Grouped:
    """Rows that lie group by group.

    Attributes
    ----------
    source : ArraySource
    sizes : tuple of int
        How many rows each group has.
    components : tuple of (ndarray of int or None)
        The components that the rows of each group can have come from; None for all.
    """

    source: ArraySource
    sizes: tuple[int, ...]
    components: tuple[Indices | None, ...]

    @property
    def n_rows(self) -> int:
        return self.source.n_rows

    @property
    def n_features(self) -> int:
        return self.source.n_features

    @property
    def patterns(self) -> Patterns | None:
        return self.source.patterns

    @property
    def is_incomplete(self) -> bool:
        return self.source.is_incomplete

    def __iter__(self) -> Iterator[Block]:
        start = 0
        for size, components in zip(self.sizes, self.components, strict=True):
            for block in self.source[start : start + size]:
                yield replace(block, start=start + block.start, components=components)
            start += size

    def take(self, indices: slice | NDArray[np.intp]) -> tuple[AnyND, AnyN | None]:
        return self.source.take(indices)

    def with_columns(self, **columns: AnyArray) -> Self:
        return replace(self, source=self.source.with_columns(**columns))
