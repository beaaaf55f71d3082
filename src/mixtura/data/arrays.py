"""Arrays in a row, memory-mapped or made anew in each pass, as one table without names."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from mixtura.data.batches import block_rows, rechunked
from mixtura.errors import DataFileError
from mixtura.typing import HostND


@dataclass(frozen=True, eq=False)
class ArrayReader:
    """The rows of arrays, one after the other.

    Attributes
    ----------
    arrays : iterable of array-like of shape (m, d)
        That can be iterated again and again.
    n_columns : int
    batch_rows : int
        How many rows are read at a time.
    is_single : bool
        Whether the rows are float32, as the first of them are.
    """

    arrays: Iterable[Any]
    n_columns: int
    batch_rows: int
    is_single: bool

    @classmethod
    def of(cls, arrays: Iterable[Any], batch_rows: int | None = None) -> Self:
        """Whose width is that of the first array.

        Raises
        ------
        TypeError
            Where there are no arrays, or they can be iterated only once.
        """
        if iter(arrays) is arrays:
            raise TypeError(
                f"{type(arrays).__name__!r} can be read only once, and EM reads rows again and "
                "again; give a list, or an object whose __iter__ begins anew each time."
            )
        first = next(iter(arrays), None)
        if first is None:
            raise TypeError("There are no arrays to read rows from.")
        rows = _checked(np.asarray(first), None)
        n_columns = rows.shape[1]
        size = block_rows(n_columns) if batch_rows is None else batch_rows
        return cls(arrays, n_columns, size, rows.dtype == np.float32)

    @property
    def columns(self) -> None:
        """None: arrays do not name their columns."""
        return

    @property
    def is_unchanging(self) -> bool:
        return False

    def check(self, columns: Sequence[str]) -> None:
        raise DataFileError(f"There is no column {columns[0]!r}: arrays do not name their columns.")

    def batches(self, columns: Sequence[str] | None) -> Iterator[HostND]:
        kind = np.float32 if self.is_single else np.float64
        checked = (_checked(np.asarray(each), self.n_columns) for each in self.arrays)
        rechunks = rechunked(checked, self.batch_rows)
        return (rows.astype(kind, copy=False) for rows in rechunks)

    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for rows in self.batches(None):
            digest.update(np.ascontiguousarray(rows).tobytes())
        return digest.hexdigest()


def _checked(rows: np.ndarray[Any, Any], n_columns: int | None) -> np.ndarray[Any, Any]:
    if (
        rows.ndim != 2
        or rows.shape[1] != (n_columns or rows.shape[1])
        or rows.dtype.kind not in "fiub"
    ):
        wanted = "(n, d)" if n_columns is None else f"(n, {n_columns})"
        raise ValueError(
            f"Rows must come in arrays of numbers of shape {wanted}, not {rows.dtype} {rows.shape}."
        )
    return rows
