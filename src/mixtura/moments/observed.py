"""What is known of features one by one, from the entries that are there.

    N_kj = sum_i r_ik [x_ij is there]     and so on for x_ij - c_j and its square

Starts and scales are made of it: the rows that have a feature tell its mean and variance.
"""

from dataclasses import dataclass

import numpy as np

from mixtura._array import as_float64, bring, namespace, to_numpy
from mixtura._linalg import TINY
from mixtura.covariance import Diagonal
from mixtura.distribution import Mixture
from mixtura.typing import AnyNK, ArrayD, ArrayKD, Block

LEAST_SHARE = 1e-12
"""Of a feature's variance over all rows: no component is thought to have less."""


@dataclass(frozen=True, eq=False)
class Observed:
    """Sums over the entries that are there, which `+` adds.

    Attributes
    ----------
    counts, sums, squares : ndarray of shape (K, d)
    centre : ndarray of shape (d,)
        What sums and squares are taken about.
    """

    counts: ArrayKD
    sums: ArrayKD
    squares: ArrayKD
    centre: ArrayD

    @classmethod
    def of(cls, block: Block, responsibilities: AnyNK, centre: ArrayD) -> "Observed":
        """The sums of a block, with responsibilities (n, K) that know nothing of sample weights."""
        xp = namespace(block.rows)
        residuals = as_float64(block.rows) - bring(centre, block.rows)[None, :]
        is_there = ~xp.isnan(residuals)
        residuals = xp.where(is_there, residuals, xp.zeros_like(residuals))
        r = responsibilities
        if block.weights is not None:
            r = r * as_float64(block.weights)[:, None]
        return cls(
            to_numpy(r.T @ as_float64(is_there)),
            to_numpy(r.T @ residuals),
            to_numpy(r.T @ residuals**2),
            centre,
        )

    def __add__(self, other: "Observed") -> "Observed":
        return Observed(
            self.counts + other.counts,
            self.sums + other.sums,
            self.squares + other.squares,
            self.centre,
        )

    def mixture(self, of_all: "Observed") -> Mixture:
        """Components whose features are independent, with these means and variances.

        One that has no entry of a feature takes the mean and variance of all rows.
        """
        known = self.counts > 0
        means = np.where(known, self.means(), of_all.means())
        overall = of_all.variances()
        variances = np.where(known, self.variances(), overall)
        variances = np.maximum(variances, np.maximum(LEAST_SHARE * overall, TINY))
        weights = np.full(len(means), 1 / len(means))
        return Mixture.of(weights, means, Diagonal(variances))

    def means(self) -> ArrayKD:
        """The mean of each feature in each component; the centre where it has no entry."""
        return np.asarray(self.centre + self.sums / np.maximum(self.counts, TINY))

    def variances(self) -> ArrayKD:
        """The variance of each feature in each component; 0 where it has no entry."""
        counts = np.maximum(self.counts, TINY)
        return np.asarray(np.maximum(self.squares / counts - (self.sums / counts) ** 2, 0))
