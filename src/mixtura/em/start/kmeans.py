"""The start from k-means: EM with hard labels, for Gaussians that are all alike and round.

Each row goes to the nearest centre, and each centre to the mean of its rows, until no label changes
or the centres hardly move:

    z_i = argmin_k |x_i - c_k|^2        c_k + sum_i w_i [z_i = k] (x_i - c_k) / sum_i w_i [z_i = k]

Lloyd, S. (1982). Least squares quantization in PCM. The rules around it (where it stops, and what
becomes of a cluster without rows) are those of scikit-learn's KMeans, whose labels it gives.
"""

from operator import itemgetter

import numpy as np

from mixtura.em.start.masked import MaskedRows, masked_lloyd
from mixtura.em.start.nearest import bounds_from_nothing, moved, nearest, nearest_distances
from mixtura.em.start.seeding import draw_seeds
from mixtura.typing import ArrayK, ArrayKD, Assignment, Float, HostN, HostND, Indices

MAX_ITERATIONS = 300
TOLERANCE = 1e-4
"""Of the centres' squared movements together, in units of the features' mean variance."""

RUNS_WITH_HOLES = 3
"""Of five clusters in ten features one run in ten ended where EM stays below its best, and none of
three; of complete rows there is one run, as scikit-learn's mixtures have it."""


def kmeans(
    rows: HostND, n_components: int, rng: np.random.RandomState, weights: HostN | None
) -> Assignment:
    """The clusters of one k-means run, from seeds that k-means++ draws; with holes, of a few."""
    if np.isnan(rows).any():
        return _of_incomplete(rows, n_components, rng, weights)
    seeds = draw_seeds(rows, n_components, rng, weights)
    plain = None if weights is None else np.ascontiguousarray(weights, dtype=np.float64)
    return lloyd(rows, np.asarray(rows[seeds], dtype=np.float64), plain)


def _of_incomplete(
    rows: HostND, n_components: int, rng: np.random.RandomState, weights: HostN | None
) -> Indices:
    """The clusters of the run whose rows are nearest to their centres."""
    masked, runs = MaskedRows.of(rows), []
    for _ in range(RUNS_WITH_HOLES):
        centres = masked.residuals[draw_seeds(rows, n_components, rng, weights)]
        runs.append(masked_lloyd(masked, centres, weights, MAX_ITERATIONS, TOLERANCE))
    labels, _ = min(runs, key=itemgetter(1))
    return labels


def lloyd(rows: HostND, centres: ArrayKD, weights: Float | None) -> Indices:
    """The labels (n,) at which Lloyd's iterations from these centres end."""
    labels = np.full(len(rows), -1, dtype=np.int64)
    bounds = bounds_from_nothing(rows, centres)
    tolerance = TOLERANCE * _mean_variance(rows)
    for _ in range(MAX_ITERATIONS):
        counts, sums, _, changed = nearest(rows, weights, centres, labels, bounds)
        if not changed:
            return labels
        # A cluster without weight stays where it is, if no row can be found for it.
        moves = sums / np.where(counts > 0, counts, 1)[:, None]
        if (counts == 0).any():
            moves = _with_empty_moved(rows, weights, centres, labels, counts, sums)
        centres, before = centres + moves, centres
        bounds = moved(bounds, centres - before)
        if np.sum(moves**2) <= tolerance:
            break
    nearest(rows, weights, centres, labels, bounds)
    return labels


def _with_empty_moved(
    rows: HostND,
    weights: Float | None,
    centres: ArrayKD,
    labels: Indices,
    counts: ArrayK,
    sums: ArrayKD,
) -> ArrayKD:
    """The moves of the centres, where those of empty clusters go to the rows farthest from theirs.

    Such a row is taken from the cluster that it was in.
    """
    empty = np.flatnonzero(counts == 0)
    distances = nearest_distances(rows, centres)
    if weights is not None:
        distances *= weights > 0  # a row without weight would leave its cluster as empty
    farthest = np.argpartition(distances, -len(empty))[: -len(empty) - 1 : -1]
    moves = np.zeros_like(centres)
    for k, i in zip(empty, farthest, strict=True):
        if distances[i] > 0:
            weight = 1.0 if weights is None else weights[i]
            counts[labels[i]] -= weight
            sums[labels[i]] -= weight * (rows[i] - centres[labels[i]])
            moves[k] = rows[i] - centres[k]
    kept = counts > 0
    moves[kept] = sums[kept] / counts[kept, None]
    return moves


def _mean_variance(rows: HostND) -> float:
    """The variance of the features, in their mean; weights do not count in it."""
    origin = np.asarray(rows[:1], dtype=np.float64)
    (n,), (first,), second, _ = nearest(rows, None, origin, None)
    return float((second / n - (first / n) @ (first / n)) / len(first))
