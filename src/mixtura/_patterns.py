"""Which entries of rows are missing, and which rows lack the same ones.

Given the features that a row has, everything that a mixture says of it depends on which those are;
rows with one pattern of missing entries share that work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Group(NamedTuple):
    """Rows with one pattern: their indices, and the features that they have and lack."""

    rows: Indices
    observed: Indices
    missing: Indices


class Sorted(NamedTuple):
    """Rows in an order in which those with one pattern follow each other.

    Attributes
    ----------
    order : ndarray of shape (n,)
        The rows, those with the fewest missing entries first.
    pattern : ndarray of shape (n,)
        The pattern of each of them, from 0 to G - 1.
    starts : ndarray of shape (G + 1,)
    features : ndarray
        Pattern g lacks features[starts[g]:starts[g + 1]], in ascending order.
    """

    order: Indices
    pattern: Indices
    starts: Indices
    features: Indices


@dataclass(frozen=True, eq=False)
class Patterns:
    """The missing entries of some rows, at least one.

    Attributes
    ----------
    missing : ndarray of bool, shape (n, d)
    """

    missing: Mask

    def __getitem__(self, rows: slice | Indices) -> "Patterns | None":
        """The same of some rows; None where no entry is missing."""
        missing = self.missing[rows]
        return Patterns(missing) if missing.any() else None

    @property
    def empty_rows(self) -> Mask:
        """Which rows have no entry at all, shape (n,)."""
        return np.asarray(self.missing.all(axis=1))

    def unseen(self, weights: NDArray[np.floating[Any]] | None) -> Indices:
        """The features of which no row that has weight has an entry."""
        counted = slice(None) if weights is None else weights > 0
        return np.flatnonzero(self.missing[counted].all(axis=0))

    @cached_property
    def complete_first(self) -> Indices:
        """The rows, those without missing entries first."""
        return np.argsort(self.missing.any(axis=1), kind="stable")

    @cached_property
    def sorted(self) -> Sorted:
        """The rows by pattern."""
        n_missing = self.missing.sum(axis=1)
        _, pattern = np.unique(_keys(self.missing), return_inverse=True)
        order = np.lexsort((pattern, n_missing))
        is_new = np.diff(pattern[order], prepend=-1) != 0
        first = order[is_new]
        starts = np.concatenate([[0], np.cumsum(n_missing[first])])
        features = np.nonzero(self.missing[first])[1]
        return Sorted(order, np.cumsum(is_new) - 1, starts, features)

    def groups(self) -> Iterator[Group]:
        """The rows of one pattern after the other, in the order of `sorted`."""
        order, pattern, starts, features = self.sorted
        bounds = np.searchsorted(pattern, np.arange(len(starts)))
        for g in range(len(starts) - 1):
            missing = features[starts[g] : starts[g + 1]]
            observed = np.delete(np.arange(self.missing.shape[1]), missing)
            yield Group(order[bounds[g] : bounds[g + 1]], observed, missing)


def _keys(missing: Mask) -> NDArray[np.generic]:
    """A number, or a string of bytes, for each row: equal where patterns are."""
    packed = np.packbits(missing, axis=1)
    width = packed.shape[1]
    if width <= 8:
        padded = np.zeros((len(packed), 8), dtype=np.uint8)
        padded[:, :width] = packed
        return padded.view(np.uint64)[:, 0]
    return np.ascontiguousarray(packed).view(np.dtype((np.void, width)))[:, 0]
