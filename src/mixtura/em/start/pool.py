"""Starts for a search to draw from: varied, and all free of the features' units.

Of many rows each looks at a sample, and labels no others.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import numpy as np

from mixtura.data.sample import draw_sample
from mixtura.em.start.adaptive import adaptive_labels
from mixtura.em.start.coordinates import SCALED, WHITENED, coordinates
from mixtura.em.start.kmeans import kmeans
from mixtura.em.start.labelled import Labelled
from mixtura.em.start.nearest import nearest
from mixtura.em.start.registry import Start
from mixtura.typing import Assignment, Float, HostN, HostND, Indices

MOST_ROWS = 2**14
"""Starts look at so many rows: beyond them clusters gain rows, and hardly a shape."""

Labels: TypeAlias = Callable[[Float, int, np.random.RandomState, Float], Indices]
"""(coordinates, n_components, rng, weights) -> labels (n,)."""


def _random_partition(
    points: Float, n_components: int, rng: np.random.RandomState, weights: Float
) -> Indices:
    """The nearest of so many random rows."""
    drawn = rng.choice(len(points), n_components, replace=False, p=weights / weights.sum())
    labels = np.zeros(len(points), dtype=np.int64)
    nearest(points, None, points[np.sort(drawn)], labels)
    return labels


def _start(
    labels_of: Labels,
    power: float,
    rows: HostND,
    n_components: int,
    rng: np.random.RandomState,
    weights: HostN | None,
) -> Assignment | Labelled:
    """A start that labels rows by where they lie in such coordinates."""
    sample = draw_sample(len(rows), weights, MOST_ROWS, rng)
    sample.check_enough(n_components)
    points = coordinates(rows[sample.indices], sample.weights, power)
    return Labelled(sample, labels_of(points, n_components, rng, sample.weights))


POOL: dict[str, Start] = {
    "scaled k-means": partial(_start, kmeans, SCALED),
    "whitened k-means": partial(_start, kmeans, WHITENED),
    "random partition": partial(_start, _random_partition, WHITENED),
    "adaptive seeds": partial(_start, adaptive_labels, WHITENED),
}
"""By name."""
