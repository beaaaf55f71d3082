"""Split and merge: two components that say the same make room for one that has too much to say.

EM gets stuck with too many components in one place and too few in another. For every component, EM
on its own rows tells what two would gain in its place; for every pair, the moments tell at most
what one in its place would lose:

    n B_ij = n/2 [(pi_i + pi_j) log |Sigma_ij| - pi_i log |Sigma_i| - pi_j log |Sigma_j|]

with Sigma_ij the covariance of both together. The moves that promise most are made, each with EM on
the components concerned.

Ueda, N., Nakano, R., Ghahramani, Z. and Hinton, G. E. (2000). SMEM algorithm for mixture models.
Neural Computation 12, 2109-2128.
Runnalls, A. R. (2007). Kullback-Leibler approach to Gaussian mixture reduction. IEEE Transactions
on Aerospace and Electronic Systems 43, 989-999.
"""

from dataclasses import dataclass

import numpy as np

from mixtura._array import to_numpy
from mixtura.distribution import Mixture, posterior
from mixtura.distribution.as_one import costs_as_one
from mixtura.em.search.candidate import Candidate
from mixtura.em.search.partial import A_LITTLE, part_of, refined, restricted_to
from mixtura.em.steps import Steps
from mixtura.em.together import run_each
from mixtura.typing import ArrayD, ArrayDD, Float

RANDOM_STEPS = 1
"""Directions in which a component is split, beside its longest axis, to see what it gains."""

HALF_LENGTH = 0.6
"""The halves' means are so many standard deviations away from the mean of the whole."""


@dataclass(frozen=True, eq=False)
class Split:
    """A component as two, and what the log-likelihood gains by it."""

    component: int
    halves: Mixture
    gain: float


def split_and_merged(
    mixture: Mixture, steps: Steps, rng: np.random.RandomState, n_moves: int
) -> list[Mixture]:
    """Mixtures with the moves that promise most: the first one, and then more and more at once.

    At most `n_moves` of them; each has twice as many moves as the one before, of different
    components, and all promise a gain.
    """
    shares = to_numpy(
        steps.engine.map(lambda rows: posterior.responsibilities(mixture, rows), steps.source)
    )
    made: list[Mixture] = []
    for split, pair in _promising(mixture, shares, steps, rng, 2 ** (n_moves - 1)):
        mixture = _moved(mixture, split, pair, shares, steps)
        made.append(mixture)
    return [made[at] for at in (2**i - 1 for i in range(n_moves)) if at < len(made)]


def _promising(
    mixture: Mixture, shares: Float, steps: Steps, rng: np.random.RandomState, most: int
) -> list[tuple[Split, tuple[int, int]]]:
    """Moves of different components, the best first: the first, and those that promise a gain."""
    components = range(mixture.n_components)
    splits = [split for k in components for split in _splits(mixture, k, shares[:, k], steps, rng)]
    costs = merge_costs(mixture) * steps.total_weight
    costs[np.tril_indices_from(costs)] = np.inf
    chosen: list[tuple[Split, tuple[int, int]]] = []
    while splits and len(chosen) < most:
        pairs = [_cheapest_beside(split.component, costs) for split in splits]
        gains = [split.gain - costs[pair] for split, pair in zip(splits, pairs, strict=True)]
        best = int(np.argmax(gains))
        if gains[best] <= (0 if chosen else -np.inf):
            break
        chosen.append((splits[best], pairs[best]))
        concerned = {splits[best].component, *pairs[best]}
        costs = _without(concerned, costs)
        splits = [split for split in splits if split.component not in concerned]
    return chosen


def _cheapest_beside(component: int, costs: Float) -> tuple[int, int]:
    """The pair of others that costs least."""
    i, j = divmod(int(_without({component}, costs).argmin()), len(costs))
    return i, j


def _without(components: set[int], costs: Float) -> Float:
    """The costs of pairs of others; of all else they are infinite."""
    costs, gone = costs.copy(), list(components)
    costs[gone], costs[:, gone] = np.inf, np.inf
    return costs


def _splits(
    mixture: Mixture, component: int, shares: Float, steps: Steps, rng: np.random.RandomState
) -> list[Split]:
    """The best of a few splits of a component, if any can be made."""
    own = restricted_to(shares, steps)
    if own is None:
        return []
    whole = part_of(mixture, [component])
    steps_apart = [
        longest_axis(whole.storage.dense()[0]),
        *whole.storage.draw(0, RANDOM_STEPS, rng),
    ]
    halves = [_halved(whole, HALF_LENGTH * step) for step in steps_apart]
    before = Candidate.each_ended(run_each([whole], own, A_LITTLE), own)
    after = Candidate.each_ended(run_each(halves, own, A_LITTLE), own)
    if not (before and after):
        return []
    best = max(after, key=lambda each: each.merit)
    gain = (best.objective - before[0].objective) * own.total_weight
    return [Split(component, best.mixture, gain)]


def longest_axis(covariance: ArrayDD) -> ArrayD:
    """Of the correlations, times the features' deviations: it knows no units."""
    deviations = np.sqrt(covariance.diagonal())
    squares, axes = np.linalg.eigh(covariance / np.outer(deviations, deviations))
    return np.asarray(np.sqrt(squares[-1]) * axes[:, -1] * deviations)


def _halved(whole: Mixture, step: ArrayD) -> Mixture:
    means = whole.means + np.array([step, -step])
    return Mixture.of(np.full(2, 0.5), means, whole.storage.select([0, 0]), whole.feature_names)


def _moved(
    mixture: Mixture, split: Split, pair: tuple[int, int], shares: Float, steps: Steps
) -> Mixture:
    """The pair as one component in the place of its heavier, the other one's place for a half."""
    kept, freed = sorted(pair, key=lambda k: -mixture.weights[k])
    concerned = [kept, freed, split.component]
    n_components = mixture.n_components
    weights, means = np.array(mixture.weights), np.array(mixture.means)
    merged = weights[[kept, freed]]
    means[kept] = merged @ means[[kept, freed]] / merged.sum()
    weights[kept] = merged.sum()
    halves = [freed, split.component]
    weights[halves] = weights[split.component] * split.halves.weights
    means[halves] = split.halves.means
    places = np.arange(n_components)
    places[halves] = n_components, n_components + 1
    storage = mixture.storage.joined(split.halves.storage).select(places)
    moved = Mixture.of(weights, means, storage, mixture.feature_names)
    return refined(moved, concerned, shares[:, concerned].sum(axis=1), steps)


def merge_costs(mixture: Mixture) -> Float:
    """B_ij, at most the divergence between the mixture and one with i and j merged, (K, K)."""
    n, d = mixture.means.shape
    covariances = np.broadcast_to(mixture.storage.dense(), (n, d, d))
    costs, everyone = np.zeros((n, n)), np.arange(n)
    for i in range(n - 1):
        others = everyone[i + 1 :]
        cost = costs_as_one(i, others, mixture.weights, mixture.means, covariances)
        costs[i, others] = costs[others, i] = cost
    return costs
