"""Where the data have no K components that each are more than a few rows: those they have.

The best maxima of fewer components, halved in place and climbed on from, are among the starts for
one more, and so on up to K.
"""

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em.search.candidate import Candidate, with_copies
from mixtura.em.search.climb import climb
from mixtura.em.search.effort import Effort
from mixtura.em.search.offspring import offspring_of
from mixtura.em.search.population import with_found
from mixtura.em.search.starts import first_starts
from mixtura.em.steps import Steps
from mixtura.family import Restricted

MOST_FEWER = 6
"""The search goes back by so many components."""


def starts_of_fewer(
    steps: Steps, n_components: int, rng: np.random.RandomState, effort: Effort
) -> list[Mixture]:
    """Mixtures with halves that coincide, each a maximum for fewer components.

    There are none where parameters are held, which halves would not have.
    """
    if isinstance(steps.family, Restricted) and steps.family.holds_components:
        return []
    maxima: list[Candidate] = []
    for fewer in range(max(2, n_components - MOST_FEWER), n_components):
        starts = [with_copies(each.mixture, fewer) for each in maxima]
        starts += first_starts(steps, fewer, rng, effort.n_starts)
        maxima = with_found([], climb(starts, steps, effort), steps, effort)
        if maxima:
            offspring = offspring_of(maxima, steps, rng, effort.n_offspring // 2)
            maxima = with_found(maxima, climb(offspring, steps, effort), steps, effort)
    return [with_copies(each.mixture, n_components) for each in maxima]
