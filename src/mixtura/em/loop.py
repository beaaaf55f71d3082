"""THE LOOP: E-step, M-step, and again, until the stopping rule says how it ended."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from mixtura.distribution import Mixture
from mixtura.em.steps import Steps
from mixtura.em.stopping import Course, Outcome, Stopping, Trace
from mixtura.em.watch import Watcher
from mixtura.moments import Moments


@dataclass(frozen=True)
class Turn:
    """A pass of EM over the rows.

    Attributes
    ----------
    mixture : Mixture
    moments : Moments
        Its own.
    repaired : tuple of int
        The components repaired to make it.
    stride : float or None
        The longest step allowed from here: with the mixture, all that EM needs to go on. None where
        it needs more, amid a cycle of longer steps.
    """

    mixture: Mixture
    moments: Moments
    repaired: tuple[int, ...] = ()
    stride: float | None = 1.0


Turns: TypeAlias = Callable[[Mixture, Steps, float], Iterator[Turn]]
"""(start, steps, stride) -> EM without end."""

Keep: TypeAlias = Callable[[Turn, Course], None]
"""Told of each turn, and of what happened before it."""


def iterate(mixture: Mixture, steps: Steps, _: float = 1.0) -> Iterator[Turn]:
    """EM without end (Dempster, Laird and Rubin 1977), whose steps have the length 1."""
    repaired: tuple[int, ...] = ()
    while True:
        moments = steps.expect(mixture)  # E-step: rows to moments
        yield Turn(mixture, moments, repaired)
        mixture, repaired = steps.maximize(moments, mixture)  # M-step: moments to mixture


def forget(_: Turn, __: Course) -> None:
    """Keep nothing of a run that is under way."""


def run(
    start: Mixture,
    steps: Steps,
    stopping: Stopping,
    watcher: Watcher,
    turns: Turns = iterate,
    course: Course | None = None,
    stride: float = 1.0,
    keep: Keep = forget,
) -> tuple[Mixture, Trace]:
    """EM until `stopping` says how it ended: the mixture after the last M-step, and the trace.

    `turns` is EM as above, or in longer steps (`squarem.accelerate`); `course` and `stride` are
    those of a run which goes on.
    """
    if stopping.max_iter == 0:
        return start, Trace(Outcome.NOT_RUN)
    outcome, course = Outcome.RUNNING, course or Course()
    em = turns(start, steps, stride)
    while outcome is Outcome.RUNNING:
        turn = next(em)
        course.add_repair(turn.repaired)
        keep(turn, course)
        objective = steps.objective(turn.mixture, turn.moments)
        course.add_bound(turn.moments.mean_log_likelihood, objective)
        outcome = stopping.outcome(course)
        watcher.iteration(course.n_iter, course.lower_bounds[-1], stopping.change(course))
    last, repaired = steps.maximize(turn.moments, turn.mixture)
    course.add_repair(repaired)
    return last, course.ended(outcome)
