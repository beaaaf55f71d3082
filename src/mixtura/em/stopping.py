"""How a fit ends, as values: the outcome, the trace, and the rule that decides."""

import math
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

from mixtura.errors import DegenerateFitError


class Outcome(Enum):
    """How EM ended, with its sentence."""

    CONVERGED = "The log-likelihood per row gained less than tol."
    MAX_ITER = "EM was stopped at max_iter, before it converged."
    NOT_RUN = "max_iter is 0: this is the start itself."
    DEGENERATE = "Components collapsed that could not be repaired."
    STREAM = "partial_fit has taken in the last batch of a stream."
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
    log_posteriors : tuple of float
        With a prior, its log-density added to the log-likelihood, per unit of weight and up to a
        constant; empty without.
    """

    outcome: Outcome
    lower_bounds: tuple[float, ...] = ()
    repairs: tuple[tuple[int, tuple[int, ...]], ...] = ()
    log_posteriors: tuple[float, ...] = ()

    @property
    def n_iter(self) -> int:
        """How many iterations were run."""
        return len(self.lower_bounds)

    @property
    def lower_bound(self) -> float:
        """The last lower bound, or -inf before the first."""
        return self.lower_bounds[-1] if self.lower_bounds else -math.inf

    @property
    def log_posterior(self) -> float:
        """The last log-posterior; without a prior the last lower bound."""
        return self.log_posteriors[-1] if self.log_posteriors else self.lower_bound


@dataclass
class Course:
    """What has happened so far in a run that is not over: a trace while it grows."""

    lower_bounds: list[float] = field(default_factory=list)
    repairs: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    objectives: list[float] = field(default_factory=list)

    @property
    def n_iter(self) -> int:
        """How many iterations were begun."""
        return len(self.lower_bounds)

    def add_bound(self, bound: float, objective: float) -> None:
        """An E-step has told the log-likelihood, and what it is with a prior."""
        self.lower_bounds.append(bound)
        self.objectives.append(objective)

    def add_repair(self, components: tuple[int, ...]) -> None:
        """An M-step had to repair components, perhaps none."""
        if components:
            self.repairs.append((self.n_iter, components))

    def ended(self, outcome: Outcome) -> Trace:
        """The trace of the run that has ended so."""
        has_prior = self.objectives != self.lower_bounds
        log_posteriors = tuple(self.objectives) if has_prior else ()
        return Trace(outcome, tuple(self.lower_bounds), tuple(self.repairs), log_posteriors)


@dataclass(frozen=True)
class Stopping:
    """scikit-learn's rule: stop when an iteration gains less than `tol` per row.

    With a prior, the log-posterior is what is gained.

    Accelerated EM is stopped by the gain of a whole cycle. Aitken's rule stops when what is left to
    gain is less than `tol`: where gains g shrink by the same factor, that is g^2 / (g' - g), with
    g' the gain before (Boehning, Dietz, Schaub, Schlattmann and Lindsay 1994; McNicholas, Murphy,
    McDaid and Frost 2010).

    Attributes
    ----------
    tol : float
    max_iter : int
    previous_bound : float
        The objective before the first iteration, where an earlier fit is continued.
    max_repairs : int
        A run is given up when one component has been repaired more often: it collapses again and
        again, on rows that are all alike.
    span : int
        How many iterations must together gain less than `tol`.
    aitken : bool
        Whether to stop by what is left to gain.
    """

    tol: float
    max_iter: int
    previous_bound: float = -math.inf
    max_repairs: int = 3
    span: int = 1
    aitken: bool = False

    def outcome(self, course: Course) -> Outcome:
        """How the run ended, or that it has not.

        Raises
        ------
        DegenerateFitError
            After too many repairs of one component.
        """
        if len(course.repairs) > self.max_repairs:
            repaired = Counter(component for _, repair in course.repairs for component in repair)
            if max(repaired.values()) > self.max_repairs:
                raise DegenerateFitError
        to_gain = left_to_gain(course) if self.aitken else self.change(course, self.span)
        if abs(to_gain) < self.tol:
            return Outcome.CONVERGED
        return Outcome.MAX_ITER if course.n_iter >= self.max_iter else Outcome.RUNNING

    def change(self, course: Course, span: int = 1) -> float:
        """What the last iterations gained, `span` of them."""
        bounds = course.objectives
        previous = bounds[-1 - span] if course.n_iter > span else self.previous_bound
        return bounds[-1] - previous


def left_to_gain(course: Course) -> float:
    """Aitken's estimate of how far above the last bound the limit lies.

    Infinite where gains do not shrink; where the last gain is nil or rounding, that gain.
    """
    if course.n_iter < 3:
        return math.inf
    first, second, third = course.objectives[-3:]
    before, gain = second - first, third - second
    if gain <= 0:
        return gain
    return gain**2 / (before - gain) if gain < before else math.inf
