"""Several starts, of which the best run is kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mixtura.distribution import Mixture
from mixtura.em.checkpoint import Keeper
from mixtura.em.loop import Keep, Turn, Turns, forget, iterate, run
from mixtura.em.state import Runs, State, Underway
from mixtura.em.steps import Steps
from mixtura.em.stopping import Course, Outcome, Stopping, Trace
from mixtura.em.together import can_run_together, run_together
from mixtura.em.watch import Watchers, all_watchers
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
    keeper: Keeper | None = None,
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
    keeper : Keeper, optional
        Has the state to go on from, and is told of those that follow.

    Raises
    ------
    DegenerateFitError
        Where every run failed; one that fails does not end the others.
    """
    watcher = all_watchers()
    plain = turns is iterate and not watcher.watchers  # who watch are told of one after the other
    if plain and keeper is None and can_run_together(steps, stopping):
        runs = Runs()
        for mixture, trace in _side_by_side(begin, n_init, steps, stopping):
            runs = runs.and_run(mixture, trace)
    else:
        runs = _OneByOne(begin, n_init, steps, stopping, watcher, turns, keeper).runs()
    if runs.mixture is None or runs.best_trace is None:
        raise DegenerateFitError
    return Solution(runs.mixture.with_accurate_factors(), runs.best_trace, runs.traces)


@dataclass(frozen=True)
class _OneByOne:
    """One run after the other, each from the state that the ones before have left."""

    begin: Callable[[], Start]
    n_init: int
    steps: Steps
    stopping: Stopping
    watcher: Watchers
    turns: Turns
    keeper: Keeper | None

    def runs(self) -> Runs:
        """Those that have ended in the end."""
        state = State() if self.keeper is None else self.keeper.state
        if state != State():
            self._tell(state)
        for restart in range(len(state.runs.traces), self.n_init):
            self.watcher.begin(restart, self.n_init, self.stopping)
            mixture, trace = self._ended(state)
            self.watcher.end(trace)
            state = State(state.runs.and_run(mixture, trace))
            if self.keeper is not None:
                self.keeper.keep(state, whole=restart + 1 == self.n_init)
        return state.runs

    def _tell(self, state: State) -> None:
        n_iter = state.underway.course.n_iter if state.underway else 0
        self.watcher.resumed(len(state.runs.traces), self.n_init, n_iter)

    def _ended(self, state: State) -> Ended:
        """How the next run ends."""
        try:
            underway = state.underway or Underway(*self.begin())
            mixture, trace = run(
                underway.mixture,
                self.steps,
                self.stopping,
                self.watcher,
                self.turns,
                underway.course,
                underway.stride,
                self._keep(state.runs, underway.repaired),
            )
        except DegenerateFitError:
            return FAILED
        return mixture, _with_repairs_of_start(trace, underway.repaired)

    def _keep(self, runs: Runs, repaired: tuple[int, ...]) -> Keep:
        """Tells the keeper of every turn from which EM can go on."""
        keeper = self.keeper
        if keeper is None:
            return forget

        def keep(turn: Turn, course: Course) -> None:
            if turn.stride is not None:
                underway = Underway(turn.mixture, repaired, course, turn.stride)
                keeper.keep(State(runs, underway))

        return keep


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
