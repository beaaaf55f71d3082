"""How far a fit goes, and how one goes on that is let go farther than when it was kept."""

from dataclasses import dataclass

from mixtura.em.state import Runs, State, Underway
from mixtura.em.stopping import Outcome, Trace


@dataclass(frozen=True)
class Limits:
    """Where the runs of a fit stop, and how many there are.

    Attributes
    ----------
    tol : float
    max_iter, n_init : int
    """

    tol: float
    max_iter: int
    n_init: int

    def reach(self, other: "Limits") -> bool:
        """Whether a fit within the other limits goes nowhere that these forbid."""
        return (
            self.tol <= other.tol
            and self.max_iter >= other.max_iter
            and self.n_init >= other.n_init
        )

    def resumed(self, state: State, kept: "Limits") -> State:
        """Where a fit goes on within these limits that was kept under others.

        A run that has ended under them, and would not have under these, goes on if it is the only
        one, since of several the best mixture alone is kept.

        Raises
        ------
        ValueError
            Where that cannot be done.
        """
        if not self.reach(kept):
            raise ValueError(
                f"is of a fit with {kept}, which goes on only where tol is not larger, and "
                "max_iter and n_init are not smaller; take these, or another folder."
            )
        runs = state.runs
        if not any(self._leave(trace, kept) for trace in runs.traces):
            return state
        if len(runs.traces) > 1 or runs.mixture is None or state.underway is not None:
            raise ValueError(
                f"is of a fit with {kept}, and runs that ended then would have gone on under the "
                "new limits, while only the best of them is kept; take these, or another folder."
            )
        return State(Runs(), Underway.again(runs.mixture, runs.traces[0]))

    def _leave(self, trace: Trace, kept: "Limits") -> bool:
        """Whether a run that ended under other limits would not have ended under these."""
        if trace.outcome is Outcome.CONVERGED:
            return self.tol < kept.tol
        if trace.outcome in (Outcome.MAX_ITER, Outcome.NOT_RUN):
            return self.max_iter > kept.max_iter
        return False

    def __str__(self) -> str:
        return f"tol={self.tol:g}, max_iter={self.max_iter} and n_init={self.n_init}"
