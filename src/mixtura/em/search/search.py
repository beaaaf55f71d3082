"""The search itself: starts, short runs, and generations of new starts until none leads higher."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em.scale import thinnest_variances
from mixtura.em.search.candidate import Candidate
from mixtura.em.search.climb import climb, tops
from mixtura.em.search.effort import Effort, sample_size
from mixtura.em.search.fewer import starts_of_fewer
from mixtura.em.search.halving import halved
from mixtura.em.search.moves import split_and_merged
from mixtura.em.search.offspring import offspring_of, some_rows
from mixtura.em.search.population import Population, is_higher
from mixtura.em.search.starts import Starts
from mixtura.em.start.proposal import Begun, sampled
from mixtura.em.steps import Steps
from mixtura.em.watch import all_watchers
from mixtura.errors import DegenerateFitError

MOVES = 4
"""Splits and merges in a generation."""

COMPARED = 2**9
"""So many rows tell maxima from each other."""


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
        steps = replace(steps, thinnest=thinnest_variances(steps.engine, steps.source))
        fewer_rows = self._sampled(steps, n_components, rng)
        source = fewer_rows.source
        effort = self.effort.for_work(source.n_rows, n_components, source.n_features)
        generations = self._generations(fewer_rows, n_components, rng, effort)
        maxima = _until_none_is_higher(generations, effort.patience)
        ranked = tops(maxima, steps, effort)
        if not ranked:
            raise DegenerateFitError
        return ranked[0].mixture, ()

    def _sampled(self, steps: Steps, n_components: int, rng: np.random.RandomState) -> Steps:
        """The steps on fewer rows, where there are very many."""
        d, rows_per_parameter = steps.source.n_features, self.effort.rows_per_parameter
        n_rows = sample_size(n_components, d, rows_per_parameter)
        if steps.source.n_rows <= 2 * n_rows:
            return steps
        return sampled(steps, n_components, n_rows, rng)

    def _generations(
        self, steps: Steps, n_components: int, rng: np.random.RandomState, effort: Effort
    ) -> Iterator[tuple[list[Candidate], int]]:
        """The maxima found so far, the best first, and of how many runs, without end."""
        making = Starts(steps, n_components, rng)
        population = Population(steps, effort, some_rows(steps, rng, COMPARED))
        starts = [*self.known, *making.first(n_components, effort.n_starts)]
        found = climb(halved(starts, steps, effort.n_kept, effort.first_run), steps, effort)
        # Where many maxima are spurious, high runs tell little: all of them are climbed.
        scarce = effort.is_thorough and not all(each.is_admissible for each in found)
        if scarce:
            starts += starts_of_fewer(making, n_components, rng, population)
            found += climb(starts, steps, effort)
        maxima = population.with_found([], found)
        n_runs = len(starts)
        moved: Candidate | None = None
        while maxima:
            yield maxima, n_runs
            offspring = offspring_of(maxima, steps, rng, effort.n_offspring)
            if maxima[0] is not moved:
                moved = maxima[0]
                offspring += split_and_merged(moved.mixture, steps, rng, MOVES)
            n_climbing = len(offspring) if scarce else effort.n_climbing
            found = climb(halved(offspring, steps, n_climbing, effort.first_run), steps, effort)
            maxima = population.with_found(maxima, found)
            n_runs += len(offspring)


def _until_none_is_higher(
    generations: Iterator[tuple[list[Candidate], int]], patience: int
) -> list[Candidate]:
    """The last maxima, after `patience` generations without a higher one than before."""
    watcher = all_watchers()
    watcher.searched(0, 0, -np.inf)
    maxima: list[Candidate] = []
    best: Candidate | None = None
    idle = 0
    for generation, (maxima, n_runs) in enumerate(generations, start=1):
        watcher.searched(generation, n_runs, maxima[0].objective)
        idle = 0 if best is None or is_higher(maxima[0], best) else idle + 1
        best = maxima[0]
        if idle >= patience or best.mixture.n_components == 1:
            break
    return maxima
