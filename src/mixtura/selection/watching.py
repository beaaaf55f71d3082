"""Who watches replicates: verbose output and progress bars see them go by and change nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Protocol

SECONDS_BETWEEN_LINES = 2.0


class ReplicateWatcher(Protocol):
    """What is told of replicates while they run."""

    def begin(self, purpose: str, n_replicates: int) -> None:
        """So many replicates begin, for a purpose in words."""

    def replicate(self, n_done: int, n_failed: int) -> None:
        """One more has ended."""

    def end(self) -> None:
        """All have ended, or an error ends them."""


class Lines:
    """Prints a line every few seconds, and the last."""

    def begin(self, purpose: str, n_replicates: int) -> None:
        self.purpose, self.n_replicates = purpose, n_replicates
        self.began = self.last_line = monotonic()

    def replicate(self, n_done: int, n_failed: int) -> None:
        now = monotonic()
        if now - self.last_line < SECONDS_BETWEEN_LINES and n_done < self.n_replicates:
            return
        self.last_line = now
        left = (now - self.began) * (self.n_replicates - n_done) / n_done
        failed = f", {n_failed} failed" if n_failed else ""
        remaining = f", about {left:.0f} s left" if n_done < self.n_replicates else ""
        print(f"{self.purpose}: {n_done} of {self.n_replicates} replicates{failed}{remaining}")

    def end(self) -> None:
        pass


_present: ContextVar[tuple[ReplicateWatcher, ...]] = ContextVar("present", default=())


@contextmanager
def watching_replicates(watcher: ReplicateWatcher) -> Iterator[None]:
    """Let a watcher see all replicates within the `with` block.

    Examples
    --------
    >>> import mixtura as mx
    >>> from mixtura.selection import watching_replicates
    >>> class Counter:
    ...     def begin(self, purpose, n_replicates):
    ...         print(f"{purpose} begins")
    ...
    ...     def replicate(self, n_done, n_failed):
    ...         self.n_done = n_done
    ...
    ...     def end(self):
    ...         print(f"{self.n_done} replicates are done")
    >>> gm = mx.GaussianMixture().fit([[0], [1], [2], [4]])
    >>> with watching_replicates(Counter()):
    ...     result = mx.bootstrap(gm, [[0], [1], [2], [4]], n_bootstraps=10, n_jobs=1)
    nonparametric bootstrap begins
    10 replicates are done
    """
    token = _present.set((*_present.get(), watcher))
    try:
        yield
    finally:
        _present.reset(token)


def all_watchers(*own: ReplicateWatcher) -> tuple[ReplicateWatcher, ...]:
    """The given watchers, and those of the `with` blocks around."""
    return (*own, *_present.get())
