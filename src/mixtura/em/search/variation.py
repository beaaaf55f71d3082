"""New starts from maxima that were found: crossovers, swaps and neighbours begun anew.

Each gives a mixture for EM to go on from; covariances that all components share are the first's.

Zhao, Q., Hautamaki, V., Karkkainen, I. and Franti, P. (2012). Random swap EM algorithm for Gaussian
mixture models. Pattern Recognition Letters 33, 2120-2126.
Gribel, D. and Vidal, T. (2019). HG-means: a scalable hybrid genetic algorithm for minimum
sum-of-squares clustering. Pattern Recognition 88, 569-583.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from mixtura.distribution import Mixture
from mixtura.em.search.candidate import chosen_components, repeated_components
from mixtura.typing import ArrayD, ArrayKD, Float, Indices

MOST_ANEW = 3
"""So many components begin anew together, or two."""


def crossed(first: Mixture, second: Mixture, rng: np.random.RandomState) -> Mixture:
    """Each component of the first, or in its place the one of the second that is its counterpart.

    Counterparts are those for which the squared distances between means, in units of both
    components' variances, sum to the least.
    """
    distances = squared_distances(first, second)
    mine, theirs = linear_sum_assignment(distances)
    n_components = first.n_components
    chosen = np.where(rng.uniform(size=n_components) < 0.5, mine, n_components + theirs)
    weights = np.concatenate([first.weights, second.weights])[chosen]
    return Mixture.of(
        weights / weights.sum(),
        np.concatenate([first.means, second.means])[chosen],
        first.storage.joined(second.storage).select(chosen),
        first.feature_names,
    )


def swapped(mixture: Mixture, row: ArrayD, rng: np.random.RandomState) -> Mixture:
    """A component is set at a row, beside the component that the row belongs to.

    It is one of two that coincide, which loses nothing, or else a random one.
    """
    spare = repeated_components(mixture)
    gone = int(rng.choice(spare) if len(spare) else rng.randint(mixture.n_components))
    nearness = np.array(mixture.responsibilities(row[None])[0])
    nearness[gone] = -1
    owner = int(nearness.argmax())
    weights, means = np.array(mixture.weights), np.array(mixture.means)
    weights[[gone, owner]] = weights[owner] / 2
    means[gone] = row
    components = list(range(mixture.n_components))
    components[gone] = owner
    return chosen_components(mixture, components, weights, means)


def begun_anew(mixture: Mixture, rows: ArrayKD, rng: np.random.RandomState) -> Mixture:
    """A component and its nearest neighbours are set at rows that belong to them."""
    own = int(rng.randint(mixture.n_components))
    n_moved = min(mixture.n_components, 2 + int(rng.randint(MOST_ANEW - 1)))
    nearest = np.argsort(squared_distances(mixture, mixture)[own])[:n_moved]
    shares = np.asarray(mixture.responsibilities(rows))[:, nearest].sum(axis=1)
    drawn = _draw(shares, n_moved, rng)
    weights, means = np.array(mixture.weights), np.array(mixture.means)
    weights[nearest] = weights[nearest].mean()
    means[nearest] = rows[drawn]
    return chosen_components(mixture, list(range(mixture.n_components)), weights, means)


def _draw(shares: Float, n: int, rng: np.random.RandomState) -> Indices:
    """n different indices, with these shares if enough of them are not zero."""
    enough = np.count_nonzero(shares > 0) >= n
    return rng.choice(len(shares), n, replace=False, p=shares / shares.sum() if enough else None)


def squared_distances(first: Mixture, second: Mixture) -> Float:
    """sum_j (mu_kj - mu_lj)^2 / ((sigma_kj^2 + sigma_lj^2) / 2), shape (K, L)."""
    differences = first.means[:, None] - second.means[None]
    variances = first.storage.variances()[:, None] + second.storage.variances()[None]
    return np.asarray((differences**2 / (variances / 2)).sum(axis=-1))
