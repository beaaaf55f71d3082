"""Model-based hierarchical clustering: the merge that costs the least likelihood comes first.

A partition whose cluster k has weight n_k and scatter W_k about its mean is as good as

    -1/2 sum_k n_k log |Sigma_k|         Sigma_k = (W_k + d s_k I) / (n_k + d)
                                         s_k = (tr W_k / d + s) / (n_k + 1)

with s the variance of all points, and each pair of clusters loses some of it by a merge. For many
rows Sigma_k is W_k / n_k, of any shape and volume (the model VVV); a few rows, whose scatter is
singular, are taken for rounder than they are, and a single one for a ball of all points' variance.
Weights are in units of their mean, so that a point counts for one.

Of more points, Ward's merges come before, down to `MOST_CLUSTERS`.

Banfield, J. D. and Raftery, A. E. (1993). Model-based Gaussian and non-Gaussian clustering.
Biometrics 49, 803-821.
Fraley, C. (1998). Algorithms for model-based Gaussian hierarchical clustering. SIAM Journal on
Scientific Computing 20, 270-281.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from mixtura.em.start.tree import cut
from mixtura.em.start.ward import ward_merges
from mixtura.typing import ArrayK, ArrayKD, ArrayKDD, Float, Indices

MOST_CLUSTERS = 300
"""Each pair of clusters has a determinant, and each merge as many anew as clusters are left."""


def model_based_merges(points: Float, weights: Float) -> Indices:
    """The pairs that are merged, shape (m - 1, 2): the first takes the second in.

    A cluster is called by one of its points.
    """
    n = len(points)
    first = ward_merges(points, weights)[: max(0, n - MOST_CLUSTERS)]
    labels = cut(first, n, n - len(first))
    clusters = Clusters.of(points, weights / weights.mean(), labels)
    _, names = np.unique(labels, return_index=True)
    return np.concatenate([first, names[_merges(clusters)]])


@dataclass(eq=False)
class Clusters:
    """What the rows of each cluster sum to; `merge` changes it.

    Attributes
    ----------
    weights : ndarray of shape (K,)
    means : ndarray of shape (K, d)
    scatters : ndarray of shape (K, d, d)
    misfits : ndarray of shape (K,)
        n_k log |Sigma_k|.
    variance : float
        s.
    """

    weights: ArrayK
    means: ArrayKD
    scatters: ArrayKDD
    misfits: ArrayK
    variance: float

    @classmethod
    def of(cls, points: Float, weights: Float, labels: Indices) -> Self:
        """The same of labelled points, of which every cluster has one."""
        n = np.asarray(np.bincount(labels, weights), dtype=np.float64)
        sums = np.stack([np.bincount(labels, weights * column) for column in points.T], axis=1)
        means = sums / n[:, None]
        scatters = np.zeros((*means.shape, means.shape[1]))
        residuals = points - means[labels]
        weighted = weights[:, None] * residuals
        np.add.at(scatters, labels, weighted[:, :, None] * residuals[:, None, :])
        mean = weights @ points / weights.sum()
        variance = float(np.mean(weights @ (points - mean) ** 2 / weights.sum())) or 1.0
        return cls(n, means, scatters, _misfits(n, scatters, variance), variance)

    def costs(self, i: int, others: Indices) -> Float:
        """By how much the misfit grows where cluster i takes one of the others in."""
        misfits = _misfits(*self._merged(i, others)[::2], self.variance)
        return np.asarray(misfits - self.misfits[i] - self.misfits[others])

    def merge(self, i: int, j: int) -> None:
        """Cluster i takes j in."""
        n, mean, scatter = self._merged(i, np.array([j]))
        self.weights[i], self.means[i], self.scatters[i] = n[0], mean[0], scatter[0]
        self.misfits[i] = _misfits(n, scatter, self.variance)[0]

    def _merged(self, i: int, others: Indices) -> tuple[ArrayK, ArrayKD, ArrayKDD]:
        n = self.weights[i] + self.weights[others]
        shares = self.weights[others] / n
        shifts = self.means[others] - self.means[i]
        between = (shares * self.weights[i])[:, None, None] * _outer(shifts)
        scatters = self.scatters[i] + self.scatters[others] + between
        return n, self.means[i] + shares[:, None] * shifts, scatters


def _misfits(n: ArrayK, scatters: ArrayKDD, variance: float) -> ArrayK:
    """n_k log |Sigma_k|."""
    d = scatters.shape[-1]
    spheres = (np.trace(scatters, axis1=1, axis2=2) / d + variance) / (n + 1)
    covariances = scatters + (d * spheres)[:, None, None] * np.eye(d)
    pivots = np.linalg.cholesky(covariances).diagonal(0, 1, 2)
    return np.asarray(n * (2 * np.log(pivots).sum(axis=1) - d * np.log(n + d)))


def _outer(vectors: ArrayKD) -> ArrayKDD:
    return np.asarray(vectors[:, :, None] * vectors[:, None, :])


def _merges(clusters: Clusters) -> Indices:
    """The cheapest merges one after the other, shape (K - 1, 2).

    `costs` has those of the pairs i < j, and for each i the cheapest j is kept up to date.
    """
    n = len(clusters.weights)
    everyone = np.arange(n)
    costs = np.full((n, n), np.inf)
    for i in range(n - 1):
        costs[i, i + 1 :] = clusters.costs(i, everyone[i + 1 :])
    partners = costs.argmin(axis=1)
    cheapest = costs[everyone, partners]
    pairs = np.empty((n - 1, 2), dtype=np.int64)
    for merge in range(n - 1):
        i = int(cheapest.argmin())
        j = int(partners[i])
        pairs[merge] = i, j
        clusters.merge(i, j)
        costs[j] = costs[:, j] = cheapest[j] = np.inf
        costs[i, i + 1 :] = costs[:i, i] = np.inf
        others = np.setdiff1d(everyone, pairs[: merge + 1, 1])
        others = others[others != i]
        anew = clusters.costs(i, others)
        before = others < i
        costs[others[before], i], costs[i, others[~before]] = anew[before], anew[~before]
        # Whose partner is gone or has changed looks for another; the others look at i alone.
        looks = (partners == i) | (partners == j) | (costs[:, i] < cheapest)
        looks[i] = True
        partners[looks] = costs[looks].argmin(axis=1)
        cheapest[looks] = costs[looks, partners[looks]]
    return pairs
