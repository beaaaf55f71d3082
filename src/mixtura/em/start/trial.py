"""Of several mixtures to begin from, the one from which EM is soon the highest."""

from itertools import islice

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em.loop import iterate
from mixtura.em.steps import Steps
from mixtura.errors import DegenerateFitError
from mixtura.moments import Moments

ITERATIONS = 20
"""Which of them leads higher in the end is nearly always clear by then."""


def likeliest(moments: Moments, steps: Steps) -> tuple[Mixture, tuple[int, ...]]:
    """The mixture that an M-step makes of assigned rows, and the components repaired in it.

    Where the family knows several ways to begin, EM runs a little from each, and the beginning of
    the highest run is taken (short runs: Biernacki, Celeux and Govaert 2003, Computational
    Statistics and Data Analysis 41, 561-575).

    Raises
    ------
    DegenerateFitError
        Where there is none.
    """
    starts = steps.family.starts(moments)
    if len(starts) == 1:
        return steps.maximize(moments)
    best, highest = None, -np.inf
    for start in starts:
        try:
            begun = steps.maximize(start)
            reached = _objective_after_a_while(begun[0], steps)
        except DegenerateFitError:
            continue
        if best is None or reached > highest:
            best, highest = begun, reached
    if best is None:
        raise DegenerateFitError
    return best


def _objective_after_a_while(mixture: Mixture, steps: Steps) -> float:
    *_, last = islice(iterate(mixture, steps), ITERATIONS)
    return steps.objective(last.mixture, last.moments)
