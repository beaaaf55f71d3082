"""Batches of rows, cut and joined to blocks of a size that is worth a pass of the kernel."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


def filled(
    batches: Iterable[Sequence[NDArray[Any]]], n_columns: int, n_rows: int, n_blocks: int
) -> Iterator[HostND]:
    """Batches of columns as blocks of exactly `n_rows` in float64, and a last one of what is left.

    Each block lies column by column in one of `n_blocks` arrays, which are written over in turn.
    """
    blocks = cycle([np.empty((n_columns, n_rows)) for _ in range(n_blocks)])
    block, n_filled = next(blocks), 0
    for columns in batches:
        n_there, start = len(columns[0]), 0
        while start < n_there:
            n = min(n_rows - n_filled, n_there - start)
            for j, column in enumerate(columns):
                block[j, n_filled : n_filled + n] = column[start : start + n]
            n_filled, start = n_filled + n, start + n
            if n_filled == n_rows:
                yield block.T
                block, n_filled = next(blocks), 0
    if n_filled:
        yield block[:, :n_filled].T


def _joined(parts: list[HostND]) -> HostND:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
