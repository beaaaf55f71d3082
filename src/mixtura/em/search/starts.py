"""The starts of a search: those of the pool in turn, and hierarchies where rows are few."""

from contextlib import suppress
from itertools import cycle, islice

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em.search.candidate import halved_until
from mixtura.em.start.pool import HIERARCHIES, POOL
from mixtura.em.start.proposal import FromRows
from mixtura.em.steps import Steps
from mixtura.errors import DegenerateFitError


def first_starts(
    steps: Steps, n_components: int, rng: np.random.RandomState, n: int
) -> list[Mixture]:
    """At most n starts: of all kinds, those with chance in them in turn; failures are left out."""
    pool = islice(cycle(POOL.values()), n)
    chosen = [*HIERARCHIES.values(), *pool][: n if n_components > 1 else 1]
    starts = []
    for start in chosen:
        with suppress(DegenerateFitError):
            starts.append(FromRows(start)(steps, n_components, rng)[0])
    return starts


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
