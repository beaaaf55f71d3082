"""Watchers: verbose output and progress bars see a fit go by and change nothing."""

from typing import Protocol

from mixtura.em.stopping import Trace


class Watcher(Protocol):
    """What is told of a fit while it runs."""

    def begin(self, restart: int) -> None:
        """A run begins."""

    def iteration(self, n_iter: int, lower_bound: float, change: float) -> None:
        """An E-step has told the log-likelihood per row, and its change."""

    def end(self, trace: Trace) -> None:
        """A run has ended."""


class Silent:
    """Watches and says nothing."""

    def begin(self, restart: int) -> None:
        pass

    def iteration(self, n_iter: int, lower_bound: float, change: float) -> None:
        pass

    def end(self, trace: Trace) -> None:
        pass
