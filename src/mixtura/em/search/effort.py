"""How much work a search is worth."""

import math
from dataclasses import dataclass, replace
from typing import Self

LIGHT = 2.0**22
"""Multiplications of an iteration, n K d^2, beyond which a search is narrower: it goes by the root,
so that of large fits it takes longer, but not as much longer as an iteration does."""

NARROWEST = 1 / 8


@dataclass(frozen=True)
class Effort:
    """How wide a search is, and when it ends.

    Attributes
    ----------
    n_starts : int
        Short runs to begin with.
    n_kept : int
        How many of them go on to their maxima, and how many maxima are kept.
    n_offspring : int
        New starts made of these in one generation.
    n_climbing : int
        How many of those go on to their maxima.
    patience : int
        The search ends after so many generations without a higher maximum.
    rows_per_parameter : int
        Of many rows the search looks at a sample, with so many for each of the K d (d + 3) / 2
        parameters of full covariances.
    """

    n_starts: int
    n_kept: int
    n_offspring: int
    n_climbing: int
    patience: int
    rows_per_parameter: int = 20

    def for_work(self, n_rows: int, n_components: int, n_features: int) -> Self:
        """As wide as such a fit allows."""
        work = float(n_rows) * n_components * n_features**2
        width = max(NARROWEST, min(1.0, math.sqrt(LIGHT / work)))

        def narrower(number: int) -> int:
            return math.ceil(number * width)

        return replace(
            self,
            n_starts=narrower(self.n_starts),
            n_kept=narrower(self.n_kept),
            n_offspring=narrower(self.n_offspring),
            n_climbing=narrower(self.n_climbing),
        )


EFFORTS = {
    "fast": Effort(16, 4, 0, 0, 0, rows_per_parameter=10),
    "normal": Effort(32, 16, 48, 16, 4),
    "best": Effort(64, 32, 96, 32, 15, rows_per_parameter=50),
}
"""The efforts, by name."""
