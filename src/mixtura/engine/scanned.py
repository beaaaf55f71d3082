"""What `mx.scan` finds, read in this process."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mixtura._array import patterns_of
from mixtura.data import ArraySource, Scan, Source, Stream
from mixtura.data.inspection import Inspection
from mixtura.engine.local import Local
from mixtura.typing import AnyArray

KEPT_NUMBERS = 2**23
"""So many numbers (64 MB) are read once and kept, rather than read in each pass."""


@dataclass(frozen=True, eq=False)
class Scanned:
    """The features of a scan, and how to open them.

    Attributes
    ----------
    scan : Scan
    """

    scan: Scan

    @property
    def engine(self) -> Local:
        return Local()

    @property
    def columns(self) -> tuple[str, ...] | None:
        return self.scan.columns

    @property
    def n_features(self) -> int:
        return self.scan.n_features

    @property
    def kind(self) -> AnyArray:
        return np.empty(0, dtype=np.float32 if self.scan.is_single else np.float64)

    def without(self, column: str) -> "Scanned":
        return self.only(self.scan.without(column))

    def only(self, columns: tuple[str, ...] | None) -> "Scanned":
        if self.columns is None:
            return self
        return replace(self, scan=replace(self.scan, chosen=columns))

    def counted(self, weights: Any) -> tuple[Source, Inspection]:
        if isinstance(weights, str):
            self.scan.reader.check([weights])
        elif not isinstance(weights, np.ndarray | None):
            kind = type(weights).__name__
            raise TypeError(f"Rows that are read here need their weights here, not in a {kind}.")
        stream = Stream(self.scan.reader, self.scan.columns, weights)
        inspection: Inspection = self.engine.sum(Inspection.of, stream)
        if inspection.n_rows * self.n_features <= KEPT_NUMBERS:
            return _kept(stream), inspection
        return stream.inspected(inspection), inspection

    def all_rows(self) -> Source:
        return Stream(self.scan.reader, self.scan.columns, every_row=True)

    def fingerprint(self) -> str:
        return self.scan.fingerprint()


def _kept(stream: Stream) -> ArraySource:
    """The rows of a stream, in memory: copied, as a reader may write over what it has given."""
    parts = [(block.rows.copy(), _copied(block.weights)) for block in stream]
    rows = np.concatenate([rows for rows, _ in parts])
    weights = None if parts[0][1] is None else np.concatenate([own for _, own in parts])
    return ArraySource(rows, weights, len(rows), patterns=patterns_of(rows))


def _copied(array: AnyArray) -> AnyArray:
    return None if array is None else array.copy()
