"""Who watches a segmentation: a progress bar sees its stages go by and changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class StageWatcher(Protocol):
    """What is told of a segmentation while it runs."""

    def stage(self, name: str, n_done: int, n_steps: int) -> None:
        """Of a stage in words, so many steps are done of at most so many."""


_present: ContextVar[tuple[StageWatcher, ...]] = ContextVar("present", default=())


@contextmanager
def watching_stages(watcher: StageWatcher) -> Iterator[None]:
    """Let a watcher see all segmentations within the `with` block."""
    token = _present.set((*_present.get(), watcher))
    try:
        yield
    finally:
        _present.reset(token)


def tell(name: str, n_done: int, n_steps: int) -> None:
    """Tell those of the `with` blocks around."""
    for watcher in _present.get():
        watcher.stage(name, n_done, n_steps)
