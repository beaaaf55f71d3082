"""Progress of a fit: a bar on a terminal, plain lines elsewhere."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from mixtura.cli import console
from mixtura.em import Stopping, Trace, watching
from mixtura.uses.segmentation import watching_stages

SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def shown(quiet: bool) -> Iterator[None]:
    """Show the progress of every fit within the `with` block."""
    if quiet:
        yield
    elif console.err.is_terminal:
        with _progress() as progress, watching(Bar(progress)):
            yield
    else:
        with watching(Lines()):
            yield


@contextmanager
def stages_shown(quiet: bool) -> Iterator[None]:
    """Show what every segmentation within the `with` block does after its fit."""
    if quiet:
        yield
    elif console.err.is_terminal:
        columns = TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()
        with (
            Progress(*columns, console=console.err, transient=True) as progress,
            watching_stages(StageBar(progress)),
        ):
            yield
    else:
        with watching_stages(StageLines()):
            yield


def _progress() -> Progress:
    return Progress(
        TextColumn("run {task.fields[run]} of {task.fields[n_runs]}"),
        BarColumn(),
        TextColumn("{task.fields[stage]}"),
        TimeRemainingColumn(),
        console=console.err,
        transient=True,
    )


class Bar:
    """A progress bar, whose end is where the gains will have shrunk below the tolerance.

    While a search goes on, whose end nobody knows, the bar only moves.
    """

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.task = progress.add_task("fit", visible=False, run=0, n_runs=0, stage="")

    def resumed(self, run: int, n_runs: int, n_iter: int) -> None:
        console.say(_resumed_in_words(run, n_runs, n_iter))

    def begin(self, run: int, n_runs: int, stopping: Stopping) -> None:
        self.stopping, self.last_change = stopping, math.inf
        self.progress.reset(
            self.task,
            start=False,
            total=stopping.max_iter,
            visible=False,
            run=run + 1,
            n_runs=n_runs,
        )

    def searched(self, generation: int, n_runs: int, best: float) -> None:
        self.progress.update(self.task, visible=True, stage=_search_in_words(n_runs, best))

    def iteration(self, n_iter: int, lower_bound: float, change: float) -> None:
        left = iterations_left(change, self.last_change, self.stopping.tol)
        total = min(self.stopping.max_iter, n_iter + left)
        self.last_change = change
        stage = f"iteration {n_iter}, {_in_words(lower_bound)}"
        self.progress.start_task(self.task)
        self.progress.update(self.task, completed=n_iter, total=total, visible=True, stage=stage)

    def end(self, trace: Trace) -> None:
        self.progress.update(self.task, completed=trace.n_iter, total=trace.n_iter)


class Lines:
    """A line every few seconds."""

    def resumed(self, run: int, n_runs: int, n_iter: int) -> None:
        console.say(_resumed_in_words(run, n_runs, n_iter))

    def begin(self, run: int, n_runs: int, stopping: Stopping) -> None:
        self.prefix = f"run {run + 1} of {n_runs}, " if n_runs > 1 else ""
        self.last_line = monotonic()

    def searched(self, generation: int, n_runs: int, best: float) -> None:
        self._say(_search_in_words(n_runs, best))

    def iteration(self, n_iter: int, lower_bound: float, change: float) -> None:
        self._say(f"iteration {n_iter}, {_in_words(lower_bound)}")

    def end(self, trace: Trace) -> None:
        pass

    def _say(self, stage: str) -> None:
        if monotonic() - self.last_line > SECONDS_BETWEEN_LINES:
            self.last_line = monotonic()
            console.say(f"{self.prefix}{stage}")


class StageBar:
    """A progress bar for each stage."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.tasks: dict[str, TaskID] = {}

    def stage(self, name: str, n_done: int, n_steps: int) -> None:
        if name not in self.tasks:
            self.tasks[name] = self.progress.add_task(name, total=n_steps)
        self.progress.update(self.tasks[name], completed=n_done, total=n_steps)


class StageLines:
    """A line every few seconds."""

    def __init__(self) -> None:
        self.last_line = monotonic()

    def stage(self, name: str, n_done: int, n_steps: int) -> None:
        if monotonic() - self.last_line > SECONDS_BETWEEN_LINES:
            self.last_line = monotonic()
            console.say(f"{name}, {n_done / n_steps:.0%}")


def _search_in_words(n_runs: int, best: float) -> str:
    return f"search, {n_runs} runs, {_in_words(best)}" if n_runs else "search"


def _resumed_in_words(run: int, n_runs: int, n_iter: int) -> str:
    if run == n_runs:
        return "the checkpoint is of a fit that had ended"
    of_run = f" of run {run + 1} of {n_runs}" if n_runs > 1 else ""
    return f"goes on from iteration {n_iter}{of_run}"


def _in_words(objective: float) -> str:
    return f"log-likelihood per row {objective:.6f}"


def iterations_left(change: float, last_change: float, tol: float) -> float:
    """How many iterations until the gain, shrinking by the same factor each time, is below tol.

    EM converges linearly, so that gains form a geometric series near the end.
    """
    if not 0 < change < last_change < math.inf or tol <= 0:
        return math.inf
    if change < tol:
        return 0
    return math.ceil(math.log(tol / change) / math.log(change / last_change))
