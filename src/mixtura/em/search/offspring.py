"""A generation: mixtures made of the maxima that were found, for EM to go on from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mixtura._array import on_host
from mixtura.distribution import Mixture
from mixtura.em.search.candidate import Candidate, with_copies, without_copies
from mixtura.em.search.grown import grown
from mixtura.em.search.variation import begun_anew, complete, crossed, swapped, with_new
from mixtura.em.steps import Steps
from mixtura.typing import ArrayKD, Float

MOST_ROWS = 2**12
"""Of more rows, components are set at some of so many."""

CROSSED = 0.6
"""The share of offspring with two parents."""

CHANGED = 0.5
"""The share of those that are changed besides."""

WITHOUT_COPIES = 0.5
"""The share of offspring of what parents have without copies, of which children have new ones.

The others may have a component more in the place of a copy.
"""


def offspring_of(
    maxima: Sequence[Candidate], steps: Steps, rng: np.random.RandomState, n: int
) -> list[Mixture]:
    """n mixtures made of the maxima by crossing two, by a change, or by both."""
    rows = some_rows(steps, rng)
    parents = [Parent(each.mixture, rows) for each in maxima]
    return [_child(parents, steps, rng) for _ in range(n)]


@dataclass(frozen=True)
class Parent:
    """A mixture that offspring are made of, and how responsible its components are for some rows.

    Attributes
    ----------
    mixture : Mixture
    rows : ndarray of shape (n, d)
    """

    mixture: Mixture
    rows: ArrayKD

    @cached_property
    def responsibilities(self) -> Float:
        """Shape (n, K)."""
        return np.asarray(self.mixture.responsibilities(self.rows))

    @cached_property
    def without_copies(self) -> "Parent":
        """The same with each component once."""
        return Parent(without_copies(self.mixture), self.rows)


def _child(parents: Sequence[Parent], steps: Steps, rng: np.random.RandomState) -> Mixture:
    first, second = _drawn(parents, rng), _drawn(parents, rng)
    n_components = first.mixture.n_components
    if rng.uniform() < WITHOUT_COPIES:
        first, second = first.without_copies, second.without_copies
    mixture = first.mixture
    is_crossed = len(parents) > 1 and rng.uniform() < CROSSED
    if is_crossed:
        mixture = crossed(mixture, second.mixture, rng)
    if not is_crossed or rng.uniform() < CHANGED:
        mixture = _changed(mixture, n_components, first, steps, rng)
    return with_copies(mixture, n_components) if mixture.n_components < n_components else mixture


def _drawn(parents: Sequence[Parent], rng: np.random.RandomState) -> Parent:
    """The better of two that are drawn."""
    return parents[min(rng.randint(len(parents)), rng.randint(len(parents)))]


def _changed(
    mixture: Mixture, n_components: int, first: Parent, steps: Steps, rng: np.random.RandomState
) -> Mixture:
    """The mixture after a new beginning, a swap, or with a new component, one as often as another.

    A component in the place of the first parent's is taken to be as responsible for the rows.
    """
    rows, responsibilities = first.rows, first.responsibilities
    change = rng.randint(3)
    if change == 0:
        return begun_anew(mixture, rows, responsibilities, rng)
    if change == 1:
        at = rng.randint(len(rows))
        row = complete(rows[at : at + 1], mixture)[0]
        return swapped(mixture, row, responsibilities[at], rng)
    deviations = np.sqrt(mixture.storage.variances().max(axis=0))
    new = grown(complete(rows, mixture), deviations, steps, rng)
    return mixture if new is None else with_new(with_copies(mixture, n_components), *new, rng)


def some_rows(steps: Steps, rng: np.random.RandomState, most: int = MOST_ROWS) -> ArrayKD:
    """At most so many rows, drawn by their weights."""
    rows, weights = steps.engine.sample(steps.source, most, rng)
    host = np.asarray(on_host(rows), dtype=np.float64)
    if weights is None:
        return host
    shares = on_host(weights) / on_host(weights).sum()
    return host[rng.choice(len(host), len(host), p=shares)]
