"""From rows to the best cell: a sweep as large as the effort allows, and its table."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em.search.effort import sample_size
from mixtura.em.start.proposal import sampled
from mixtura.selection.beginnings import partitions_of
from mixtura.selection.cells import Cell, Fit
from mixtura.selection.grid import Grid
from mixtura.selection.held_out import Fold, held_out
from mixtura.selection.problem import Problem
from mixtura.selection.record import CellRecord, Status
from mixtura.selection.sweep import RISES, Sweep
from mixtura.selection.sweep_watcher import SweepWatchers

ROWS_PER_PARAMETER = 50
"""Of very many rows a sample is looked at first, with so many for each parameter."""

MANY = 3
"""That is done where there are so many times more."""

WORTH_CV = 10
"""So many cells by BIC, and so many by AIC, are fitted to folds."""

LEADERS: dict[str, tuple[str, int | None] | None] = {
    "fast": None,
    "normal": ("fast", 3),
    "best": ("normal", None),
}
"""By effort: how much each search is, and of how many of the best cells; None for all."""


@dataclass(frozen=True, eq=False)
class Selection:
    """What a sweep has found.

    Attributes
    ----------
    records : tuple of CellRecord
        The best first.
    best : Cell
    fits : mapping from Cell to Fit
        Those of the cells that have one.
    """

    records: tuple[CellRecord, ...]
    best: Cell
    fits: Mapping[Cell, Fit]

    @property
    def fit(self) -> Fit:
        """That of the best cell."""
        return self.fits[self.best]


@dataclass(frozen=True)
class Plan:
    """How a sweep is made.

    Attributes
    ----------
    criterion : {"bic", "icl", "aic", "cv"}
    effort : {"fast", "normal", "best"}
    stops : bool
        Whether families that cannot win stop early. None does where rows are held out, since what
        is lower by another criterion may win.
    folds : sequence of Fold
        For "cv".
    """

    criterion: str
    effort: str
    stops: bool
    folds: Sequence[Fold] = ()


def select(
    problem: Problem, grid: Grid, plan: Plan, rng: np.random.RandomState, watcher: SweepWatchers
) -> Selection | None:
    """The best cell and the table; None where no cell has a fit.

    Parameters
    ----------
    problem : Problem
    grid : Grid
    plan : Plan
    rng : RandomState
        Draws the search's starts, and a sample of many rows for hierarchies.
    watcher : SweepWatchers
        Told of cells as they are fitted.
    """
    with_cv = plan.criterion == "cv"
    criterion = "aic" if with_cv else plan.criterion
    watcher.begin_sweep(len(list(grid)), plan.criterion)
    sweep = Sweep(
        problem,
        grid,
        partitions_of(problem, rng),
        criterion,
        stops=plan.stops and not with_cv,
        told=lambda cell: watcher.cell(_record(cell, sweep)),
        known=_known_from_sample(problem, grid, criterion, rng),
    )
    sweep.upwards()
    sweep.downwards()
    leaders = LEADERS[plan.effort]
    if leaders is not None:
        sweep.search(*leaders, rng)
    records = {cell: _record(cell, sweep) for cell in grid}
    if with_cv:
        for cell, score in held_out(_worth(sweep), problem, plan.folds, rng).items():
            records[cell] = replace(records[cell], cv=score)
            watcher.cell(records[cell])
    ranked = sorted(records, key=lambda cell: rank(records[cell], plan.criterion))
    ordered = tuple(records[cell] for cell in ranked)
    watcher.end_sweep(ordered)
    return Selection(ordered, ranked[0], sweep.fits) if sweep.fits else None


def _known_from_sample(
    problem: Problem, grid: Grid, criterion: str, rng: np.random.RandomState
) -> dict[Cell, Mixture]:
    """Where EM begins on very many rows: what a sweep of a sample has come to."""
    largest = grid.numbers[-1]
    n_rows = sample_size(largest, problem.source.n_features, ROWS_PER_PARAMETER)
    if problem.source.n_rows < MANY * n_rows:
        return {}
    steps = sampled(problem.steps(next(iter(grid))), largest, n_rows, rng)
    fewer = problem.on(steps.engine, steps.resident)
    sweep = Sweep(fewer, grid, partitions_of(fewer, rng), criterion, stops=False, told=str)
    sweep.upwards()
    sweep.downwards()
    return {cell: fit.mixture for cell, fit in sweep.fits.items()}


def _worth(sweep: Sweep) -> Grid:
    """The cells that AIC or BIC, between which cross-validation mostly lies, rank high."""
    chosen: set[Cell] = set()
    for criterion in ("aic", "bic"):
        chosen.update(replace(sweep, criterion=criterion).ranked()[:WORTH_CV])
    return sweep.grid.only(chosen)


def rank(record: CellRecord, criterion: str) -> tuple[bool, bool, float, float]:
    """What the table is sorted by: admissible fits, then others, and then cells without a fit."""
    value = -record.cv if criterion == "cv" else getattr(record, criterion)
    unknown = math.isnan(value)
    second = record.bic if unknown and not math.isnan(record.bic) else 0.0
    return (
        record.status != Status.FITTED.value,
        not record.admissible,
        math.inf if unknown else value,
        second,
    )


def _record(cell: Cell, sweep: Sweep) -> CellRecord:
    n_parameters, fit = sweep.problem.n_parameters(cell), sweep.fits.get(cell)
    if fit is not None:
        return CellRecord.of_fit(cell, fit, sweep.criteria[cell], n_parameters)
    status, reason = _why_without_fit(cell, sweep)
    return CellRecord.without_fit(cell, status, reason, n_parameters)


def _why_without_fit(cell: Cell, sweep: Sweep) -> tuple[Status, str]:
    if cell in sweep.stopped:
        reason = f"with more components its {sweep.criterion} rose {RISES} times, beyond reach"
        return Status.STOPPED, reason
    n_counted = sweep.problem.n_counted
    if cell.n_components > n_counted:
        return Status.FAILED, f"there are only {n_counted} rows"
    return Status.FAILED, "components collapsed from every start"
