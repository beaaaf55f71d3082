"""Rows that are read anew in each pass: most of the work is done on a sample of them.

    starts, restarts, the search, and EM to its end     on a sample, in memory
    stepwise EM (`epoch.py`)                            on all rows: one pass
    EM from there to its end                            on all rows: few passes

The end is a fixed point of EM on all rows, as without a sample. What a sample may hide are clusters
so small that hardly a row of them is in it.
"""

from dataclasses import replace

import numpy as np

from mixtura.data import Resident
from mixtura.distribution import Mixture
from mixtura.em.checkpoint import Keeper
from mixtura.em.epoch import stepwise_epoch
from mixtura.em.loop import Turns, iterate
from mixtura.em.restarts import Solution, solve
from mixtura.em.start import Beginning
from mixtura.em.start.proposal import Begun, sampled
from mixtura.em.state import State
from mixtura.em.steps import Steps
from mixtura.em.stopping import Stopping
from mixtura.engine import Local
from mixtura.errors import DegenerateFitError

LEAST_ROWS = 2**16
MOST_ROWS = 2**18
MOST_NUMBERS = 2**24
"""A sample has at most so many numbers (128 MB), and yet a few rows for each component."""

ROWS_PER_PARAMETER = 50
"""Of full covariances; then a sample's likelihood is near that of all rows."""

ROWS_PER_COMPONENT = 20

NEARER, LONGER = 100, 10
"""An iteration on a sample costs little beside one on all rows: there EM goes on until it gains so
many times less, and for so many more iterations. Of overlapping clusters that saves most passes."""

LEAST_TOL = 1e-3
FEW = 4
"""The stepwise pass saves exact ones where EM is to end nearer than so, and where the sample is not
a large part of the rows."""


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
        begun.append((_from_sample(beginning, steps, stopping, rng, n_init, turns), ()))
    return solve(begun.pop, steps, stopping, turns=turns, keeper=keeper)


def _from_sample(
    beginning: Beginning,
    steps: Steps,
    stopping: Stopping,
    rng: np.random.RandomState,
    n_init: int,
    turns: Turns,
) -> Mixture:
    """Where EM on all rows begins: the end of EM on a sample, and a stepwise pass from there."""
    n_rows = sample_rows(beginning.n_components, steps.source.n_features)
    few = sampled(steps, beginning.n_components, n_rows, rng)
    to_its_end = replace(stopping, tol=stopping.tol / NEARER, max_iter=LONGER * stopping.max_iter)
    found = solve(
        lambda: beginning.mixture_for(few, rng), few, to_its_end, n_init=n_init, turns=turns
    ).mixture
    is_worth_it = stopping.tol < LEAST_TOL and steps.source.n_rows > FEW * few.source.n_rows
    if not is_worth_it or not isinstance(steps.engine, Local):
        return found
    try:
        return stepwise_epoch(found, steps, few.total_weight)
    except DegenerateFitError:
        return found


def sample_rows(n_components: int, n_features: int) -> int:
    """How many rows are enough to begin from."""
    n_parameters = n_components * n_features * (n_features + 3) // 2
    wanted = min(max(LEAST_ROWS, ROWS_PER_PARAMETER * n_parameters), MOST_ROWS)
    return max(min(wanted, MOST_NUMBERS // n_features), ROWS_PER_COMPONENT * n_components)
