"""The search itself: starts, short runs, and generations of new starts until none leads higher."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from mixtura._array import on_host
from mixtura.distribution import Mixture
from mixtura.em.search.candidate import Candidate, halved_until
from mixtura.em.search.climb import NEARER, best_first, climb, tops
from mixtura.em.search.effort import Effort
from mixtura.em.search.halving import halved
from mixtura.em.search.moves import split_and_merged
from mixtura.em.search.variation import begun_anew, crossed, swapped
from mixtura.em.start.pool import POOL
from mixtura.em.start.proposal import Begun, FromRows, sampled
from mixtura.em.steps import Steps
from mixtura.em.watch import all_watchers
from mixtura.errors import DegenerateFitError
from mixtura.typing import ArrayKD

SAME = 1e-5
"""Maxima that differ by less per row are taken for one."""

LEAST_SAMPLE = 2**14
"""Fewer rows are all looked at."""

ROWS_OF_MOVES = 2**12
"""Of more rows, components are set at some of so many."""

MOVES = 4
"""Splits and merges in a generation."""


@dataclass(frozen=True)
class Search:
    """Proposes the highest maximum that it finds, admissible ones first.

    Attributes
    ----------
    effort : Effort
    known : tuple of Mixture
        Mixtures to begin from beside the search's own starts.
    """

    effort: Effort
    known: tuple[Mixture, ...] = ()

    def __call__(self, steps: Steps, n_components: int, rng: np.random.RandomState) -> Begun:
        fewer = self._sampled(steps, n_components, rng)
        maxima = self._maxima(fewer, n_components, rng)
        ranked = tops(maxima, steps)
        if not ranked:
            raise DegenerateFitError
        return ranked[0].mixture, ()

    def _sampled(self, steps: Steps, n_components: int, rng: np.random.RandomState) -> Steps:
        """The steps on fewer rows, where there are very many."""
        d = steps.source.n_features
        n_parameters = n_components * d * (d + 3) // 2
        n_rows = max(LEAST_SAMPLE, self.effort.rows_per_parameter * n_parameters)
        if steps.source.n_rows <= 2 * n_rows:
            return steps
        return sampled(steps, n_components, n_rows, rng)

    def _maxima(
        self, steps: Steps, n_components: int, rng: np.random.RandomState
    ) -> list[Candidate]:
        """The maxima that were found, different ones, the best first."""
        effort, watcher = self.effort, all_watchers()
        watcher.searched(0, 0, -np.inf)
        n_starts = effort.n_starts if n_components > 1 else 1
        starts = [*self.known, *first_starts(steps, n_components, rng, n_starts)]
        maxima = distinct(climb(halved(starts, steps, effort.n_kept), steps))
        # Where many maxima are spurious, high runs tell little: all of them are climbed.
        scarce = not all(each.is_admissible for each in maxima)
        if scarce:
            starts += starts_of_fewer(steps, n_components, rng, n_starts)
            maxima = distinct([*maxima, *climb(starts, steps)])
        maxima = self._with([], maxima, steps)
        idle = 0 if n_components > 1 and maxima else effort.patience
        moved: Candidate | None = None
        generation, n_runs = 1, len(starts)
        if maxima:
            watcher.searched(generation, n_runs, maxima[0].objective)
        while idle < effort.patience:
            best = maxima[0]
            offspring = offspring_of(maxima, steps, rng, effort.n_offspring)
            if best is not moved:
                offspring += split_and_merged(best.mixture, steps, rng, MOVES)
                moved = best
            n_climbing = len(offspring) if scarce else effort.n_climbing
            found = climb(halved(offspring, steps, n_climbing), steps)
            maxima = self._with(maxima, found, steps)
            idle = 0 if is_higher(maxima[0], best) else idle + 1
            generation, n_runs = generation + 1, n_runs + len(offspring)
            watcher.searched(generation, n_runs, maxima[0].objective)
        return maxima

    def _with(
        self, maxima: list[Candidate], found: Sequence[Candidate], steps: Steps
    ) -> list[Candidate]:
        """The best maxima of those and of what was found.

        Near a saddle EM hardly moves, and takes it for a maximum: newcomers are looked at again.
        """
        n_kept = self.effort.n_kept
        entering = distinct([*maxima, *found])[:n_kept]
        newcomers = [each.mixture for each in entering if each not in maxima]
        return distinct([*maxima, *climb(newcomers, steps, NEARER)])[:n_kept]


def starts_of_fewer(
    steps: Steps, n_components: int, rng: np.random.RandomState, n: int
) -> list[Mixture]:
    """About n mixtures of fewer components, with halves: the best where K are too many."""
    each = -(-n // max(n_components - 2, 1))
    return [
        halved_until(start, n_components)
        for fewer in range(2, n_components)
        for start in first_starts(steps, fewer, rng, each)
    ]


def first_starts(
    steps: Steps, n_components: int, rng: np.random.RandomState, n: int
) -> list[Mixture]:
    """n starts, of all kinds in turn; those that fail are left out."""
    proposers = [FromRows(start) for start in POOL.values()]
    starts = []
    for i in range(n):
        with suppress(DegenerateFitError):
            starts.append(proposers[i % len(proposers)](steps, n_components, rng)[0])
    return starts


def offspring_of(
    maxima: Sequence[Candidate], steps: Steps, rng: np.random.RandomState, n: int
) -> list[Mixture]:
    """n mixtures made of the maxima by crossing two, by a swap or a new beginning, or by both."""
    rows = _some_rows(steps, rng)
    offspring = []
    for _ in range(n):
        mixture = _drawn(maxima, rng)
        crosses = len(maxima) > 1 and rng.uniform() < 0.7
        if crosses:
            mixture = crossed(mixture, _drawn(maxima, rng), rng)
        if not crosses or rng.uniform() < 0.6:
            filled = on_host(mixture.impute(rows)) if np.isnan(rows).any() else rows
            if rng.uniform() < 0.5:
                mixture = swapped(mixture, filled[rng.randint(len(rows))], rng)
            else:
                mixture = begun_anew(mixture, filled, rng)
        offspring.append(mixture)
    return offspring


def _drawn(maxima: Sequence[Candidate], rng: np.random.RandomState) -> Mixture:
    """The better of two that are drawn."""
    return maxima[min(rng.randint(len(maxima)), rng.randint(len(maxima)))].mixture


def _some_rows(steps: Steps, rng: np.random.RandomState) -> ArrayKD:
    """Rows drawn by their weights, from which components begin."""
    rows, weights = steps.engine.sample(steps.source, ROWS_OF_MOVES, rng)
    host = np.asarray(on_host(rows), dtype=np.float64)
    if weights is None:
        return host
    shares = on_host(weights) / on_host(weights).sum()
    return host[rng.choice(len(host), len(host), p=shares)]


def distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates without those that are as high as another, the best first."""
    kept: list[Candidate] = []
    for each in best_first(candidates):
        if all(is_higher(other, each) for other in kept):
            kept.append(each)
    return kept


def is_higher(first: Candidate, second: Candidate) -> bool:
    """Whether the first is better by more than rounding and tolerance."""
    if first.is_admissible is not second.is_admissible:
        return first.is_admissible
    return first.objective > second.objective + SAME
