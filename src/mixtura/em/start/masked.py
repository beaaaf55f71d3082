"""k-means and its seeds for rows with missing entries: distances over the entries that are there.

    D_ik = sum_{j in o_i} (x_ij - c_kj)^2

with o_i the features that row i has. A centre's feature is the mean of the entries that its rows
have, which is where sum_i w_i D_i is the least, so that no iteration raises it; no row is left out.
Distances are not scaled up to d features: which centre is the nearest is the same, and seeds are
better drawn from rows that have much.

Chi, J. T., Chi, E. C. and Baraniuk, R. G. (2016). k-POD: a method for k-means clustering of missing
data. The American Statistician 70, 91-99.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from mixtura._array import row_ranges, rows_per_block
from mixtura.typing import ArrayD, ArrayKD, Float, HostN, HostND, Indices


@dataclass(frozen=True, eq=False)
class MaskedRows:
    """Rows about the mean of each feature, with zeros where entries are missing.

    Attributes
    ----------
    residuals : ndarray of shape (n, d)
    is_there : ndarray of shape (n, d)
        1 where an entry is there, else 0.
    """

    residuals: Float
    is_there: Float

    @classmethod
    def of(cls, rows: HostND) -> Self:
        """The same of rows with NaN where entries are missing."""
        is_there = ~np.isnan(rows)
        first = rows[is_there.argmax(axis=0), np.arange(rows.shape[1])].astype(np.float64)
        residuals = np.where(is_there, rows - first, 0.0)
        mean = residuals.sum(axis=0) / np.maximum(is_there.sum(axis=0), 1)
        return cls(np.where(is_there, residuals - mean, 0.0), is_there.astype(np.float64))

    def __len__(self) -> int:
        return len(self.residuals)

    def distances(self, centres: ArrayKD) -> Float:
        """D_ik, shape (n, K); the rows' mean makes up for what expanded squares would cancel."""
        squares = np.einsum("nd,nd->n", self.residuals, self.residuals)[:, None]
        squares = squares - 2 * self.residuals @ centres.T + self.is_there @ (centres**2).T
        return np.asarray(np.maximum(squares, 0))

    def distances_to(self, trials: Indices) -> Float:
        """The distances to some of the rows, whose missing features are at the mean, (m, n)."""
        return np.asarray(self.distances(self.residuals[trials]).T)

    def nearest(self, centres: ArrayKD) -> tuple[Indices, Float]:
        """The nearest centre of each row, and the distance to it."""
        labels, least = np.empty(len(self), dtype=np.int64), np.empty(len(self))
        for block in row_ranges(len(self), rows_per_block(sum(centres.shape))):
            part = MaskedRows(self.residuals[block], self.is_there[block])
            distances = part.distances(centres)
            labels[block] = distances.argmin(axis=1)
            least[block] = distances.min(axis=1)
        return labels, least


def masked_lloyd(
    rows: MaskedRows, centres: ArrayKD, weights: HostN | None, max_iterations: int, tolerance: float
) -> tuple[Indices, float]:
    """The labels (n,) at which Lloyd's iterations from these centres end, and sum_i w_i D_i there.

    `tolerance` is in units of the features' mean variance, as in `kmeans.lloyd`.
    """
    w = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=np.float64)
    least = tolerance * float(np.mean(_variances(rows)))
    labels, distances = np.full(len(rows), -1, dtype=np.int64), np.zeros(len(rows))
    for _ in range(max_iterations):
        before, (labels, distances) = labels, rows.nearest(centres)
        if (labels == before).all():
            break
        mask = w * (labels == np.arange(len(centres))[:, None])
        counts = mask @ rows.is_there
        new = np.where(counts > 0, mask @ rows.residuals / np.where(counts > 0, counts, 1), centres)
        empty = np.flatnonzero(mask.sum(axis=1) == 0)
        if len(empty):  # such a cluster starts again at a row far from all centres
            far = np.argsort(-distances * (w > 0), kind="stable")[: len(empty)]
            new[empty[: len(far)]] = rows.residuals[far]
        centres, moves = new, new - centres
        if np.sum(moves**2) <= least:
            labels, distances = rows.nearest(centres)
            break
    return labels, float(w @ distances)


def _variances(rows: MaskedRows) -> ArrayD:
    squares: ArrayD = (rows.residuals**2).sum(axis=0)
    return np.asarray(squares / np.maximum(rows.is_there.sum(axis=0), 1))
