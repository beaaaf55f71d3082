"""The sweep: EM for every family and number of components, each helped by the others.

Upwards in K, every family begins from labels of the same hierarchies, from the best mixture so far
of any family, and from the highest of the families nested in it; the best family has shown where a
component more is needed, by splitting each. Then downwards, by merging. What is found for a family
is a start for all that it is nested in, so that none ends below it, and in place for one component
more. At last the cells that lead are searched.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from mixtura.distribution import Mixture
from mixtura.em import EFFORTS, Search
from mixtura.family.common_axes import AlongCommonAxes
from mixtura.errors import DegenerateFitError
from mixtura.selection.beginnings import Partition, from_labels, grown, in_place, shrunk
from mixtura.selection.cells import Cell, Fit
from mixtura.selection.grid import Grid
from mixtura.selection.problem import Problem, family_in

WITHIN_REACH = 0.2
"""Of a criterion per row: a better maximum seldom gains a log-likelihood of half as much."""

RISES = 2
"""After so many rises of its criterion a family stops, where its best is out of reach."""

SAME = 1e-9
"""Log-likelihoods per row that differ by less differ by rounding."""


@dataclass(eq=False)
class Sweep:
    """A table while it is filled.

    Attributes
    ----------
    problem : Problem
    grid : Grid
    partitions : sequence of Partition
    value : callable
        (cell, fit) -> what is compared; lower is better.
    stops : bool
        Whether families that cannot win stop early.
    told : callable
        Told of each cell whose fit has changed.
    """

    problem: Problem
    grid: Grid
    partitions: Sequence[Partition]
    value: Callable[[Cell, Fit], float]
    stops: bool
    told: Callable[[Cell], None]
    fits: dict[Cell, Fit] = field(default_factory=dict)
    values: dict[Cell, float] = field(default_factory=dict)
    stopped: set[Cell] = field(default_factory=set)
    searched: set[Cell] = field(default_factory=set)

    def upwards(self) -> None:
        """Every family, for ever more components."""
        for number in self.grid.numbers:
            self._lead(number)
            for cell in self.grid.row(number):
                if self.stops and self._cannot_win(cell):
                    self.stopped.add(cell)
                    self.told(cell)
                    continue
                starts = self._from_labels(cell)
                shared = [self.best_of(self.grid.row(number)), self._highest_nested(cell)]
                starts += [self.fits[each].mixture for each in dict.fromkeys(shared) if each]
                self._offer(cell, self.problem.best_from(starts, cell))
                self._settle(cell)
                if cell not in self.fits:
                    self.told(cell)
            self._share(number)

    def _from_labels(self, cell: Cell) -> list[Mixture]:
        several = isinstance(family_in(self.problem.steps(cell)), AlongCommonAxes)
        if several and self._highest_nested(cell):
            return []
        return from_labels(self.partitions, cell, self.problem)

    def _lead(self, number: int) -> None:
        """The family that leads with fewer components shows where one more is needed."""
        place = self.grid.numbers.index(number)
        best = self.best_of(self.grid.row(self.grid.numbers[place - 1])) if place else None
        if best is not None:
            cell = Cell(number, best.covariance_type)
            starts = grown(self.fits[best].mixture, number)
            self._offer(cell, self.problem.best_from(starts, cell))

    def _share(self, number: int) -> None:
        """The best mixture of all families is a start for the others that may win."""
        best = self.best_of(self.grid.row(number))
        if best is None:
            return
        for cell in self.grid.row(number):
            if cell != best and self._may_win(cell):
                self._offer(cell, self.problem.climbed(self.fits[best].mixture, cell))

    def downwards(self) -> None:
        """Merges, for the families that may win."""
        for number in self.grid.numbers[-2::-1]:
            for cell in filter(self._may_win, self.grid.row(number)):
                larger = self.grid.larger(cell)
                if larger in self.fits:
                    starts = shrunk(self.fits[larger].mixture, number)
                    self._offer(cell, self.problem.best_from(starts, cell))

    def settle(self) -> None:
        """No fit is left below one of a family nested in its own, or of fewer components."""
        for cell in self.grid:
            if cell not in self.stopped:
                self._settle(cell)

    def search(self, effort: str, n_leaders: int, rng: np.random.RandomState) -> None:
        """Search the best cells, until the best so many have all been searched."""
        while True:
            leaders = [cell for cell in self.ranked()[:n_leaders] if cell not in self.searched]
            if not leaders:
                return
            cell = leaders[0]
            self.searched.add(cell)
            search = Search(EFFORTS[effort], known=(self.fits[cell].mixture,))
            with suppress(DegenerateFitError):
                found, _ = search(self.problem.steps(cell), cell.n_components, rng)
                self._offer(cell, self.problem.climbed(found, cell))
                self.settle()

    def ranked(self) -> list[Cell]:
        """The cells with a fit, the best first: admissible ones, and then by their value."""
        return sorted(
            self.fits, key=lambda cell: (not self.fits[cell].is_admissible, self.values[cell], cell)
        )

    def best_of(self, cells: Iterable[Cell]) -> Cell | None:
        """The best of some cells, if any has a fit."""
        chosen = set(cells)
        return next((cell for cell in self.ranked() if cell in chosen), None)

    def _offer(self, cell: Cell, fit: Fit | None) -> None:
        """Take a fit where there is none, or a worse one."""
        if fit is None or (cell in self.fits and self.fits[cell].merit >= fit.merit):
            return
        self.fits[cell] = fit
        self.values[cell] = self.value(cell, fit)
        self.told(cell)

    def _highest_nested(self, cell: Cell) -> Cell | None:
        fitted = [each for each in self.grid.nested_in(cell) if each in self.fits]
        return max(fitted, key=lambda each: self.fits[each].merit, default=None)

    def _settle(self, cell: Cell) -> None:
        """Where the fit is below one that it must not be below, EM goes on from that one."""
        before = [each for each in self.grid.before(cell) if each in self.fits]
        for bound in (self._highest_nested(cell), before[-1] if before else None):
            if bound is None:
                continue
            fit = self.fits[bound]
            mixture = in_place(fit.mixture, cell.n_components)
            if self._is_below(cell, fit):
                grows = bound.n_components < cell.n_components
                starts = grown(fit.mixture, cell.n_components) if grows else [mixture]
                self._offer(cell, self.problem.best_from(starts, cell))
            if cell in self.fits and self._is_below(cell, fit):
                self._offer(cell, self.problem.kept(fit, mixture, cell))

    def _is_below(self, cell: Cell, bound: Fit) -> bool:
        """Whether the cell's fit is lower, where that says something: of fits admissible alike."""
        own = self.fits.get(cell)
        if own is None:
            return True
        lower = own.log_likelihood < bound.log_likelihood - SAME * self.problem.n
        return lower and bound.is_admissible >= own.is_admissible

    def _may_win(self, cell: Cell) -> bool:
        """Whether the cell's value is within reach of the best."""
        if cell not in self.fits:
            return False
        best = self.values[self.ranked()[0]]
        return self.values[cell] <= best + WITHIN_REACH * self.problem.n

    def _cannot_win(self, cell: Cell) -> bool:
        """Whether the family's value has risen again and again, and is out of reach of the best."""
        before = self.grid.before(cell)
        if self.stopped.intersection(before):
            return True
        last = [self.values[each] for each in before[-1 - RISES :] if each in self.values]
        rises = len(last) > RISES and bool((np.diff(last) > 0).all())
        return rises and not self._may_win(before[-1])
