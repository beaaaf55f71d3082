"""Batches of rows, cut and joined to blocks of a size that is worth a pass of the kernel."""

from collections.abc import Iterable, Iterator

import numpy as np

from mixtura.typing import HostND

BLOCK_NUMBERS = 2**20
"""A block that is read has about so many numbers (8 MB): enough for all threads, and no more
memory than that."""


def block_rows(n_columns: int) -> int:
    """How many rows of so many columns are a block."""
    return max(1, BLOCK_NUMBERS // max(1, n_columns))


def rechunked(batches: Iterable[HostND], n_rows: int) -> Iterator[HostND]:
    """The same rows in batches of exactly `n_rows`, and a last one of what is left."""
    waiting: list[HostND] = []
    n_waiting = 0
    for batch in batches:
        start = 0
        while len(batch) - start >= n_rows - n_waiting:
            stop = start + n_rows - n_waiting
            yield _joined([*waiting, batch[start:stop]])
            waiting, n_waiting, start = [], 0, stop
        if start < len(batch):
            waiting.append(batch[start:])
            n_waiting += len(batch) - start
    if waiting:
        yield _joined(waiting)


def _joined(parts: list[HostND]) -> HostND:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
