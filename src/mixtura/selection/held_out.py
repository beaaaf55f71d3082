"""The log-likelihood of rows held out: each fold is scored by fits to the others.

Every fold has a small sweep of its own, from its training rows alone: the cells share their work
there as they do on all rows, and nothing of a fold is seen before it is scored.

Smyth, P. (2000). Model selection for probabilistic clustering using cross-validated likelihood.
Statistics and Computing 10, 63-72.
"""

import numpy as np

from mixtura.distribution import Mixture
from mixtura.selection.beginnings import partitions_of
from mixtura.selection.cells import Cell
from mixtura.selection.grid import Grid
from mixtura.selection.problem import Problem
from mixtura.selection.rows import log_likelihood, some_rows
from mixtura.selection.sweep import Sweep


def held_out(
    grid: Grid, problem: Problem, n_folds: int, rng: np.random.RandomState
) -> dict[Cell, float]:
    """The log-likelihood per row held out, for each cell that every fold could fit.

    Parameters
    ----------
    grid : Grid
        The cells.
    problem : Problem
        All rows.
    n_folds : int
        Rows are dealt to so many folds by chance.
    rng : RandomState
    """
    sums = dict.fromkeys(grid, 0.0)
    for fold in np.array_split(rng.permutation(problem.source.n_rows), n_folds):
        train = np.setdiff1d(np.arange(problem.source.n_rows), fold)
        mixtures = _fitted(grid, problem.on(*some_rows(problem.source, train)), rng)
        tested = some_rows(problem.source, np.sort(fold))
        sums = {
            cell: total + log_likelihood(mixtures[cell], *tested)
            for cell, total in sums.items()
            if cell in mixtures
        }
    return {cell: total / problem.n for cell, total in sums.items()}


def _fitted(grid: Grid, problem: Problem, rng: np.random.RandomState) -> dict[Cell, Mixture]:
    sweep = Sweep(problem, grid, partitions_of(problem, rng), "bic", stops=False, told=str)
    sweep.upwards()
    return {cell: fit.mixture for cell, fit in sweep.fits.items()}
