"""Who watches a sweep: verbose output and live tables see cells go by and change nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from mixtura.selection.record import CellRecord


class SweepWatcher(Protocol):
    """What is told of a sweep while it runs."""

    def begin_sweep(self, n_cells: int, criterion: str) -> None:
        """A table of so many cells will be filled, to be compared by a criterion."""

    def cell(self, record: CellRecord) -> None:
        """A cell has been fitted, or fitted better than before; or has failed, or is left out."""

    def end_sweep(self, records: tuple[CellRecord, ...]) -> None:
        """The whole table, the best cell first.

        Of rows that are read in passes it is first that of a sample, and then that of all rows.
        """


@dataclass(frozen=True)
class SweepWatchers:
    """Several watchers as one."""

    watchers: tuple[SweepWatcher, ...]

    def begin_sweep(self, n_cells: int, criterion: str) -> None:
        for watcher in self.watchers:
            watcher.begin_sweep(n_cells, criterion)

    def cell(self, record: CellRecord) -> None:
        for watcher in self.watchers:
            watcher.cell(record)

    def end_sweep(self, records: tuple[CellRecord, ...]) -> None:
        for watcher in self.watchers:
            watcher.end_sweep(records)


_present: ContextVar[tuple[SweepWatcher, ...]] = ContextVar("present_at_sweeps", default=())


@contextmanager
def watching_sweeps(watcher: SweepWatcher) -> Iterator[None]:
    """Let a watcher see every sweep within the `with` block.

    Examples
    --------
    >>> import mixtura as mx
    >>> from mixtura.selection.sweep_watcher import watching_sweeps
    >>> class Counter:
    ...     def begin_sweep(self, n_cells, criterion):
    ...         print(f"{n_cells} cells, by {criterion}")
    ...
    ...     def cell(self, record):
    ...         pass
    ...
    ...     def end_sweep(self, records):
    ...         print(f"the best has {records[0].n_components} components")
    >>> X = [[1], [2], [3], [1.5], [2.5], [11], [12], [13], [11.5], [12.5]]
    >>> with watching_sweeps(Counter()):
    ...     auto = mx.AutoGaussianMixture(2, covariance_types=["E"]).fit(X)
    1 cells, by bic
    the best has 2 components
    """
    token = _present.set((*_present.get(), watcher))
    try:
        yield
    finally:
        _present.reset(token)


def all_sweep_watchers(*own: SweepWatcher) -> SweepWatchers:
    """The given watchers, and those of the `with` blocks around."""
    return SweepWatchers((*own, *_present.get()))
