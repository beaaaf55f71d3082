"""Which rows count: those that have an entry. The others tell nothing, in fits and in scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from mixtura._array import patterns_of, take_rows
from mixtura._patterns import Indices, Patterns
from mixtura.estimators.checks import check_sample_weight
from mixtura.typing import AnyND, Float


@dataclass(frozen=True, eq=False)
class Told:
    """The rows that have an entry, of all that were given.

    Attributes
    ----------
    rows : array of shape (n, d)
    weights : ndarray of shape (n,) or None
        Sample weights.
    patterns : Patterns or None
        Which entries are missing.
    which : slice or ndarray of shape (n,)
        The place of each among those given.
    n_given : int
    unseen : ndarray
        The features of which no row that has weight has an entry.
    """

    rows: AnyND
    weights: Float | None
    patterns: Patterns | None
    which: slice | Indices
    n_given: int
    unseen: Indices

    @classmethod
    def of(cls, rows: AnyND, sample_weight: Any) -> Self:
        """From checked rows, and weights as they were given."""
        n_given, weights = int(rows.shape[0]), check_sample_weight(sample_weight, rows)
        patterns = patterns_of(rows)
        if patterns is None:
            return cls(rows, weights, None, slice(None), n_given, np.zeros(0, dtype=np.int64))
        unseen = patterns.unseen(weights)
        if not patterns.empty_rows.any():
            return cls(rows, weights, patterns, slice(None), n_given, unseen)
        which = np.flatnonzero(~patterns.empty_rows)
        weights = None if weights is None else weights[which]
        return cls(take_rows(rows, which), weights, patterns[which], which, n_given, unseen)

    @property
    def n_rows(self) -> int:
        """n."""
        return int(self.rows.shape[0])

    @property
    def n_counted(self) -> int:
        """How many of the rows have weight."""
        return self.n_rows if self.weights is None else int((self.weights > 0).sum())

    def check_enough(self, n_components: int, names: Sequence[str] | None) -> None:
        """Every feature has an entry that counts, and every component may have a row."""
        if len(self.unseen):
            column = self.unseen[0] if names is None else repr(str(names[self.unseen[0]]))
            raise ValueError(
                f"Column {column} of X has no entry at all, so that nothing can be learned of it; "
                "leave it out."
            )
        if self.n_counted < n_components:
            raise ValueError(
                "Expected n_samples >= n_components but got "
                f"n_components = {n_components}, n_samples = {self.n_counted}"
            )
