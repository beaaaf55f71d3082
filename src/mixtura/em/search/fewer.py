"""Where the data have no K components that each are more than a few rows: those they have.

The best maxima of fewer components, some of which are there twice, are among the starts for one
more, and so on up to K.
"""

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em.search.candidate import Candidate, with_copies
from mixtura.em.search.climb import climb
from mixtura.em.search.offspring import offspring_of
from mixtura.em.search.population import Population
from mixtura.em.search.starts import Starts
from mixtura.family import Restricted

MOST_FEWER = 6
"""The search goes back by so many components."""


def starts_of_fewer(
    starts: Starts, n_components: int, rng: np.random.RandomState, population: Population
) -> list[Mixture]:
    """Mixtures with copies of components, each a maximum for fewer components.

    There are none where parameters are held, which copies would not have.
    """
    steps, effort = population.steps, population.effort
    if isinstance(steps.family, Restricted) and steps.family.holds_components:
        return []
    maxima: list[Candidate] = []
    for fewer in range(max(2, n_components - MOST_FEWER), n_components):
        begun = [with_copies(each.mixture, fewer) for each in maxima]
        begun += starts.first(fewer, effort.n_starts)
        maxima = population.with_found([], climb(begun, steps, effort))
        if maxima:
            offspring = offspring_of(maxima, steps, rng, effort.n_offspring // 2)
            maxima = population.with_found(maxima, climb(offspring, steps, effort))
    return [with_copies(each.mixture, n_components) for each in maxima]
