"""What all cells of a sweep share: the rows, and how EM runs on them for a family and K."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from mixtura._array import on_host
from mixtura.data import Source
from mixtura.distribution import Mixture
from mixtura.em import Steps, Stopping, accelerate
from mixtura.em.loop import run
from mixtura.em.scale import column_variances
from mixtura.em.search.halving import halved
from mixtura.em.watch import Watchers
from mixtura.engine import Engine
from mixtura.errors import DegenerateFitError
from mixtura.family import Family, Restricted
from mixtura.family.nesting import as_one_of
from mixtura.selection.cells import Cell, Fit
from mixtura.typing import ArrayD

StepsOf: TypeAlias = Callable[[Cell, Engine, Source], Steps]
"""The steps of EM for a family and a number of components, on these rows."""

THINNEST = 1e-11
"""Of a feature's variance; ten times as much is the least of a component that is not spurious.

Rounded data have rows that are alike in a feature. Where `reg_covar` is 0, a component on some of
them shrinks towards them faster and faster until it has no extent; this finds it on its way.
"""

MOST_ROUNDS = 3
"""So often EM goes on from a spurious maximum without what is spurious."""


@dataclass(eq=False)
class Problem:
    """Rows, and how EM runs on them.

    Attributes
    ----------
    engine : Engine
    source : Source
    steps_of : callable
    stopping : Stopping
        Of the runs whose ends are shown.
    """

    engine: Engine
    source: Source
    steps_of: StepsOf
    stopping: Stopping
    _steps: dict[Cell, Steps] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._thinnest = THINNEST * column_variances(self.engine, self.source)
        self.n = total_weight(self.source)

    def steps(self, cell: Cell) -> Steps:
        """The two steps of EM for this cell."""
        if cell not in self._steps:
            self._steps[cell] = self.steps_of(cell, self.engine, self.source)
        return self._steps[cell]

    def floor(self, cell: Cell) -> ArrayD:
        """A tenth of the least variances of a component that is not spurious, shape (d,)."""
        return np.maximum(self._thinnest, self.steps(cell).reg_covar)

    def kept(self, fit: Fit, mixture: Mixture, cell: Cell) -> Fit:
        """A mixture of a narrower family as it is, where EM from it leads lower."""
        steps = self.steps(cell)
        return Fit.of(as_one_of(mixture, family_in(steps)), fit.trace, steps, self.floor(cell))

    def best_from(self, starts: Sequence[Mixture], cell: Cell) -> Fit | None:
        """The fit that the most promising of some starts leads to; None where all fail."""
        steps = self.steps(cell)
        for start in halved(starts, steps, 1):
            return self.climbed(start, cell)
        return None

    def climbed(self, start: Mixture, cell: Cell) -> Fit | None:
        """Where EM goes from a start, and on from spurious maxima; None where it fails."""
        steps, floor = self.steps(cell), self.floor(cell)
        fits: list[Fit] = []
        following: Mixture | None = start
        with suppress(DegenerateFitError):
            for _ in range(MOST_ROUNDS):
                if following is None:
                    break
                ended, trace = run(following, steps, self.stopping, Watchers(()), accelerate)
                fits.append(Fit.of(ended, trace, steps, floor))
                if fits[-1].is_admissible:
                    break
                following = fits[-1].without_spurious()
        return max(fits, key=lambda fit: fit.merit, default=None)


def total_weight(source: Source) -> float:
    """n: the sum of the weights."""
    return sum(
        float(len(block.rows)) if block.weights is None else float(on_host(block.weights).sum())
        for block in source
    )


def family_in(steps: Steps) -> Family:
    """The family of a step, whatever restricts it."""
    m_step = steps.family
    return m_step.family if isinstance(m_step, Restricted) else m_step
