"""What all cells of a sweep share: the rows, and how EM runs on them for a family and K."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Self, TypeAlias

import numpy as np

from mixtura.data import Resident, Source
from mixtura.distribution import Mixture
from mixtura.em import Steps, Stopping, accelerate
from mixtura.em.loop import run
from mixtura.em.scale import thinnest_variances
from mixtura.em.search.halving import halved
from mixtura.em.watch import Watchers
from mixtura.engine import Engine
from mixtura.errors import DegenerateFitError
from mixtura.family import Family, unrestricted
from mixtura.family.nesting import as_one_of
from mixtura.selection.cells import Cell, Fit
from mixtura.selection.criteria import Criteria
from mixtura.selection.rows import log_certainty, weights_of
from mixtura.typing import ArrayD, Float

StepsOf: TypeAlias = Callable[[Cell, Engine, Source], Steps]
"""The steps of EM for a family and a number of components, on these rows."""

MOST_ROUNDS = 3
"""So often EM goes on from a spurious maximum without what is spurious."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows, and how EM runs on them.

    Attributes
    ----------
    engine : Engine
    source : Source
    steps_of : callable
    stopping : Stopping
        Of the runs whose ends are shown.
    weights : ndarray of shape (n,)
        Sample weights, or ones.
    thinnest : ndarray of shape (d,)
        Of the steps.
    """

    engine: Engine
    source: Resident
    steps_of: StepsOf
    stopping: Stopping
    weights: Float
    thinnest: ArrayD
    _steps: dict[Cell, Steps] = field(default_factory=dict)

    @classmethod
    def of(cls, engine: Engine, source: Resident, steps_of: StepsOf, stopping: Stopping) -> Self:
        """All of it, from rows and steps."""
        thinnest = thinnest_variances(engine, source)
        return cls(engine, source, steps_of, stopping, weights_of(source), thinnest)

    def on(self, engine: Engine, source: Resident) -> Self:
        """The same on other rows."""
        return self.of(engine, source, self.steps_of, self.stopping)

    @property
    def n(self) -> float:
        """The sum of the weights."""
        return float(self.weights.sum())

    @property
    def n_counted(self) -> int:
        """How many rows have weight."""
        return int(np.count_nonzero(self.weights))

    def steps(self, cell: Cell) -> Steps:
        """The two steps of EM for this cell."""
        if cell not in self._steps:
            steps = self.steps_of(cell, self.engine, self.source)
            self._steps[cell] = replace(steps, thinnest=self.thinnest)
        return self._steps[cell]

    def family(self, cell: Cell) -> Family:
        """Its family, whatever restricts the M-step."""
        return unrestricted(self.steps(cell).family)

    def n_parameters(self, cell: Cell) -> int:
        """p, how many numbers are free."""
        return self.family(cell).n_parameters(cell.n_components, self.source.n_features)

    def criteria(self, cell: Cell, fit: Fit) -> Criteria:
        """BIC, AIC and ICL."""
        certainty = log_certainty(fit.mixture, self.engine, self.source)
        return Criteria.of(fit.log_likelihood, self.n_parameters(cell), self.n, certainty)

    def best_from(self, starts: Sequence[Mixture], cell: Cell) -> Fit | None:
        """The fit that the most promising of some starts leads to; None where all fail."""
        for start in halved(starts, self.steps(cell), 1):
            return self.climbed(start, cell)
        return None

    def climbed(self, start: Mixture, cell: Cell) -> Fit | None:
        """Where EM goes from a start, and on from spurious maxima; None where it fails."""
        steps = self.steps(cell)
        fits: list[Fit] = []
        following: Mixture | None = start
        with suppress(DegenerateFitError):
            while following is not None and len(fits) < MOST_ROUNDS:
                ended, trace = run(following, steps, self.stopping, Watchers(()), accelerate)
                fits.append(Fit.weighed(ended.with_accurate_factors(), trace, steps))
                following = None if fits[-1].is_admissible else fits[-1].without_spurious()
        return max(fits, key=lambda fit: fit.merit, default=None)

    def taken_over(self, fit: Fit, mixture: Mixture, cell: Cell) -> Fit:
        """A mixture of a narrower family as it is, where EM from it leads no higher."""
        stored = as_one_of(mixture, self.family(cell))
        return Fit.weighed(stored, fit.trace, self.steps(cell))
