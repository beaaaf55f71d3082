"""To which centre each row is nearest, and what the rows of each sum to: a step of k-means.

Where the kernel takes the rows, it answers in one read of them; the lines here are its reference.
"""

from typing import TypeAlias

import numpy as np

from mixtura import _kernel
from mixtura._array import as_float64, row_ranges, rows_per_block
from mixtura.typing import ArrayK, ArrayKD, Float, HostND, Indices

Bounds: TypeAlias = tuple[Float, ArrayK]
"""How far rows are at least from other centres than their own, and how far these have moved since.

With them the kernel compares few rows with all centres, and finds the same labels. Hamerly, G.
(2010). Making k-means even faster.
"""

BOUNDS_PAY_FROM = 512
"""Numbers in the centres; with fewer it costs less to compare each row with all of them."""


def nearest(
    rows: HostND,
    weights: Float | None,
    centres: ArrayKD,
    labels: Indices | None,
    bounds: Bounds | None = None,
) -> tuple[ArrayK, ArrayKD, float, int]:
    """One step: labels and bounds are written over, and what the clusters sum to is returned.

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
        return _kernel.nearest(rows, weights, centres, labels, bounds)
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


def bounds_from_nothing(rows: HostND, centres: ArrayKD) -> Bounds | None:
    """Bounds that tell nothing yet, or None where they would not pay."""
    if centres.size < BOUNDS_PAY_FROM:
        return None
    return np.zeros(len(rows)), np.zeros(len(centres))


def moved(bounds: Bounds | None, moves: ArrayKD) -> Bounds | None:
    """The bounds after the centres have moved by so much."""
    if bounds is None:
        return None
    lengths = np.sqrt(np.sum(moves**2, axis=1))
    farthest = lengths.argmax()
    of_others = np.full(len(moves), lengths[farthest])
    of_others[farthest] = np.delete(lengths, farthest).max(initial=0)
    return bounds[0], of_others


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
