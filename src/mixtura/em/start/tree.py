"""A tree of merges, and the partition into so many clusters that it makes."""

import numpy as np

from mixtura.typing import Indices


def cut(merges: Indices, n_leaves: int, n_clusters: int) -> Indices:
    """Labels (n_leaves,) from 0, in the order of the clusters' first leaves.

    Parameters
    ----------
    merges : ndarray of shape (m, 2)
        In order; each names two clusters by leaves that are in them.
    """
    cluster = np.arange(n_leaves)

    def root(leaf: int) -> int:
        while cluster[leaf] != leaf:
            cluster[leaf] = leaf = cluster[cluster[leaf]]
        return leaf

    for pair in merges[: n_leaves - n_clusters]:
        i, j = sorted(map(root, pair))
        cluster[j] = i
    roots = [root(leaf) for leaf in range(n_leaves)]
    return np.unique(roots, return_inverse=True)[1]
