"""Several starts, of which the best run is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mixtura.distribution import Mixture
from mixtura.em.loop import Turns, iterate, run
from mixtura.em.steps import Steps
from mixtura.em.stopping import Outcome, Stopping, Trace
from mixtura.em.watch import Watcher, all_watchers
from mixtura.errors import DegenerateFitError

Start = tuple[Mixture, tuple[int, ...]]


@dataclass(frozen=True)
class Solution:
    """The best run, and what happened in all of them."""

    mixture: Mixture
    best: Trace
    traces: tuple[Trace, ...]


def solve(
    begin: Callable[[], Start],
    steps: Steps,
    stopping: Stopping,
    *,
    n_init: int = 1,
    watchers: Sequence[Watcher] = (),
    turns: Turns = iterate,
) -> Solution:
    """Run EM from `n_init` starts and keep the run with the highest objective.

    Parameters
    ----------
    begin : callable
        Makes the next start: a mixture, and the components repaired in it.
    steps, stopping : Steps, Stopping
    n_init : int
    watchers : sequence of Watcher
        Told of every run, beside those that are `watching`.
    turns : callable
        `iterate`, or `accelerate` in its stead.

    Raises
    ------
    DegenerateFitError
        Where every run failed; one that fails does not end the others.
    """
    watcher = all_watchers(*watchers)
    best: tuple[Mixture, Trace] | None = None
    traces = []
    for restart in range(n_init):
        watcher.begin(restart, n_init, stopping)
        try:
            start, repaired = begin()
            mixture, trace = run(start, steps, stopping, watcher, turns)
        except DegenerateFitError:
            traces.append(Trace(Outcome.DEGENERATE))
            watcher.end(traces[-1])
            continue
        if repaired:
            trace = replace(trace, repairs=((0, repaired), *trace.repairs))
        traces.append(trace)
        watcher.end(trace)
        if best is None or trace.log_posterior > best[1].log_posterior or not trace.n_iter:
            best = mixture, trace
    if best is None:
        raise DegenerateFitError
    mixture, trace = best
    return Solution(mixture.with_accurate_factors(), trace, tuple(traces))
