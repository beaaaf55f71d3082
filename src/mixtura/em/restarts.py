"""Several starts, of which the best run is kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mixtura.distribution import Mixture
from mixtura.em.loop import Turns, iterate, run
from mixtura.em.steps import Steps
from mixtura.em.stopping import Outcome, Stopping, Trace
from mixtura.em.together import can_run_together, run_together
from mixtura.em.watch import Watcher, all_watchers
from mixtura.errors import DegenerateFitError

Start = tuple[Mixture, tuple[int, ...]]
Ended = tuple[Mixture | None, Trace]

FAILED: Ended = None, Trace(Outcome.DEGENERATE)


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
    turns: Turns = iterate,
) -> Solution:
    """Run EM from `n_init` starts and keep the run with the highest objective.

    Parameters
    ----------
    begin : callable
        Makes the next start: a mixture, and the components repaired in it.
    steps, stopping : Steps, Stopping
    n_init : int
    turns : callable
        `iterate`, or `accelerate` in its stead.

    Raises
    ------
    DegenerateFitError
        Where every run failed; one that fails does not end the others.
    """
    watcher = all_watchers()
    plain = turns is iterate and not watcher.watchers  # who watch are told of one after the other
    if plain and can_run_together(steps, stopping):
        runs = _side_by_side(begin, n_init, steps, stopping)
    else:
        runs = _one_by_one(begin, n_init, steps, stopping, watcher, turns)
    best: tuple[Mixture, Trace] | None = None
    traces = []
    for mixture, trace in runs:
        traces.append(trace)
        if mixture is None:
            continue
        if best is None or trace.log_posterior > best[1].log_posterior or not trace.n_iter:
            best = mixture, trace
    if best is None:
        raise DegenerateFitError
    mixture, trace = best
    return Solution(mixture.with_accurate_factors(), trace, tuple(traces))


def _one_by_one(
    begin: Callable[[], Start],
    n_init: int,
    steps: Steps,
    stopping: Stopping,
    watcher: Watcher,
    turns: Turns,
) -> Iterator[Ended]:
    for restart in range(n_init):
        watcher.begin(restart, n_init, stopping)
        try:
            start, repaired = begin()
            mixture, trace = run(start, steps, stopping, watcher, turns)
            trace = _with_repairs_of_start(trace, repaired)
        except DegenerateFitError:
            watcher.end(FAILED[1])
            yield FAILED
            continue
        watcher.end(trace)
        yield mixture, trace


def _side_by_side(
    begin: Callable[[], Start], n_init: int, steps: Steps, stopping: Stopping
) -> Iterator[Ended]:
    """The same runs, of starts that are drawn in the same order: runs draw nothing."""
    starts = [_begun(begin) for _ in range(n_init)]
    begun = [start[0] for start in starts if start is not None]
    runs = iter(run_together(begun, steps, stopping))
    for start in starts:
        ended = None if start is None else next(runs)
        if start is None or ended is None:
            yield FAILED
        else:
            yield ended[0], _with_repairs_of_start(ended[1], start[1])


def _begun(begin: Callable[[], Start]) -> Start | None:
    try:
        return begin()
    except DegenerateFitError:
        return None


def _with_repairs_of_start(trace: Trace, repaired: tuple[int, ...]) -> Trace:
    return replace(trace, repairs=((0, repaired), *trace.repairs)) if repaired else trace
