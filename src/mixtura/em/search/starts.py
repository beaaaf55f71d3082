"""The starts of a search: of every kind of hierarchy, and those of the pool in turn."""

from contextlib import suppress
from itertools import cycle, islice

import numpy as np

from mixtura.distribution import Mixture
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
