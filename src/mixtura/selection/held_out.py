"""The log-likelihood of rows held out: each fold is scored by fits to the others.

Every fold has a small sweep of its own, from its training rows alone: the cells share their work
there as they do on all rows, and nothing of a fold is seen before it is scored.

Smyth, P. (2000). Model selection for probabilistic clustering using cross-validated likelihood.
Statistics and Computing 10, 63-72.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from mixtura.distribution import Mixture
from mixtura.selection.beginnings import partitions_of
from mixtura.selection.cells import Cell
from mixtura.selection.grid import Grid
from mixtura.selection.problem import Problem
from mixtura.selection.rows import log_likelihood, some_rows
from mixtura.selection.sweep import Sweep
from mixtura.typing import Indices

Fold: TypeAlias = tuple[Indices, Indices]
"""Training rows and test rows, by index."""


def held_out(
    grid: Grid, problem: Problem, folds: Sequence[Fold], rng: np.random.RandomState
) -> dict[Cell, float]:
    """The log-likelihood per row held out, for each cell that every fold could fit.

    Parameters
    ----------
    grid : Grid
        The cells.
    problem : Problem
        All rows.
    folds : sequence of Fold
        Training and test rows of each.
    rng : RandomState
    """
    sums, n = dict.fromkeys(grid, 0.0), 0.0
    for train, test in folds:
        mixtures = _fitted(grid, problem.on(*some_rows(problem.source, train)), rng)
        tested = some_rows(problem.source, test)
        n += problem.weights[test].sum()
        sums = {
            cell: total + log_likelihood(mixtures[cell], *tested)
            for cell, total in sums.items()
            if cell in mixtures
        }
    return {cell: total / n for cell, total in sums.items()}


def _fitted(grid: Grid, problem: Problem, rng: np.random.RandomState) -> dict[Cell, Mixture]:
    sweep = Sweep(problem, grid, partitions_of(problem, rng), "bic", stops=False, told=str)
    sweep.upwards()
    return {cell: fit.mixture for cell, fit in sweep.fits.items()}
