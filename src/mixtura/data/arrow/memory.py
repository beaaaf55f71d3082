"""Arrow tables in memory, and what gives Arrow data, as rows to be read."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa

from mixtura.data.arrow.named import Named
from mixtura.data.arrow.table import Table, check_numeric, numbers
from mixtura.data.batches import block_rows, filled
from mixtura.typing import HostND


@dataclass(frozen=True, eq=False)
class TableReader(Named):
    """The columns of an Arrow table, or of what gives Arrow data: that is read once, and kept.

    Attributes
    ----------
    schema : pyarrow.Schema
    table : pyarrow.Table
    """

    table: pa.Table

    @classmethod
    def of(cls, source: Any) -> Self:
        """From anything that offers `__arrow_c_stream__`."""
        table = source if isinstance(source, pa.Table) else pa.table(source)
        return cls(table.schema, table)

    def check(self, columns: Sequence[str]) -> None:
        check_numeric(self.schema, columns, self.table.column)

    def batches(self, columns: Sequence[str] | None) -> Iterator[HostND]:
        names = list(self.columns if columns is None else columns)
        self.check(names)
        size = block_rows(len(names))
        pieces = self.table.select(names).to_batches(max_chunksize=size)
        return filled(map(numbers, pieces), len(names), size, 1)

    def tables(self) -> Iterator[Table]:
        """All columns, about as many rows at a time as `batches` has."""
        size = block_rows(self.table.num_columns)
        for start in range(0, self.table.num_rows, size):
            yield self.table.slice(start, size)

    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for rows in self.batches(None):
            digest.update(np.ascontiguousarray(rows).tobytes())
        return digest.hexdigest()
