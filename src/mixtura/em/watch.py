"""Watchers: verbose output and progress bars see a fit go by and change nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from mixtura.em.stopping import Stopping, Trace


class Watcher(Protocol):
    """What is told of a fit while it runs."""

    def resumed(self, run: int, n_runs: int, n_iter: int) -> None:
        """A fit goes on from a checkpoint, after so many iterations of that run.

        Where `run` is `n_runs`, all had ended.
        """

    def begin(self, run: int, n_runs: int, stopping: Stopping) -> None:
        """A run begins, the `run`-th of `n_runs` from 0."""

    def searched(self, generation: int, n_runs: int, best: float) -> None:
        """A search has ended so many generations and runs; the best has this objective per row.

        Told once before the first run too, with -inf.
        """

    def iteration(self, n_iter: int, lower_bound: float, change: float) -> None:
        """An E-step has told the log-likelihood per row, and its change."""

    def end(self, trace: Trace) -> None:
        """A run has ended."""


@dataclass(frozen=True)
class Watchers:
    """Several watchers as one."""

    watchers: tuple[Watcher, ...]

    def resumed(self, run: int, n_runs: int, n_iter: int) -> None:
        for watcher in self.watchers:
            watcher.resumed(run, n_runs, n_iter)

    def begin(self, run: int, n_runs: int, stopping: Stopping) -> None:
        for watcher in self.watchers:
            watcher.begin(run, n_runs, stopping)

    def searched(self, generation: int, n_runs: int, best: float) -> None:
        for watcher in self.watchers:
            watcher.searched(generation, n_runs, best)

    def iteration(self, n_iter: int, lower_bound: float, change: float) -> None:
        for watcher in self.watchers:
            watcher.iteration(n_iter, lower_bound, change)

    def end(self, trace: Trace) -> None:
        for watcher in self.watchers:
            watcher.end(trace)


_present: ContextVar[tuple[Watcher, ...]] = ContextVar("present", default=())


@contextmanager
def watching(*watchers: Watcher) -> Iterator[None]:
    """Let watchers see every fit within the `with` block, whichever estimator runs it."""
    token = _present.set((*_present.get(), *watchers))
    try:
        yield
    finally:
        _present.reset(token)


def all_watchers() -> Watchers:
    """Those of the `with` blocks around."""
    return Watchers(_present.get())
