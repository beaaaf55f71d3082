"""What `verbose` prints: of a fit, line for line what scikit-learn does; of a sweep, its cells."""

from time import perf_counter

from mixtura.em import Outcome, Stopping, Trace
from mixtura.selection.record import CellRecord


class VerboseWatcher:
    """Prints the beginning and end of each run, and every `interval`-th iteration.

    Of a search, which scikit-learn has not, every generation.

    Level 1 prints that they happened; level 2 also times and log-likelihoods.
    """

    def __init__(self, level: int, interval: int) -> None:
        self.level = level
        self.interval = interval
        self.run_began = self.last_line = perf_counter()

    def resumed(self, run: int, n_runs: int, n_iter: int) -> None:
        if run < n_runs:
            print(f"Initialization {run} goes on from iteration {n_iter}.")
        else:
            print("All initializations had ended.")

    def begin(self, run: int, n_runs: int, stopping: Stopping) -> None:
        print(f"Initialization {run}")
        self.run_began = self.last_line = perf_counter()

    def searched(self, generation: int, n_runs: int, best: float) -> None:
        if not generation:
            return
        line = f"  Generation {generation}, {n_runs} runs"
        if self.level > 1:
            now = perf_counter()
            line += f"\t time lapse {now - self.last_line:.5f}s\t best {best:.5f}"
            self.last_line = now
        print(line)

    def iteration(self, n_iter: int, lower_bound: float, change: float) -> None:
        if n_iter % self.interval:
            return
        if self.level < 2:
            print(f"  Iteration {n_iter}")
            return
        now = perf_counter()
        print(
            f"  Iteration {n_iter}\t time lapse {now - self.last_line:.5f}s"
            f"\t ll change {change:.5f}"
        )
        self.last_line = now

    def end(self, trace: Trace) -> None:
        if trace.outcome is Outcome.NOT_RUN:
            return
        converged = "converged" if trace.outcome is Outcome.CONVERGED else "did not converge"
        if self.level < 2:
            print(f"Initialization {converged}.")
            return
        print(
            f"Initialization {converged}. time lapse {perf_counter() - self.run_began:.5f}s"
            f"\t lower bound {trace.lower_bound:.5f}."
        )


class VerboseSweep:
    """Prints each cell of a sweep as it is fitted, and again where it is fitted better."""

    def begin_sweep(self, n_cells: int, criterion: str) -> None:
        self.criterion = criterion
        print(f"{n_cells} cells, by {criterion}")

    def cell(self, record: CellRecord) -> None:
        what = f"  {record.covariance_type}, {record.n_components}: "
        if record.status != "fitted":
            print(f"{what}{record.status}, {record.reason}")
            return
        value = getattr(record, self.criterion)
        known = "" if value != value else f", {self.criterion} {value:.6g}"  # only NaN differs
        reason = f" ({record.reason})" if record.reason else ""
        print(f"{what}log-likelihood {record.log_likelihood:.6g}{known}{reason}")

    def end_sweep(self, records: tuple[CellRecord, ...]) -> None:
        best = records[0]
        print(f"best: {best.covariance_type}, {best.n_components}")
