"""A generation: mixtures made of the maxima that were found, for EM to go on from."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mixtura._array import on_host
from mixtura.distribution import Mixture
from mixtura.em.search.candidate import Candidate
from mixtura.em.search.variation import begun_anew, crossed, swapped
from mixtura.em.search.variation import begun_anew, complete, crossed, swapped
from mixtura.em.start.proposal import drawn_rows
from mixtura.em.steps import Steps
from mixtura.typing import ArrayKD, Float

MOST_ROWS = 2**12
"""Of more rows, components are set at some of so many."""

CROSSED = 0.7
"""The share of offspring with two parents."""

CHANGED = 0.3
"""The share of those that are changed besides."""

ANEW = 0.7
"""The share of changes that are new beginnings; the others are swaps."""


def offspring_of(
    maxima: Sequence[Candidate], steps: Steps, rng: np.random.RandomState, n: int
) -> list[Mixture]:
    """n mixtures made of the maxima by crossing two, by a swap or a new beginning, or by both."""
    rows = _some_rows(steps, rng)
    parents = Parents(maxima, rows)
    return [_child(parents, rng) for _ in range(n)]


@dataclass(frozen=True)
class Parents:
    """The maxima, and how responsible their components are for some rows."""

    maxima: Sequence[Candidate]
    rows: ArrayKD
    _responsibilities: dict[int, Float] = field(default_factory=dict)

    def draw(self, rng: np.random.RandomState) -> int:
        """The better of two that are drawn."""
        n = len(self.maxima)
        return min(rng.randint(n), rng.randint(n))

    def responsibilities(self, parent: int) -> Float:
        """Those of a parent's components, shape (n, K)."""
        if parent not in self._responsibilities:
            of_parent = np.asarray(self.maxima[parent].mixture.responsibilities(self.rows))
            self._responsibilities[parent] = of_parent
        return self._responsibilities[parent]


def _child(parents: Parents, rng: np.random.RandomState) -> Mixture:
    first = parents.draw(rng)
    mixture = parents.maxima[first].mixture
    is_crossed = len(parents.maxima) > 1 and rng.uniform() < CROSSED
    if is_crossed:
        mixture = crossed(mixture, parents.maxima[parents.draw(rng)].mixture, rng)
    if is_crossed and rng.uniform() > CHANGED:
        return mixture
    # Where a component has another's place, it is about as responsible for the rows.
    rows, responsibilities = parents.rows, parents.responsibilities(first)
    if rng.uniform() < ANEW:
        return begun_anew(mixture, rows, responsibilities, rng)
    at = rng.randint(len(rows))
    row = complete(rows[at : at + 1], mixture)[0]
    return swapped(mixture, row, responsibilities[at], rng)


def _some_rows(steps: Steps, rng: np.random.RandomState) -> ArrayKD:
    """Rows from which components begin, drawn by their weights."""
    rows, weights = steps.engine.sample(steps.source, MOST_ROWS, rng)
    host = np.asarray(on_host(rows), dtype=np.float64)
    if weights is None:
        return host
    shares = on_host(weights) / on_host(weights).sum()
    return host[rng.choice(len(host), len(host), p=shares)]
