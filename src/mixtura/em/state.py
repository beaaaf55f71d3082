"""A fit between two passes, as a value: all that it needs to go on to the same bits."""

from dataclasses import dataclass, field, replace
from typing import Self

from mixtura.distribution import Mixture
from mixtura.em.stopping import Course, Trace


@dataclass(frozen=True)
class Runs:
    """The runs that have ended, of which the best is kept.

    Attributes
    ----------
    traces : tuple of Trace
    best : int or None
        The place of the run that ended highest; None where none ended well.
    mixture : Mixture or None
        What that run ended with.
    """

    traces: tuple[Trace, ...] = ()
    best: int | None = None
    mixture: Mixture | None = None

    @property
    def best_trace(self) -> Trace | None:
        """What happened in the best run."""
        return None if self.best is None else self.traces[self.best]

    def and_run(self, mixture: Mixture | None, trace: Trace) -> Self:
        """With a run that has ended so, or has failed where there is no mixture."""
        traces, best = (*self.traces, trace), self.best_trace
        is_best = best is None or trace.log_posterior > best.log_posterior or not trace.n_iter
        if mixture is None or not is_best:
            return replace(self, traces=traces)
        return replace(self, traces=traces, best=len(self.traces), mixture=mixture)


@dataclass(frozen=True)
class Underway:
    """A run before a pass.

    Attributes
    ----------
    mixture : Mixture
        What the pass looks at the rows with.
    repaired : tuple of int
        Components repaired in the run's start.
    course : Course
        What happened until then.
    stride : float
        The longest step allowed.
    """

    mixture: Mixture
    repaired: tuple[int, ...] = ()
    course: Course = field(default_factory=Course)
    stride: float = 1.0

    @classmethod
    def again(cls, mixture: Mixture, trace: Trace) -> Self:
        """A run that had ended so."""
        repaired = [components for iteration, components in trace.repairs if not iteration]
        course = Course(
            list(trace.lower_bounds),
            list(trace.repairs[len(repaired) :]),
            list(trace.log_posteriors or trace.lower_bounds),
        )
        return cls(mixture, sum(repaired, ()), course)


@dataclass(frozen=True)
class State:
    """The runs that have ended, and the one that is under way."""

    runs: Runs = field(default_factory=Runs)
    underway: Underway | None = None
