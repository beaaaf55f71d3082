"""The starts, by name.

scikit-learn's four make its draws in its order: the same `random_state` gives the same start.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em.start.chance import random, random_from_data
from mixtura.em.start.hierarchy import hierarchical
from mixtura.em.start.kmeans import kmeans
from mixtura.em.start.labelled import Labelled
from mixtura.em.start.seeding import Seeds, kmeans_seeds
from mixtura.typing import Assignment, HostN, HostND

Proposal: TypeAlias = Assignment | Seeds | Labelled | Mixture
"""Labels (n,), responsibilities (n, K), one row for each component, labels of a sample, or a whole
mixture."""

Start: TypeAlias = Callable[[HostND, int, np.random.RandomState, HostN | None], Proposal]
"""(rows, n_components, rng, sample weights or None) -> a proposal."""

STARTS: dict[str, Start] = {
    "kmeans": kmeans,
    "k-means++": kmeans_seeds,
    "random": random,
    "random_from_data": random_from_data,
    "hierarchical": hierarchical,
}
