"""The start from k-means: EM with hard labels, for Gaussians that are all alike and round.

Each row goes to the nearest centre, and each centre to the mean of its rows, until no label changes
or the centres hardly move:

    z_i = argmin_k |x_i - c_k|^2        c_k + sum_i w_i [z_i = k] (x_i - c_k) / sum_i w_i [z_i = k]

Lloyd, S. (1982). Least squares quantization in PCM. The rules around it (where it stops, and what
becomes of a cluster without rows) are those of scikit-learn's KMeans, whose labels it gives.
"""

import numpy as np

from mixtura import _kernel
from mixtura._array import as_float64, row_ranges, rows_per_block
from mixtura.em.start.seeding import draw_seeds
from mixtura.typing import ArrayK, ArrayKD, Assignment, Float, HostN, HostND, Indices

MAX_ITERATIONS = 300
TOLERANCE = 1e-4
"""Of the centres' squared movements together, in units of the features' mean variance."""


def kmeans(
    rows: HostND, n_components: int, rng: np.random.RandomState, weights: HostN | None
) -> Assignment:
    """The clusters of one k-means run, from seeds that k-means++ draws."""
    seeds = draw_seeds(rows, n_components, rng, weights)
    plain = None if weights is None else np.ascontiguousarray(weights, dtype=np.float64)
    return lloyd(rows, np.asarray(rows[seeds], dtype=np.float64), plain)


def lloyd(rows: HostND, centres: ArrayKD, weights: Float | None) -> Indices:
    """The labels (n,) at which Lloyd's iterations from these centres end."""
    labels = np.full(len(rows), -1, dtype=np.int64)
    tolerance = TOLERANCE * _mean_variance(rows)
    for _ in range(MAX_ITERATIONS):
        counts, sums, _, changed = nearest(rows, weights, centres, labels)
        if not changed:
            return labels
        # A cluster without weight stays where it is, if no row can be found for it.
        moves = sums / np.where(counts > 0, counts, 1)[:, None]
        if (counts == 0).any():
            moves = _with_empty_moved(rows, weights, centres, labels, counts, sums)
        centres = centres + moves
        if np.sum(moves**2) <= tolerance:
            break
    nearest(rows, weights, centres, labels)
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


def nearest(
    rows: HostND, weights: Float | None, centres: ArrayKD, labels: Indices | None
) -> tuple[ArrayK, ArrayKD, float, int]:
    """One step: the labels are written over, and what their clusters sum to is returned.

    Returns
    -------
    counts : ndarray of shape (K,)
    sums : ndarray of shape (K, d)
        About the centres.
    inertia : float
        The weighted sum of squared distances to the nearest centres.
    changed : int
        How many labels are not what they were.
    """
    if _kernel.takes(rows):
        return _kernel.nearest(rows, weights, centres, labels)
    counts, sums, inertia, changed = np.zeros(len(centres)), np.zeros(centres.shape), 0.0, 0
    for block in row_ranges(len(rows), rows_per_block(centres.size)):
        distances, residuals = _distances(rows[block], centres)
        new = distances.argmin(axis=0)
        own = np.arange(len(new))
        w = np.ones(len(new)) if weights is None else weights[block]
        mask = w * (new == np.arange(len(centres))[:, None])
        counts += mask.sum(axis=1)
        sums += (mask[:, None, :] @ residuals)[:, 0, :]
        inertia += float(w @ distances[new, own])
        if labels is not None:
            changed += int((labels[block] != new).sum())
            labels[block] = new
    return counts, sums, inertia, changed


def nearest_distances(rows: HostND, centres: ArrayKD) -> Float:
    """The squared distance of each row to the nearest centre, shape (n,)."""
    if _kernel.takes(rows):
        return _kernel.nearest_distances(rows, centres)
    blocks = row_ranges(len(rows), rows_per_block(centres.size))
    return np.concatenate([_distances(rows[b], centres)[0].min(axis=0) for b in blocks])


def _distances(rows: HostND, centres: ArrayKD) -> tuple[Float, Float]:
    """Squared distances (K, n) and residuals (K, n, d) of a block."""
    residuals = as_float64(rows)[None, :, :] - centres[:, None, :]
    return np.einsum("knd,knd->kn", residuals, residuals), residuals


def _mean_variance(rows: HostND) -> float:
    """The variance of the features, in their mean; weights do not count in it."""
    origin = np.asarray(rows[:1], dtype=np.float64)
    (n,), (first,), second, _ = nearest(rows, None, origin, None)
    return float((second / n - (first / n) @ (first / n)) / len(first))
