"""What every source of rows answers."""

from collections.abc import Iterator
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mixtura._patterns import Patterns
from mixtura.typing import AnyArray, AnyN, AnyND, Block


class Source(Protocol):
    """Blocks of rows that can be iterated as often as wanted, always the same."""

    @property
    def n_rows(self) -> int:
        """n."""

    @property
    def n_features(self) -> int:
        """d."""

    @property
    def is_incomplete(self) -> bool:
        """Whether any entry is missing."""

    def __iter__(self) -> Iterator[Block]:
        """The blocks, in order."""


@runtime_checkable
class Resident(Source, Protocol):
    """A source whose rows are in memory, where starts can look at them."""

    @property
    def patterns(self) -> Patterns | None:
        """Which entries are missing; None where all are there."""

    def take(self, indices: slice | NDArray[np.intp]) -> tuple[AnyND, AnyN | None]:
        """The rows at these ascending indices, and their weights."""

    def with_columns(self, **columns: AnyArray) -> Self:
        """The same rows with further values for each, arrays of shape (n, ...)."""
