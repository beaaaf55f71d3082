"""How unusual a score is beside scores of rows that were held out: conformal p-values.

With s_1, ..., s_n the scores of rows that were not fitted, which come from the distribution of new
ones, and w_i how many times each counts,

    p(s) = (1 + sum_i w_i [s_i <= s]) / (1 + sum_i w_i)

is at most alpha for a new row with probability at most alpha, whatever the score and however bad
the fit: all ranks of the new score among the others are equally likely.

Vovk, V., Gammerman, A. and Shafer, G. (2005). Algorithmic Learning in a Random World. Springer.
Laxhammar, R. and Falkman, G. (2015). Inductive conformal anomaly detection for sequential detection
of anomalous sub-trajectories. Annals of Mathematics and Artificial Intelligence 74, 67-94.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.stats import false_discovery_control

from mixtura.distribution import Mixture
from mixtura.typing import Float, Indices, RandomSource
from mixtura.uses.typicality import log_typicality

ROUNDING = 1e-9
"""Of counts: 0.29 times 100 rows are 29, and not 28.999999999999996."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """Scores of rows that were held out, in ascending order.

    Attributes
    ----------
    scores : ndarray of shape (n,)
        Low ones are unusual.
    weights : ndarray of shape (n,)
        How many times each counts.
    """

    scores: Float
    weights: Float

    @classmethod
    def of(cls, scores: Float, weights: Float | None) -> Self:
        """From scores in any order; weights of None are ones."""
        order = np.argsort(scores, kind="stable")
        counts = np.ones(len(scores)) if weights is None else weights
        return cls(np.asarray(scores, dtype=np.float64)[order], np.asarray(counts)[order])

    @classmethod
    def drawn(cls, mixture: Mixture, n: int, rng: RandomSource | int) -> Self:
        """From n rows drawn from the mixture itself: right where it is the truth."""
        rows, _ = mixture.sample(n, rng)
        return cls.of(log_typicality(mixture, rows), None)

    @property
    def n(self) -> float:
        """How many rows count."""
        return float(self.weights.sum())

    def p_values(self, scores: Float) -> Float:
        """p(s) of each score."""
        sums = np.concatenate([[0.0], np.cumsum(self.weights)])
        at_most = sums[np.searchsorted(self.scores, scores, side="right")]
        return np.asarray((1 + at_most) / (1 + self.n))

    def threshold(self, rate: float) -> float:
        """The score below which p(s) is at most the rate.

        Raises
        ------
        ValueError
            Where rate (n + 1) < 1: no score has so small a p-value.
        """
        check_reachable(rate, self.n)
        return score_above(self, rate * (self.n + 1) - 1)


def check_reachable(rate: float, n: float) -> None:
    """Refuse a rate that n rows cannot reach, and tell the least that they do."""
    if rate * (n + 1) < 1 - ROUNDING:
        raise ValueError(
            f"A false-alarm rate of {rate:g} needs {np.ceil(1 / rate - 1 - ROUNDING):.0f} "
            f"calibration rows, but there are {n:g}: the smallest rate that they reach is "
            f"{1 / (n + 1):.4g}."
        )


def adjusted(p_values: Float) -> Float:
    """Benjamini and Hochberg's (1995): rows where this is at most q have false-discovery rate q.

    With the p-values in ascending order, the i-th becomes min_{j >= i} n p_j / j.
    """
    return np.asarray(false_discovery_control(p_values))


@dataclass(frozen=True, eq=False)
class Tally:
    """How often each p-value came up, which `+` adds: n held-out rows give n + 1 at most.

    Attributes
    ----------
    values : ndarray
        In ascending order.
    counts : ndarray of int
    """

    values: Float
    counts: Indices

    @classmethod
    def of(cls, p_values: Float) -> Self:
        """Of some rows."""
        return cls(*np.unique(p_values, return_counts=True))

    def __add__(self, other: Self) -> Self:
        values, places = np.unique(np.concatenate([self.values, other.values]), return_inverse=True)
        counts = np.zeros(len(values), dtype=np.int64)
        np.add.at(counts, places, np.concatenate([self.counts, other.counts]))
        return type(self)(values, counts)

    def cutoff(self, rate: float) -> float:
        """The largest p-value that is flagged at a false-discovery rate; 0 where none is.

        As `adjusted` says: the largest p_(i) with n p_(i) / i at most the rate.
        """
        ranks = np.cumsum(self.counts)
        flagged = np.flatnonzero(self.values * (ranks[-1] / ranks) <= rate)
        return float(self.values[flagged[-1]]) if len(flagged) else 0.0


def score_above(ranked: Calibration, count: float) -> float:
    """The lowest score such that those up to it count for more; what is below counts for less."""
    sums = np.cumsum(ranked.weights)
    place = np.searchsorted(sums, count + ROUNDING, side="right")
    return float(ranked.scores[min(int(place), len(sums) - 1)])


def quantile_below(scores: Float, weights: Float | None, share: float) -> float:
    """The score below which lies this share of the rows, or what is next less."""
    ranked = Calibration.of(scores, weights)
    return score_above(ranked, share * ranked.n)
