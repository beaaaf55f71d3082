"""Rows that are read anew in each pass: most of the work is done on a sample of them.

    starts, restarts, the search, and EM to its end     on a sample, in memory
    EM from there to its end                            on all rows: few passes

The end is a fixed point of EM on all rows, as without a sample. What a sample may hide are clusters
so small that hardly a row of them is in it.
"""

import numpy as np

from mixtura.data import Resident
from mixtura.em.checkpoint import Keeper
from mixtura.em.loop import Turns, iterate
from mixtura.em.restarts import Solution, solve
from mixtura.em.start import Beginning
from mixtura.em.start.proposal import Begun, sampled
from mixtura.em.state import State
from mixtura.em.steps import Steps
from mixtura.em.stopping import Stopping

LEAST_ROWS = 2**16
MOST_ROWS = 2**18
MOST_NUMBERS = 2**24
"""A sample has at most so many numbers (128 MB), and yet a few rows for each component."""

ROWS_PER_PARAMETER = 50
"""Of full covariances; then a sample's likelihood is near that of all rows."""

ROWS_PER_COMPONENT = 20


def solve_from(
    beginning: Beginning,
    steps: Steps,
    stopping: Stopping,
    rng: np.random.RandomState,
    *,
    n_init: int = 1,
    turns: Turns = iterate,
    keeper: Keeper | None = None,
) -> Solution:
    """The best fit: of rows that are read in passes, from the best fit of a sample.

    Parameters
    ----------
    beginning : Beginning
    steps, stopping : Steps, Stopping
        Of EM on all rows.
    rng : RandomState
    n_init : int
        How many starts.
    turns : callable
        `iterate` or `accelerate`.
    keeper : Keeper, optional
        Has the state to go on from, and is told of those that follow.

    Raises
    ------
    DegenerateFitError
    """
    if beginning.is_given or isinstance(steps.source, Resident):
        return solve(
            lambda: beginning.mixture_for(steps, rng),
            steps,
            stopping,
            n_init=1 if beginning.is_given else n_init,
            turns=turns,
            keeper=keeper,
        )
    begun: list[Begun] = []
    if keeper is None or keeper.state == State():
        n_rows = sample_rows(beginning.n_components, steps.source.n_features)
        few = sampled(steps, beginning.n_components, n_rows, rng)
        found = solve(
            lambda: beginning.mixture_for(few, rng), few, stopping, n_init=n_init, turns=turns
        )
        begun.append((found.mixture, ()))
    return solve(begun.pop, steps, stopping, turns=turns, keeper=keeper)


def sample_rows(n_components: int, n_features: int) -> int:
    """How many rows are enough to begin from."""
    n_parameters = n_components * n_features * (n_features + 3) // 2
    wanted = min(max(LEAST_ROWS, ROWS_PER_PARAMETER * n_parameters), MOST_ROWS)
    return max(min(wanted, MOST_NUMBERS // n_features), ROWS_PER_COMPONENT * n_components)
