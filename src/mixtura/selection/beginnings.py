"""Where the cells of a sweep begin: what serves every family, and every K from its neighbours.

Labels of a hierarchy serve every family by one M-step each. From a mixture with one component less,
the splits of each component are tried side by side, and from one with one component more, the
merges that cost least (Runnalls 2007). A split in place, into two halves that are alike, keeps the
likelihood as it is.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em.search.candidate import chosen_components
from mixtura.em.search.moves import merge_costs
from mixtura.em.start.assignment import mixture_of_sample
from mixtura.em.start.sample import Labelled
from mixtura.errors import DegenerateFitError
from mixtura.selection.cells import Cell
from mixtura.selection.problem import Problem
from mixtura.selection.splits import splits_of

Partition: TypeAlias = Callable[[int], Labelled]
"""n_components -> labels of some rows."""

MERGES = 2
"""So many pairs are tried."""


def from_labels(partitions: Sequence[Partition], cell: Cell, problem: Problem) -> list[Mixture]:
    """What one M-step of the family makes of each partition; those that fail are left out."""
    steps, starts = problem.steps(cell), []
    for partition in partitions:
        with suppress(DegenerateFitError, ValueError):
            labelled = partition(cell.n_components)
            starts.append(mixture_of_sample(labelled, cell.n_components, problem.source, steps)[0])
    return starts


def grown(mixture: Mixture, n_components: int) -> list[Mixture]:
    """Mixtures of so many components, in which each by turns is split along its longest axis.

    The halves keep the covariance, and with it what the family ties it to. Where more than one is
    to be added, the heaviest are split first.
    """
    while mixture.n_components < n_components - 1:
        mixture = _splits(mixture)[int(np.argmax(mixture.weights))]
    return _splits(mixture)


def _splits(mixture: Mixture) -> list[Mixture]:
    components = list(range(mixture.n_components))
    return [
        chosen_components(mixture, [*components, k], split.weights, split.means)
        for k, split in enumerate(splits_of(mixture))
    ]


def in_place(mixture: Mixture, n_components: int) -> Mixture:
    """The same distribution in so many components, the heaviest by turns halved in place."""
    weights, chosen = list(mixture.weights), list(range(mixture.n_components))
    while len(chosen) < n_components:
        heaviest = int(np.argmax(weights))
        weights[heaviest] /= 2
        weights.append(weights[heaviest])
        chosen.append(chosen[heaviest])
    return chosen_components(mixture, chosen, np.array(weights))


def shrunk(mixture: Mixture, n_components: int) -> list[Mixture]:
    """Mixtures of so many components, of which the pairs that cost least are merged."""
    while mixture.n_components > n_components + 1:
        mixture = mixture.merge(*_cheapest(mixture)[0])
    return [mixture.merge(i, j) for i, j in _cheapest(mixture)[:MERGES]]


def _cheapest(mixture: Mixture) -> list[tuple[int, int]]:
    costs = merge_costs(mixture)
    pairs = np.transpose(np.triu_indices(mixture.n_components, 1))
    order = np.argsort(costs[pairs[:, 0], pairs[:, 1]], kind="stable")
    return [(int(i), int(j)) for i, j in pairs[order]]
