"""Reading goes on while what was read is worked on: the kernel leaves Python free meanwhile."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Event, Thread, current_thread
from typing import Generic, TypeVar

Item = TypeVar("Item")

IN_FLIGHT = 3
"""One item is worked on, one waits, and one is being made."""


@dataclass(frozen=True)
class _Made(Generic[Item]):
    """An item, or the error that making it ended in; neither at the end."""

    item: Item | None = None
    error: BaseException | None = None


def ahead(items: Iterator[Item]) -> Generator[Item]:
    """The same items, made on another thread while those before are worked on.

    The thread ends with this iterator: after the last item, an error, an interrupt, or where it is
    closed early.
    """
    made: Queue[_Made[Item]] = Queue(maxsize=IN_FLIGHT - 2)
    stopped = Event()
    thread = Thread(target=_make, args=(items, made, stopped), name="mixtura-reader", daemon=True)
    thread.start()
    try:
        while True:
            next_one = made.get()
            if next_one.error is not None:
                raise next_one.error
            if next_one.item is None:
                return
            yield next_one.item
    finally:
        stopped.set()
        _make_room(made)
        if thread is not current_thread():  # where forgotten iterators may be cleared away, too
            thread.join()


def _make(items: Iterator[Item], made: "Queue[_Made[Item]]", stopped: Event) -> None:
    """Make items until there are no more or nobody wants them: once stopped, at most one."""
    try:
        for item in items:
            made.put(_Made(item))
            if stopped.is_set():
                return
        end: _Made[Item] = _Made()
    except BaseException as error:
        end = _Made(error=error)
    finally:
        if isinstance(items, Generator):
            items.close()
    made.put(end)


def _make_room(made: "Queue[_Made[Item]]") -> None:
    """A maker that waits can put its item down, and see that it is the last."""
    try:
        while True:
            made.get_nowait()
    except Empty:
        pass
