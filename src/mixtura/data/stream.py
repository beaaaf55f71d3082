"""Rows that are read anew in each pass."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mixtura.data.checked import check_weights, checked_block
from mixtura.data.inspection import Inspected, Inspection
from mixtura.data.reader import Reader
from mixtura.errors import DataFileError
from mixtura.typing import Block, HostN, HostND


@dataclass(frozen=True, eq=False)
class Stream(Inspected):
    """The rows of a reader, checked as they are read.

    Attributes
    ----------
    reader : Reader
    features : sequence of str or None
        The columns that are the rows; None for all.
    weights : str, ndarray of shape (n,) or None
        The column of sample weights, or the weights themselves.
    every_row : bool
        Whether rows without any entry are kept.
    inspection : Inspection, optional
        What a first pass has told.
    """

    reader: Reader
    features: tuple[str, ...] | None
    weights: str | HostN | None = None
    every_row: bool = False
    inspection: Inspection | None = None

    @property
    def n_features(self) -> int:
        return self.reader.n_columns if self.features is None else len(self.features)

    def inspected(self, inspection: Inspection) -> "Stream":
        """The same with what a pass has told."""
        return replace(self, inspection=inspection)

    def __iter__(self) -> Iterator[Block]:
        start = n_counted = 0
        known_to_be_plain = self._is_known_to_be_plain
        for batch in self.reader.batches(self._columns):
            rows, weights = self._split(batch, start)
            if known_to_be_plain:
                block = Block(rows, weights, start)
            else:
                block = checked_block(rows, weights, start, self.features, every_row=self.every_row)
            start += len(batch)
            if len(block.rows):
                n_counted += len(block.rows)
                yield block
        if not n_counted:
            raise DataFileError("There are no rows to read that have an entry.")
        if isinstance(self.weights, np.ndarray) and start != len(self.weights):
            raise ValueError(f"There are {start} rows and {len(self.weights)} sample weights.")

    def fingerprint(self) -> str:
        """What tells these rows and weights from others."""
        weights = self.weights
        if isinstance(weights, np.ndarray):
            weights = hashlib.sha256(weights.tobytes()).hexdigest()
        return f"{self.reader.fingerprint()} {self.features} {weights}"

    @property
    def _is_known_to_be_plain(self) -> bool:
        """Whether a first pass has shown that no entry is NaN or infinite, and it stays so."""
        told = self.inspection
        return told is not None and not told.is_incomplete and self.reader.is_unchanging

    @property
    def _columns(self) -> Sequence[str] | None:
        if self.features is None or not isinstance(self.weights, str):
            return self.features
        return tuple(dict.fromkeys([*self.features, self.weights]))

    def _split(self, batch: HostND, start: int) -> tuple[HostND, HostN | None]:
        if isinstance(self.weights, str) and self.features is not None:
            weights = batch[:, [*self.features, self.weights].index(self.weights)]
            check_weights(weights, f"Column {self.weights!r}")
            return batch[:, : len(self.features)], weights
        if not isinstance(self.weights, np.ndarray):
            return batch, None
        own = self.weights[start : start + len(batch)]
        if len(own) < len(batch):
            raise ValueError(f"There are only {len(self.weights)} sample weights, and more rows.")
        return batch, own
