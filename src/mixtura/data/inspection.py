"""What has to be known of rows before a fit, where they are not at hand: one pass tells it."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from mixtura._array import on_host
from mixtura.typing import Block, Indices


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
    """

    n_rows: int
    n_counted: int
    total_weight: float
    n_entries: Indices
    is_incomplete: bool

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
        incomplete = block.patterns is not None
        return cls(int(n_rows), n_counted, float(weights.sum()), n_entries, incomplete)

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.n_rows + other.n_rows,
            self.n_counted + other.n_counted,
            self.total_weight + other.total_weight,
            self.n_entries + other.n_entries,
            self.is_incomplete or other.is_incomplete,
        )
