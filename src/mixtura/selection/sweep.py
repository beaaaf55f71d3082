"""The sweep: EM for every family and number of components, each helped by the others.

Upwards in K, the best family shows where one more component is needed, by splitting each. Every
family begins from labels of the same hierarchies, from the best mixture so far of any family, and
from the highest of the families nested in it. Then downwards, by merging. At last the cells that
lead are searched.

EM from a mixture of a nested family ends no lower, nor does EM from one with fewer components, of
which some are halved in place: so no cell is left below another that it contains.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em import EFFORTS, Search
from mixtura.em.search.candidate import with_copies
from mixtura.errors import DegenerateFitError
from mixtura.family.common_axes import AlongCommonAxes
from mixtura.selection.beginnings import Partition, from_labels, grown, shrunk
from mixtura.selection.cells import Cell, Fit
from mixtura.selection.criteria import Criteria
from mixtura.selection.grid import Grid
from mixtura.selection.problem import Problem

WITHIN_REACH = 0.2
"""Of a criterion per row: a better maximum seldom gains a log-likelihood of half as much."""

RISES = 2
"""After so many rises of its criterion a family stops, where its last is out of reach."""

SAME = 1e-9
"""Log-likelihoods per row that differ by less differ by rounding."""


@dataclass(eq=False)
class Sweep:
    """The fits of all cells, while they are found.

    Attributes
    ----------
    problem : Problem
    grid : Grid
    partitions : sequence of Partition
    criterion : {"bic", "aic", "icl"}
        What fits are ranked by.
    stops : bool
        Whether families that cannot win stop early.
    told : callable
        Told of each cell when its fit has changed, or it is left without one.
    known : mapping from Cell to Mixture
        Of cells for which a sample of the rows has shown where to begin.
    """

    problem: Problem
    grid: Grid
    partitions: Sequence[Partition]
    criterion: str
    stops: bool
    told: Callable[[Cell], object]
    known: Mapping[Cell, Mixture] = field(default_factory=dict)
    fits: dict[Cell, Fit] = field(default_factory=dict)
    criteria: dict[Cell, Criteria] = field(default_factory=dict)
    stopped: set[Cell] = field(default_factory=set)

    def upwards(self) -> None:
        """Every family, for ever more components."""
        for number in self.grid.numbers:
            if not self.known:
                self._lead(number)
            for cell in self.grid.row(number):
                if self.stops and self._cannot_win(cell):
                    self.stopped.add(cell)
                elif number <= self.problem.n_counted:
                    self._offer(cell, self.problem.best_from(self._starts(cell), cell))
                    self._settle(cell)
                if cell not in self.fits:
                    self.told(cell)
            if not self.known:
                self._share(number)

    def _lead(self, number: int) -> None:
        """The family that leads with fewer components shows where one more is needed."""
        before = [each for each in self.grid.numbers if each < number]
        best = self.best_of(self.grid.row(before[-1])) if before else None
        if best is not None and number <= self.problem.n_counted:
            cell = Cell(number, best.covariance_type)
            starts = grown(self.fits[best].mixture, number)
            self._offer(cell, self.problem.best_from(starts, cell))

    def _starts(self, cell: Cell) -> list[Mixture]:
        """From labels, and from what other families have come to.

        Common axes that fit labels may bind EM to them, so that several would have to be tried; the
        families nested in those of common axes begin for them.
        """
        if cell in self.known:
            return [self.known[cell]]
        best, nested = self.best_of(self.grid.row(cell.n_components)), self._highest_nested(cell)
        others = [self.fits[each].mixture for each in dict.fromkeys((best, nested)) if each]
        if nested is not None and isinstance(self.problem.family(cell), AlongCommonAxes):
            return others
        return [*from_labels(self.partitions, cell, self.problem), *others]

    def _share(self, number: int) -> None:
        """The best mixture of all families is a start for the others that may win."""
        best = self.best_of(self.grid.row(number))
        for cell in self.grid.row(number):
            if best is not None and cell != best and self._may_win(cell):
                self._offer(cell, self.problem.climbed(self.fits[best].mixture, cell))

    def downwards(self) -> None:
        """Merges, for the families that may win."""
        for number in self.grid.numbers[-2::-1]:
            for cell in filter(self._may_win, self.grid.row(number)):
                larger = self.grid.larger(cell)
                if larger in self.fits:
                    starts = shrunk(self.fits[larger].mixture, number)
                    self._offer(cell, self.problem.best_from(starts, cell))
        self.settle()

    def search(self, effort: str, n_leaders: int | None, rng: np.random.RandomState) -> None:
        """Search the best cells, until the best so many have been searched; or all."""
        searched: set[Cell] = set()
        while True:
            leaders = [cell for cell in self.ranked() if self._uses_all_components(cell)]
            cell = next((each for each in leaders[:n_leaders] if each not in searched), None)
            if cell is None:
                return
            searched.add(cell)
            search = Search(EFFORTS[effort], known=(self.fits[cell].mixture,))
            with suppress(DegenerateFitError):
                found, _ = search(self.problem.steps(cell), cell.n_components, rng)
                self._offer(cell, self.problem.climbed(found, cell))
                self.settle()

    def _uses_all_components(self, cell: Cell) -> bool:
        """Whether the fit is better than that of fewer components, halved."""
        before = [each for each in self.grid.before(cell) if each in self.fits]
        gain = self.fits[cell].objective - self.fits[before[-1]].objective if before else math.inf
        return gain > SAME

    def settle(self) -> None:
        """Let no fit stay below one of a family nested in its own, or of fewer components."""
        for cell in self.grid:
            if cell in self.fits:
                self._settle(cell)

    def _settle(self, cell: Cell) -> None:
        """Where the fit is below one that it contains, EM goes on from that one."""
        for contained in (self.grid.nested_in(cell), self.grid.before(cell)):
            above = [each for each in contained if each in self.fits and self._is_below(cell, each)]
            if not above:
                continue
            highest = max(above, key=lambda each: self.fits[each].merit)
            fit = self.fits[highest]
            mixture = with_copies(fit.mixture, cell.n_components)
            grows = highest.n_components < cell.n_components
            starts = grown(fit.mixture, cell.n_components) if grows else [mixture]
            self._offer(cell, self.problem.best_from(starts, cell))
            if cell in self.fits and self._is_below(cell, highest):
                self._offer(cell, self.problem.taken_over(fit, mixture, cell))

    def ranked(self) -> list[Cell]:
        """The cells with a fit, the best first: admissible ones, and then by the criterion."""
        return sorted(
            self.fits, key=lambda cell: (not self.fits[cell].is_admissible, self.value(cell), cell)
        )

    def value(self, cell: Cell) -> float:
        """The criterion of a fit."""
        value: float = getattr(self.criteria[cell], self.criterion)
        return value

    def best_of(self, cells: Iterable[Cell]) -> Cell | None:
        """The best of some cells, if any has a fit."""
        chosen = set(cells)
        return next((cell for cell in self.ranked() if cell in chosen), None)

    def _offer(self, cell: Cell, fit: Fit | None) -> None:
        """Take a fit where there is none, or a worse one."""
        if fit is None or (cell in self.fits and self.fits[cell].merit >= fit.merit):
            return
        self.fits[cell] = fit
        self.criteria[cell] = self.problem.criteria(cell, fit)
        self.told(cell)

    def _highest_nested(self, cell: Cell) -> Cell | None:
        fitted = [each for each in self.grid.nested_in(cell) if each in self.fits]
        return max(fitted, key=lambda each: self.fits[each].merit, default=None)

    def _is_below(self, cell: Cell, contained: Cell) -> bool:
        """Whether the fit is missing or lower, of those that are admissible alike."""
        if cell not in self.fits:
            return True
        own, bound = self.fits[cell], self.fits[contained]
        lower = own.log_likelihood < bound.log_likelihood - SAME * self.problem.n
        return lower and bound.is_admissible >= own.is_admissible

    def _may_win(self, cell: Cell) -> bool:
        """Whether the criterion is within reach of the best."""
        if cell not in self.fits:
            return False
        best = self.value(self.ranked()[0])
        return self.value(cell) <= best + WITHIN_REACH * self.problem.n

    def _cannot_win(self, cell: Cell) -> bool:
        """Whether the family's criterion has risen again and again, and is out of reach."""
        before = self.grid.before(cell)
        if self.stopped.intersection(before):
            return True
        values = [self.value(each) for each in before[-1 - RISES :] if each in self.fits]
        rises = len(values) > RISES and bool((np.diff(values) > 0).all())
        return rises and not self._may_win(before[-1])
