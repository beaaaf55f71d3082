"""How a fit ends, as values: the outcome, the trace, and the rule that decides."""

import math
from collections import Counter
from dataclasses import dataclass, replace
from enum import Enum

from mixtura.errors import DegenerateFitError


class Outcome(Enum):
    """How EM ended, with its sentence."""

    CONVERGED = "The log-likelihood per row gained less than tol."
    MAX_ITER = "EM was stopped at max_iter, before it converged."
    NOT_RUN = "max_iter is 0: this is the start itself."
    DEGENERATE = "Components collapsed that could not be repaired."
    RUNNING = "EM has not ended yet."

    @property
    def sentence(self) -> str:
        """What this outcome means."""
        return self.value


@dataclass(frozen=True)
class Trace:
    """What happened in one run of EM.

    Attributes
    ----------
    outcome : Outcome
    lower_bounds : tuple of float
        The log-likelihood per unit of weight of the mixture that each iteration began from.
    repairs : tuple of (int, tuple of int)
        Iterations after which components collapsed and were repaired, and which.
    """

    outcome: Outcome
    lower_bounds: tuple[float, ...] = ()
    repairs: tuple[tuple[int, tuple[int, ...]], ...] = ()

    @property
    def n_iter(self) -> int:
        """How many iterations were run."""
        return len(self.lower_bounds)

    @property
    def lower_bound(self) -> float:
        """The last lower bound, or -inf before the first."""
        return self.lower_bounds[-1] if self.lower_bounds else -math.inf

    def with_bound(self, bound: float) -> "Trace":
        """After one more E-step."""
        return replace(self, lower_bounds=(*self.lower_bounds, bound))

    def with_repair(self, components: tuple[int, ...]) -> "Trace":
        """After an M-step that had to repair components, perhaps none."""
        if not components:
            return self
        return replace(self, repairs=(*self.repairs, (self.n_iter, components)))


@dataclass(frozen=True)
class Stopping:
    """scikit-learn's rule: stop when an iteration gains less than `tol` per row.

    Attributes
    ----------
    tol : float
    max_iter : int
    previous_bound : float
        The lower bound before the first iteration, where an earlier fit is continued.
    max_repairs : int
        A run is given up when one component has been repaired more often: it collapses again and
        again, on rows that are all alike.
    """

    tol: float
    max_iter: int
    previous_bound: float = -math.inf
    max_repairs: int = 3

    def outcome(self, trace: Trace) -> Outcome:
        """How the run ended, or that it has not.

        Raises
        ------
        DegenerateFitError
            After too many repairs of one component.
        """
        repaired = Counter(component for _, repair in trace.repairs for component in repair)
        if any(times > self.max_repairs for times in repaired.values()):
            raise DegenerateFitError
        if abs(self.change(trace)) < self.tol:
            return Outcome.CONVERGED
        return Outcome.MAX_ITER if trace.n_iter >= self.max_iter else Outcome.RUNNING

    def change(self, trace: Trace) -> float:
        """What the last iteration gained."""
        previous = trace.lower_bounds[-2] if trace.n_iter > 1 else self.previous_bound
        return trace.lower_bound - previous
