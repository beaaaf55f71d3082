"""Seeds for clusters, drawn far from each other: k-means++.

With D_i the squared distance of row i to the nearest seed so far, the next one is drawn with
probabilities proportional to w_i D_i: the best of a few such trials, by the sum of w_i D_i that it
would leave.

Arthur, D. and Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding. The number of
trials and the order of the draws are scikit-learn's, whose seeds it gives.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from mixtura import _kernel
from mixtura._array import as_float64, row_ranges, rows_per_block
from mixtura.em.start.masked import MaskedRows
from mixtura.typing import Float, HostN, HostND, Indices


@dataclass(frozen=True)
class Seeds:
    """One row for each component; the other rows are nobody's.

    Attributes
    ----------
    indices : ndarray of shape (K,)
    """

    indices: Indices


def kmeans_seeds(
    rows: HostND, n_components: int, rng: np.random.RandomState, weights: HostN | None
) -> Seeds:
    """One row per component, drawn far from each other."""
    return Seeds(draw_seeds(rows, n_components, rng, weights))


def draw_seeds(
    rows: HostND, n_seeds: int, rng: np.random.RandomState, weights: HostN | None
) -> Indices:
    """The indices of the seeds, shape (K,)."""
    if len(rows) < n_seeds:
        raise ValueError(f"n_samples={len(rows)} should be >= n_clusters={n_seeds}.")
    first = _draw_row(len(rows), rng, weights)
    uniforms = rng.uniform(size=(n_seeds - 1, 2 + int(math.log(n_seeds))))
    plain = None if weights is None else np.ascontiguousarray(weights, dtype=np.float64)
    ones_or_plain = np.ones(len(rows)) if plain is None else plain
    if np.isnan(rows).any():
        return seeds_from(MaskedRows.of(rows).distances_to, ones_or_plain, first, uniforms)
    if _kernel.takes(rows):
        return _kernel.seeds(rows, plain, first, uniforms)
    return seeds_from(partial(_squared_distances, rows), ones_or_plain, first, uniforms)


def _draw_row(n_rows: int, rng: np.random.RandomState, weights: HostN | None) -> int:
    if weights is None:  # what `choice` draws from equal shares, without an array of them
        return min(int(rng.random_sample() * n_rows), n_rows - 1)
    return int(rng.choice(n_rows, p=weights / weights.sum()))


def seeds_from(
    distances_to: Callable[[Indices], Float], weights: Float, first: int, uniforms: Float
) -> Indices:
    """The seeds, from what tells the squared distances (m, n) to m of the rows."""
    seeds = [first]
    closest = distances_to(np.array([first]))[0]
    for draws in uniforms:
        shares = np.cumsum(weights * closest)
        trials = np.searchsorted(shares, draws * shares[-1]).clip(max=len(weights) - 1)
        distances = np.minimum(closest, distances_to(trials))
        best = int(np.argmin([weights @ each for each in distances]))
        seeds.append(int(trials[best]))
        closest = distances[best]
    return np.array(seeds, dtype=np.int64)


def _squared_distances(rows: HostND, trials: Indices) -> Float:
    distances = np.empty((len(trials), len(rows)))
    for i, trial in enumerate(trials):
        for block in row_ranges(len(rows), rows_per_block(rows.shape[1])):
            residuals = as_float64(rows[block]) - as_float64(rows[trial])
            distances[i, block] = np.einsum("nd,nd->n", residuals, residuals)
    return distances
