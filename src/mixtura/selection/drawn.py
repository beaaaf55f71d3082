"""Rows drawn from a mixture in the stead of others: as many, as precise, with the same holes.

Which entries are missing is taken as given, as the fit takes it.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mixtura._array import on_host, patterns_of
from mixtura.distribution import Mixture
from mixtura.typing import AnyND, Float, HostND


@dataclass(frozen=True, eq=False)
class Shape:
    """How many rows are drawn, in which precision, and which of their entries are missing."""

    n_rows: int
    dtype: np.dtype[Any]
    missing: NDArray[np.bool_] | None

    @classmethod
    def of(cls, rows: AnyND, weights: Float) -> Self:
        """Of rows that count so many times each."""
        patterns = patterns_of(rows)
        counts = weights.astype(np.int64)
        missing = None if patterns is None else np.repeat(patterns.missing, counts, axis=0)
        return cls(int(counts.sum()), on_host(rows[:0, :]).dtype, missing)

    def draw(self, mixture: Mixture, rng: np.random.Generator) -> HostND:
        """Rows from a mixture."""
        rows, _ = mixture.sample(self.n_rows, rng)
        drawn = rng.permutation(rows).astype(self.dtype)
        if self.missing is not None:
            drawn[self.missing] = np.nan
        return drawn
