"""Ward's hierarchy of weighted points: the pair that adds least to the squares within is merged.

    w_i w_j / (w_i + w_j) |c_i - c_j|^2

is what merging clusters i and j adds. A chain goes from cluster to nearest cluster until two are
each other's nearest; no merge elsewhere changes that, so that they may be merged at once
(Murtagh 1983), and the merges are put in order afterwards.

Ward, J. H. (1963). Hierarchical grouping to optimize an objective function. Journal of the American
Statistical Association 58, 236-244.
Murtagh, F. (1983). A survey of recent advances in hierarchical clustering algorithms. The Computer
Journal 26, 354-359.
"""

import numpy as np
from scipy.spatial.distance import cdist

from mixtura.typing import Float, Indices


def ward_merges(points: Float, weights: Float) -> Indices:
    """The pairs that are merged, shape (m - 1, 2): the first takes the second in.

    A cluster is called by one of its points.
    """
    if len(points) == 1:
        return np.empty((0, 2), dtype=np.int64)
    w = weights / weights.max()
    costs = cdist(points, points, "sqeuclidean") * (w[:, None] * w / (w[:, None] + w))
    np.fill_diagonal(costs, np.inf)
    pairs, heights = np.empty((len(points) - 1, 2), dtype=np.int64), np.empty(len(points) - 1)
    chain: list[int] = []
    for merge in range(len(pairs)):
        i, j = _nearest_of_each_other(costs, w, chain)
        height = costs[i, j]
        pairs[merge], heights[merge] = (i, j), height
        _merge(costs, w, i, j, height)
    return pairs[np.argsort(heights, kind="stable")]


def _nearest_of_each_other(costs: Float, w: Float, chain: list[int]) -> tuple[int, int]:
    """Two clusters that end the chain, and are taken off it."""
    if not chain:
        chain.append(int(w.argmax()))
    while True:
        last = chain[-1]
        row = costs[last]
        nearest = int(row.argmin())
        if len(chain) > 1 and row[chain[-2]] <= row[nearest]:
            return chain.pop(), chain.pop()
        chain.append(nearest)


def _merge(costs: Float, w: Float, i: int, j: int, height: float) -> None:
    """Cluster i takes j in (Lance and Williams 1967)."""
    own, other = w[i], w[j]
    costs_of_i = ((own + w) * costs[i] + (other + w) * costs[j] - w * height) / (own + other + w)
    costs_of_i[[i, j]] = np.inf
    costs[i] = costs[:, i] = costs_of_i
    costs[j] = costs[:, j] = np.inf
    w[i], w[j] = own + other, 0.0
