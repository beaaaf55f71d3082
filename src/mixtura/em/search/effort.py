"""How much work a search is worth."""

import math
from dataclasses import dataclass, replace
from typing import Self

from mixtura.em.squarem import CYCLE
from mixtura.em.stopping import Stopping

NEAR = Stopping(1e-5, 300, aitken=True)
"""Near enough to a maximum to tell it from others."""

LIGHT = 2.0**22
"""Multiplications of an iteration, n K d^2, beyond which a search is narrower: it goes by the root,
so that of large fits it takes longer, but not as much longer as an iteration does."""

NARROWEST = 1 / 8

LEAST_SAMPLE = 2**14
"""Fewer rows are all looked at."""


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
    is_thorough : bool
        Whether maxima are climbed to their very tops, and what is spurious is got rid of again and
        again, which takes EM long.
    """

    n_starts: int
    n_kept: int
    n_offspring: int
    n_climbing: int
    patience: int
    rows_per_parameter: int = 20
    is_thorough: bool = True

    def for_work(self, n_rows: int, n_components: int, n_features: int) -> Self:
        """As wide as such a fit allows."""
        work = float(n_rows) * n_components * n_features**2
        width = max(NARROWEST, min(1.0, math.sqrt(LIGHT / work)))

        def narrower(number: int, least: int) -> int:
            return min(number, max(least, math.ceil(number * width)))

        return replace(
            self,
            n_starts=narrower(self.n_starts, 12),
            n_kept=narrower(self.n_kept, 4),
            n_offspring=narrower(self.n_offspring, 8),
            n_climbing=narrower(self.n_climbing, 2),
            is_thorough=width == 1,
        )

    @property
    def n_rounds(self) -> int:
        """So often EM goes on from a spurious maximum."""
        return 8 if self.is_thorough else 2

    @property
    def first_run(self) -> int:
        """Iterations of the shortest runs."""
        return 8 if self.is_thorough else 3

    @property
    def nearer(self) -> Stopping:
        """Near enough to a maximum to tell it from a saddle."""
        return Stopping(1e-8, 600, aitken=True) if self.is_thorough else NEAR

    @property
    def to_the_top(self) -> Stopping:
        """As near as rounding and patience allow, in cycles of acceleration."""
        tol, max_iter = (1e-9, 3000) if self.is_thorough else (1e-6, 300)
        return Stopping(tol, max_iter, span=CYCLE)


def sample_size(n_components: int, n_features: int, rows_per_parameter: int) -> int:
    """How many of very many rows are looked at, by the parameters of full covariances."""
    n_parameters = n_components * n_features * (n_features + 3) // 2
    return max(LEAST_SAMPLE, rows_per_parameter * n_parameters)


EFFORTS = {
    "fast": Effort(16, 4, 0, 0, 0, rows_per_parameter=10),
    "normal": Effort(32, 16, 48, 16, 12),
    "best": Effort(64, 32, 128, 32, 60, rows_per_parameter=50),
}
"""The efforts, by name."""
