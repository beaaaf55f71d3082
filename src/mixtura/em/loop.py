"""THE LOOP: E-step, M-step, and again, until the stopping rule says how it ended."""

from collections.abc import Iterator
from dataclasses import replace

from mixtura.distribution import Mixture
from mixtura.em.steps import Steps
from mixtura.em.stopping import Outcome, Stopping, Trace
from mixtura.em.watch import Watcher
from mixtura.moments import Moments

Repaired = tuple[int, ...]


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
    start: Mixture, steps: Steps, stopping: Stopping, watcher: Watcher
) -> tuple[Mixture, Trace]:
    """EM until `stopping` says how it ended: the mixture after the last M-step, and the trace."""
    if stopping.max_iter == 0:
        return start, Trace(Outcome.NOT_RUN)
    outcome, trace = Outcome.RUNNING, Trace(Outcome.RUNNING)
    turns = iterate(start, steps)
    while outcome is Outcome.RUNNING:
        mixture, moments, repaired = next(turns)
        trace = trace.with_repair(repaired).with_bound(moments.mean_log_likelihood)
        outcome = stopping.outcome(trace)
        watcher.iteration(trace.n_iter, trace.lower_bound, stopping.change(trace))
    last, repaired = steps.maximize(moments, mixture)
    return last, replace(trace.with_repair(repaired), outcome=outcome)
