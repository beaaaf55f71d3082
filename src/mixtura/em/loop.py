"""THE LOOP: E-step, M-step, and again, until the stopping rule says how it ended."""

from collections.abc import Callable, Iterator

from mixtura.distribution import Mixture
from mixtura.em.steps import Steps
from mixtura.em.stopping import Course, Outcome, Stopping, Trace
from mixtura.em.watch import Watcher
from mixtura.moments import Moments

Repaired = tuple[int, ...]
Turns = Callable[[Mixture, Steps], Iterator[tuple[Mixture, Moments, Repaired]]]


def iterate(mixture: Mixture, steps: Steps) -> Iterator[tuple[Mixture, Moments, Repaired]]:
    """EM without end (Dempster, Laird and Rubin 1977).

    Yields each mixture with its own moments, and the components repaired to make it.
    """
    repaired: Repaired = ()
    while True:
        moments = steps.expect(mixture)  # E-step: rows to moments
        yield mixture, moments, repaired
        mixture, repaired = steps.maximize(moments, mixture)  # M-step: moments to mixture


def run(
    start: Mixture, steps: Steps, stopping: Stopping, watcher: Watcher, turns: Turns = iterate
) -> tuple[Mixture, Trace]:
    """EM until `stopping` says how it ended: the mixture after the last M-step, and the trace.

    `turns` is EM as above, or in longer steps (`squarem.accelerate`).
    """
    if stopping.max_iter == 0:
        return start, Trace(Outcome.NOT_RUN)
    outcome, course = Outcome.RUNNING, Course()
    em = turns(start, steps)
    while outcome is Outcome.RUNNING:
        mixture, moments, repaired = next(em)
        course.add_repair(repaired)
        course.add_bound(moments.mean_log_likelihood, steps.objective(mixture, moments))
        outcome = stopping.outcome(course)
        watcher.iteration(course.n_iter, course.lower_bounds[-1], stopping.change(course))
    last, repaired = steps.maximize(moments, mixture)
    course.add_repair(repaired)
    return last, course.ended(outcome)
