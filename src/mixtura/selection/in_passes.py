"""Selection where rows are read anew in each pass: a sweep of a sample, and then the contenders.

A sweep fits every cell of the table, which is too much for rows that are read from files: it is
made of a sample of m rows. With l_i = log p(x_i) of the rows under a cell's fit, the criterion on
all n rows is estimated as

    -2 n mean(l) + penalty(n),    with standard error 2 n sd(l - l') / sqrt(m)

of its difference to that of another cell. Cells within two standard errors of the best are fitted
to all rows, from where the sample led them, and are compared by what these say. Rows that are held
out are those of the sample.
"""

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from mixtura._array import to_numpy
from mixtura.data import Source
from mixtura.distribution import posterior
from mixtura.em import Stopping, accelerate
from mixtura.em.in_passes import sample_rows
from mixtura.em.loop import run
from mixtura.em.start.proposal import sampled
from mixtura.em.steps import Steps
from mixtura.em.watch import all_watchers
from mixtura.engine import Engine
from mixtura.errors import DegenerateFitError
from mixtura.selection.cells import Cell, Fit
from mixtura.selection.criteria import Criteria
from mixtura.selection.grid import Grid
from mixtura.selection.problem import Problem, StepsOf
from mixtura.selection.record import CellRecord, Status
from mixtura.selection.rows import log_certainty
from mixtura.selection.select import Plan, Selection, rank, select
from mixtura.selection.sweep_watcher import SweepWatchers
from mixtura.typing import Float

STANDARD_ERRORS = 2.0

MOST_CONTENDERS = 8
"""Each takes passes over all rows."""


@dataclass(frozen=True, eq=False)
class Passes:
    """Rows that are read in passes, and how EM runs on them.

    Attributes
    ----------
    engine : Engine
    source : Source
    n : float
        The sum of the weights.
    steps_of : callable
    stopping : Stopping
    """

    engine: Engine
    source: Source
    n: float
    steps_of: StepsOf
    stopping: Stopping

    def steps(self, cell: Cell) -> Steps:
        """The two steps of EM for this cell, on all rows."""
        return self.steps_of(cell, self.engine, self.source)

    def sample(self, grid: Grid, rng: np.random.RandomState) -> Problem:
        """The sweep's problem on a sample."""
        largest = grid.numbers[-1]
        n_rows = sample_rows(largest, self.source.n_features)
        few = sampled(self.steps(next(iter(grid))), largest, n_rows, rng)
        return Problem.of(few.engine, few.resident, self.steps_of, self.stopping)

    def refitted(self, fits: Mapping[Cell, Fit]) -> dict[Cell, Fit]:
        """Where EM on all rows leads from the fits of a sample; what fails is left out."""
        found = {}
        for cell, fit in fits.items():
            steps = self.steps(cell)
            with suppress(DegenerateFitError):
                ended, trace = run(fit.mixture, steps, self.stopping, all_watchers(), accelerate)
                found[cell] = Fit.weighed(ended.with_accurate_factors(), trace, steps)
        return found

    def criteria(self, fit: Fit, n_parameters: int) -> Criteria:
        """BIC, AIC and ICL of all rows."""
        certainty = log_certainty(fit.mixture, self.engine, self.source)
        return Criteria.of(fit.log_likelihood, n_parameters, self.n, certainty)


def select_in_passes(
    passes: Passes,
    few: Problem,
    grid: Grid,
    plan: Plan,
    rng: np.random.RandomState,
    watcher: SweepWatchers,
) -> Selection | None:
    """The best cell and the table, as `select` gives; cells out of reach on the sample stay so."""
    found = select(few, grid, plan, rng, watcher)
    if found is None:
        return None
    contenders = [found.best] if plan.criterion == "cv" else _contenders(found, few, passes.n, plan)
    fits = passes.refitted({cell: found.fits[cell] for cell in contenders})
    records = {}
    for record in found.records:
        cell, p = Cell(record.n_components, record.covariance_type), record.n_parameters
        if cell in fits:
            told = CellRecord.of_fit(cell, fits[cell], passes.criteria(fits[cell], p), p)
        elif cell in contenders:
            told = CellRecord.without_fit(cell, Status.FAILED, "components collapsed", p)
        else:
            told = _out_of_reach(cell, record, len(few.weights), plan.criterion)
        records[cell] = replace(told, cv=record.cv)
    ranked = sorted(records, key=lambda cell: rank(records[cell], plan.criterion))
    ordered = tuple(records[cell] for cell in ranked)
    watcher.end_sweep(ordered)
    return Selection(ordered, ranked[0], fits) if fits else None


def _contenders(found: Selection, few: Problem, n: float, plan: Plan) -> list[Cell]:
    """The cells that may be the best of all rows, the most promising first."""
    of_sample = {
        cell: _estimate(fit, few, n, few.n_parameters(cell), plan.criterion)
        for cell, fit in found.fits.items()
    }
    admissible = [cell for cell in of_sample if found.fits[cell].is_admissible] or list(of_sample)
    admissible.sort(key=lambda cell: of_sample[cell])
    log_densities = {cell: _log_densities(found.fits[cell], few) for cell in admissible}
    best = admissible[0]
    return [
        cell
        for cell in admissible
        if of_sample[cell] - of_sample[best]
        <= STANDARD_ERRORS * 2 * n * _error(log_densities[cell] - log_densities[best], few.weights)
    ][:MOST_CONTENDERS]


def _estimate(fit: Fit, few: Problem, n: float, n_parameters: int, criterion: str) -> float:
    """A criterion on all rows, as the sample tells."""
    scale = n / few.n
    certainty = scale * log_certainty(fit.mixture, few.engine, few.source)
    criteria = Criteria.of(scale * fit.log_likelihood, n_parameters, n, certainty)
    value: float = getattr(criteria, criterion)
    return value


def _log_densities(fit: Fit, few: Problem) -> Float:
    rows, _ = few.source.take(slice(None))
    return to_numpy(posterior.log_density(fit.mixture, rows))


def _error(differences: Float, weights: Float) -> float:
    """The standard error of the weighted mean of differences."""
    mean = np.average(differences, weights=weights)
    variance = np.average((differences - mean) ** 2, weights=weights)
    return math.sqrt(variance * np.sum(weights**2)) / float(weights.sum())


def _out_of_reach(cell: Cell, record: CellRecord, n_rows: int, criterion: str) -> CellRecord:
    """A cell that was fitted to the sample only, or failed there."""
    if record.status != Status.FITTED.value:
        return record
    reason = f"on a sample of {n_rows} rows its {criterion} was beyond reach"
    return CellRecord.without_fit(cell, Status.STOPPED, reason, record.n_parameters)
