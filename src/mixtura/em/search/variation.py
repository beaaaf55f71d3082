"""New starts from maxima that were found: crossovers, swaps, neighbours begun anew, new components.

Each gives a mixture for EM to go on from; covariances that all components share are the first's.

Zhao, Q., Hautamaki, V., Karkkainen, I. and Franti, P. (2012). Random swap EM algorithm for Gaussian
mixture models. Pattern Recognition Letters 33, 2120-2126.
Gribel, D. and Vidal, T. (2019). HG-means: a scalable hybrid genetic algorithm for minimum
sum-of-squares clustering. Pattern Recognition 88, 569-583.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from mixtura.distribution import Mixture
from mixtura.em.search.candidate import chosen_components, first_alike
from mixtura.em.search.partial import with_part
from mixtura.typing import ArrayD, ArrayK, ArrayKD, Float, Indices

MOST_ANEW = 3
"""So many components begin anew together, or two."""


def crossed(first: Mixture, second: Mixture, rng: np.random.RandomState) -> Mixture:
    """The first mixture, but in one place the second's components instead of their counterparts.

    The place is that of some component, with some of its nearest neighbours: what lies near to each
    other has been found together. Counterparts are those for which the squared distances between
    means, in units of both components' variances, sum to the least. Where the second has fewer,
    some of the first have none, and stay.
    """
    n_components = first.n_components
    mine, counterparts = linear_sum_assignment(squared_distances(first, second))
    place = squared_distances(first, first)[rng.randint(n_components)][mine].argsort()
    replaced = place[: 1 + rng.randint(max(1, len(place) - 1))]
    chosen = np.arange(n_components)
    chosen[mine[replaced]] = n_components + counterparts[replaced]
    weights = np.concatenate([first.weights, second.weights])[chosen]
    return Mixture.of(
        weights / weights.sum(),
        np.concatenate([first.means, second.means])[chosen],
        first.storage.joined(second.storage).select(chosen),
        first.feature_names,
    )


def swapped(
    mixture: Mixture, row: ArrayD, responsibilities: ArrayK, rng: np.random.RandomState
) -> Mixture:
    """A component is set at a row, beside the component that is most responsible for it."""
    gone, weights = _freed(mixture, rng)
    others = np.array(responsibilities)
    others[gone] = -1
    owner = int(others.argmax())
    means = np.array(mixture.means)
    weights[[gone, owner]] = weights[owner] / 2
    means[gone] = row
    components = list(range(mixture.n_components))
    components[gone] = owner
    return chosen_components(mixture, components, weights, means)


def with_new(mixture: Mixture, new: Mixture, share: float, rng: np.random.RandomState) -> Mixture:
    """A component is replaced by a new one, which has this share of the rows."""
    gone, weights = _freed(mixture, rng)
    weights[gone] = share
    reweighted = chosen_components(mixture, list(range(mixture.n_components)), weights)
    return with_part(reweighted, [gone], new)


def _freed(mixture: Mixture, rng: np.random.RandomState) -> tuple[int, ArrayK]:
    """A component that can go, and what the weights are without it.

    It is one of two that coincide, whose other takes its rows, or else a random one.
    """
    first, weights = first_alike(mixture), np.array(mixture.weights)
    spare = np.flatnonzero(first < np.arange(mixture.n_components))
    if not len(spare):
        return int(rng.randint(mixture.n_components)), weights
    gone = int(rng.choice(spare))
    weights[first[gone]] += weights[gone]
    return gone, weights


def begun_anew(
    mixture: Mixture, rows: ArrayKD, responsibilities: Float, rng: np.random.RandomState
) -> Mixture:
    """A component and its nearest neighbours are set at rows that they are responsible for.

    Responsibilities are of shape (n, K); missing entries are taken from the mixture.
    """
    own = int(rng.randint(mixture.n_components))
    n_moved = min(mixture.n_components, 2 + int(rng.randint(MOST_ANEW - 1)))
    nearest = np.argsort(squared_distances(mixture, mixture)[own])[:n_moved]
    drawn = rows[_draw(responsibilities[:, nearest].sum(axis=1), n_moved, rng)]
    weights, means = np.array(mixture.weights), np.array(mixture.means)
    weights[nearest] = weights[nearest].mean()
    means[nearest] = complete(drawn, mixture)
    return chosen_components(mixture, list(range(mixture.n_components)), weights, means)


def complete(rows: ArrayKD, mixture: Mixture) -> ArrayKD:
    """The rows, with what the mixture expects where entries are missing."""
    return np.asarray(mixture.impute(rows)) if np.isnan(rows).any() else rows


def _draw(shares: Float, n: int, rng: np.random.RandomState) -> Indices:
    """n different indices, with these shares if enough of them are not zero."""
    enough = np.count_nonzero(shares > 0) >= n
    return rng.choice(len(shares), n, replace=False, p=shares / shares.sum() if enough else None)


def squared_distances(first: Mixture, second: Mixture) -> Float:
    """sum_j (mu_kj - mu_lj)^2 / ((sigma_kj^2 + sigma_lj^2) / 2), shape (K, L)."""
    differences = first.means[:, None] - second.means[None]
    variances = first.storage.variances()[:, None] + second.storage.variances()[None]
    return np.asarray((differences**2 / (variances / 2)).sum(axis=-1))
