"""Components merged into clusters: a cluster that is no Gaussian is several components together.

BIC counts the Gaussians that the density needs, and they may be more than there are clusters. With
t_ik the probability that row i belongs to cluster k, what is not known of the labels is

    Ent(K) = -sum_i w_i sum_k t_ik log t_ik

and the two clusters are merged, t_i = t_ik + t_il, that lower it most; then the next two, down to
one cluster. The density stays as it is. Where the entropy stops falling fast is its elbow.

Baudry, J.-P., Raftery, A. E., Celeux, G., Lo, K. and Gottardo, R. (2010). Combining mixture
components for clustering. Journal of Computational and Graphical Statistics 19, 332-353.
"""

import math
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy.special import entr

from mixtura._array import row_ranges, rows_per_block, to_numpy
from mixtura.distribution import as_mixture
from mixtura.distribution.checks import check_rows
from mixtura.selection.clusters import MergedClusters
from mixtura.selection.elbow import elbow_of
from mixtura.selection.weights import check_weights
from mixtura.typing import AnyArray, Float, Indices

CERTAIN = 0.01
"""Labels of which less than this share of the largest entropy, n log K, is unknown are certain."""


def merge_clusters(model: object, X: AnyArray, sample_weight: AnyArray = None) -> MergedClusters:
    """Merge the components of a mixture into clusters, as far as that makes labels more certain.

    Parameters
    ----------
    model : fitted estimator or Mixture
    X : array-like of shape (n, d)
        The rows, whose labels matter. NaN where an entry is missing.
    sample_weight : array-like of shape (n,), optional
        How many times each row counts.

    Returns
    -------
    clusters : MergedClusters
        The solutions for 1 to K clusters. By default it speaks of as many as the elbow of the
        entropy says. An elbow lies between 1 and K, so that three components always make two
        clusters by it, and one or two are not merged; nor are any where labels are certain (the
        entropy is below 1 % of n log K).

    Raises
    ------
    ValueError
        For rows or weights of other shapes, infinity, or where no row that counts has an entry.

    References
    ----------
    Baudry, J.-P., Raftery, A. E., Celeux, G., Lo, K. and Gottardo, R. (2010). Combining mixture
    components for clustering. Journal of Computational and Graphical Statistics 19, 332-353.

    Examples
    --------
    Two components across each other are one cluster:

    >>> import mixtura as mx
    >>> flat, tall = [[9, 0], [0, 0.1]], [[0.1, 0], [0, 9]]
    >>> m = mx.Mixture([0.3, 0.3, 0.4], [[0, 0], [0, 0], [20, 0]], [flat, tall, [[1, 0], [0, 1]]])
    >>> X, _ = m.sample(500, rng=0)
    >>> clusters = mx.merge_clusters(m, X)
    >>> clusters.n_clusters
    2
    >>> clusters.components()
    ((0, 1), (2,))
    >>> clusters.predict([[3, 0], [0, 3], [20, 0]])
    array([0, 0, 1])
    """
    mixture = as_mixture(model)
    rows = check_rows(X, mixture.n_features, mixture.feature_names)
    weights = check_weights(sample_weight, rows)
    responsibilities = to_numpy(mixture.responsibilities(rows))
    merging = Merging.of(responsibilities, weights)
    for _ in range(mixture.n_components - 1):
        merging.merge(*merging.best_pair())
    entropies = np.maximum(merging.entropies[::-1], 0.0)  # rounding alone can be below
    tree = np.array(merging.tree, dtype=np.float64).reshape(-1, 4)
    n_clusters = _n_clusters(entropies, weights.sum())
    merged_weights = np.array(merging.merged_weights[::-1])
    return MergedClusters(mixture, entropies, merged_weights, tree, n_clusters)


def _n_clusters(entropies: Float, n_rows: float) -> int:
    """The elbow, where there is one."""
    n_components = len(entropies)
    if n_components < 3 or entropies[-1] <= CERTAIN * n_rows * math.log(n_components):
        return n_components
    return n_components - elbow_of(-np.arange(float(n_components)), entropies[::-1]).index


@dataclass(eq=False)
class Merging:
    """Clusters while they are merged; those that are gone keep their place, and are not `kept`.

    Attributes
    ----------
    t : ndarray of shape (n, K)
        The probabilities of the clusters.
    weights : ndarray of shape (n,)
    own : ndarray of shape (K,)
        The part of each in the entropy, -sum_i w_i t_ik log t_ik.
    joint : ndarray of shape (K, K)
        The part that each pair would have as one cluster, above the diagonal; else infinite.
    kept : ndarray
        The clusters that are left.
    nodes, sizes : ndarray of shape (K,)
        Their numbers in the tree, and of how many components they are.
    entropies, merged_weights, tree : list
        What has happened so far.
    """

    t: Float
    weights: Float
    own: Float
    joint: Float
    kept: Indices
    nodes: Indices
    sizes: Indices
    entropies: list[float] = field(default_factory=list)
    merged_weights: list[float] = field(default_factory=list)
    tree: list[tuple[float, ...]] = field(default_factory=list)

    @classmethod
    def of(cls, responsibilities: Float, weights: Float) -> Self:
        """Every component by itself."""
        n = responsibilities.shape[1]
        own, joint = weights @ entr(responsibilities), np.full((n, n), np.inf)
        parts = np.array(responsibilities), weights, own, joint
        each = np.arange(n)
        merging = cls(*parts, each, each.copy(), np.ones(n, dtype=np.int64), [float(own.sum())])
        for k in range(n):
            merging._join(k, each[k + 1 :])
        return merging

    def best_pair(self) -> tuple[int, int]:
        """The two clusters that lower the entropy most as one."""
        drops = self.own[:, None] + self.own[None, :] - self.joint
        k, j = divmod(int(drops.argmax()), len(drops))
        return k, j

    def merge(self, k: int, j: int) -> None:
        """Cluster j joins k, its place before it."""
        labels = self.kept[self.t[:, self.kept].argmax(axis=1)]
        self.merged_weights.append(float(self.weights[(labels == k) | (labels == j)].sum()))
        self.t[:, k] += self.t[:, j]
        self.own[k] = self.joint[k, j]
        self.kept = self.kept[self.kept != j]
        self.joint[j], self.joint[:, j] = np.inf, np.inf
        self._join(k, self.kept[self.kept != k])
        self.entropies.append(float(self.own[self.kept].sum()))

        fallen = max(self.entropies[0] - self.entropies[-1], self.tree[-1][2] if self.tree else 0.0)
        self.sizes[k] += self.sizes[j]
        pair = sorted((float(self.nodes[k]), float(self.nodes[j])))
        self.tree.append((*pair, fallen, float(self.sizes[k])))
        self.nodes[k] = len(self.t[0]) + len(self.tree) - 1

    def _join(self, k: int, others: Indices) -> None:
        """What cluster k and each of the others would have as one."""
        total = np.zeros(len(others))
        for block in row_ranges(len(self.t), rows_per_block(len(others))):
            together = self.t[block, k, None] + self.t[block][:, others]
            total += self.weights[block] @ entr(together)
        self.joint[np.minimum(k, others), np.maximum(k, others)] = total
