"""What has to be known of rows before a fit, where they are not at hand: one pass tells it."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from mixtura._array import on_host, take_rows, to_numpy
from mixtura.typing import ArrayD, Block, Indices


@dataclass(frozen=True, eq=False)
class Inspection:
    """Counts over blocks, which `+` adds.

    Attributes
    ----------
    n_rows : int
        Rows.
    n_counted : int
        Rows that have weight.
    total_weight : float
        sum_i w_i.
    n_entries : ndarray of int, shape (d,)
        Of each feature, the entries that are there in rows that have weight.
    is_incomplete : bool
        Whether any entry is missing.
    first : ndarray of shape (d,)
        The first entry of each feature that has weight, NaN where none has: a point among the data.
    """

    n_rows: int
    n_counted: int
    total_weight: float
    n_entries: Indices
    is_incomplete: bool
    first: ArrayD

    @classmethod
    def of(cls, block: Block) -> Self:
        """Those of one block."""
        n_rows, n_features = block.rows.shape
        weights = np.ones(n_rows) if block.weights is None else on_host(block.weights)
        counted = weights > 0
        n_counted = int(counted.sum())
        if block.patterns is None:
            n_entries = np.full(n_features, n_counted)
        else:
            n_entries = (~block.patterns.missing[counted]).sum(axis=0)
        return cls(
            int(n_rows),
            n_counted,
            float(weights.sum()),
            n_entries,
            block.patterns is not None,
            first_entries(block),
        )

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.n_rows + other.n_rows,
            self.n_counted + other.n_counted,
            self.total_weight + other.total_weight,
            self.n_entries + other.n_entries,
            self.is_incomplete or other.is_incomplete,
            np.where(np.isnan(self.first), other.first, self.first),
        )


class Inspected:
    """A source whose rows are not at hand.

    Attributes
    ----------
    inspection : Inspection or None
        What a first pass has told; None where there was none.
    """

    inspection: Inspection | None

    @property
    def n_rows(self) -> int:
        """n."""
        return self._told.n_rows

    @property
    def is_incomplete(self) -> bool:
        """Whether any entry is missing."""
        return self._told.is_incomplete

    @property
    def _told(self) -> Inspection:
        assert self.inspection is not None
        return self.inspection


def first_entries(block: Block) -> ArrayD:
    """The first entry of each feature that has weight, NaN where none has."""
    if block.rows.shape[0] == 0:
        return np.full(block.rows.shape[1], np.nan)
    if block.weights is None and block.patterns is None:
        return to_numpy(block.rows[0, :])
    counts = np.ones((1, 1), dtype=np.bool_)
    if block.weights is not None:
        counts = on_host(block.weights)[:, None] > 0
    if block.patterns is not None:
        counts = counts & ~block.patterns.missing
    counts = np.broadcast_to(counts, block.rows.shape)
    first = counts.argmax(axis=0)
    entries = to_numpy(take_rows(block.rows, first)).diagonal()
    return np.where(counts.any(axis=0), entries, np.nan)
