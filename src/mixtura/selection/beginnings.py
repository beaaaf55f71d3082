"""Where the cells of a sweep begin: what serves every family, and every K from its neighbours.

Labels of a hierarchy serve every family by one M-step each. From a mixture with one component less,
the splits of each component are tried side by side, and from one with one component more, the
merges that cost least (Runnalls 2007). A split in place, into two halves that are alike, keeps the
likelihood as it is.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import TypeAlias

import numpy as np

from mixtura._array import on_host
from mixtura.distribution import Mixture
from mixtura.em.search.candidate import chosen_components
from mixtura.em.search.moves import merge_costs
from mixtura.em.start.assignment import mixture_of_sample
from mixtura.em.start.hierarchy import Hierarchy
from mixtura.em.start.labelled import Labelled
from mixtura.errors import DegenerateFitError
from mixtura.selection.cells import Cell
from mixtura.selection.problem import Problem
from mixtura.selection.splits import splits_of

Partition: TypeAlias = Callable[[int], Labelled]
"""n_components -> labels of some rows."""

TREES = ("model-based", "Ward, scaled")
"""The hierarchies that serve all cells."""

MERGES = 2
"""So many pairs are tried."""


def partitions_of(problem: Problem, rng: np.random.RandomState) -> list[Partition]:
    """The hierarchies of the rows, each for every number of clusters."""
    rows, _ = problem.source.take(slice(None))
    trees = [Hierarchy.of(on_host(rows), problem.weights, rng, kind) for kind in TREES]
    return [cache(tree.labelled) for tree in trees]


def from_labels(partitions: Sequence[Partition], cell: Cell, problem: Problem) -> list[Mixture]:
    """What one M-step of the family makes of each partition; those that fail are left out."""
    starts = []
    for partition in partitions:
        with suppress(DegenerateFitError):
            labelled, K = partition(cell.n_components), cell.n_components
            starts.append(mixture_of_sample(labelled, K, problem.source, problem.steps(cell))[0])
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
