"""Starts from k-means: its clusters, or the seeds that k-means++ draws.

Arthur, D. and Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding.
"""

import numpy as np
from sklearn.cluster import KMeans, kmeans_plusplus

from mixtura.typing import Assignment, HostN, HostND


def kmeans(
    rows: HostND, n_components: int, rng: np.random.RandomState, weights: HostN | None
) -> Assignment:
    """The clusters of one k-means run."""
    clusters = KMeans(n_clusters=n_components, n_init=1, random_state=rng)
    labels: Assignment = clusters.fit(rows, sample_weight=weights).labels_
    return labels


def kmeans_seeds(
    rows: HostND, n_components: int, rng: np.random.RandomState, weights: HostN | None
) -> Assignment:
    """One row per component, drawn far from each other; the other rows are nobody's."""
    _, seeds = kmeans_plusplus(rows, n_components, sample_weight=weights, random_state=rng)
    return one_row_each(seeds, len(rows))


def one_row_each(seeds: Assignment, n_rows: int) -> Assignment:
    """Responsibilities 1 of component k for row seeds[k], and 0 elsewhere."""
    responsibilities = np.zeros((n_rows, len(seeds)))
    responsibilities[seeds, np.arange(len(seeds))] = 1
    return responsibilities
