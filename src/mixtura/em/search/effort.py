"""How much work a search is worth."""

from dataclasses import dataclass


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


EFFORTS = {
    "fast": Effort(16, 2, 0, 0, 0, rows_per_parameter=10),
    "normal": Effort(32, 16, 48, 16, 4),
    "best": Effort(64, 32, 96, 32, 15, rows_per_parameter=50),
}
"""The efforts, by name."""
