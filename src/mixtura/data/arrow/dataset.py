"""Files and tables with named columns, read batch by batch."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
from pyarrow import csv, dataset

from mixtura.data.arrow.batches import rows_of
from mixtura.data.arrow.table import NULLS, READERS, TABS, check_numeric, reason_of
from mixtura.data.batches import block_rows, rechunked
from mixtura.data.paths import Stamp, check_unchanged, paths_of, stamp_of
from mixtura.errors import DataFileError
from mixtura.typing import HostND

FORMATS = {".parquet": "parquet", ".feather": "feather", ".arrow": "feather"}


@dataclass(frozen=True, eq=False)
class TableReader:
    """The columns of an Arrow table, or of what gives Arrow data: that is read once, and kept.

    Attributes
    ----------
    table : pyarrow.Table
    """

    table: pa.Table

    @classmethod
    def of(cls, source: Any) -> Self:
        """From anything that offers `__arrow_c_stream__`."""
        return cls(source if isinstance(source, pa.Table) else pa.table(source))

    @property
    def columns(self) -> tuple[str, ...]:
        return _numeric(self.table.schema)

    @property
    def n_columns(self) -> int:
        return len(self.columns)

    @property
    def is_single(self) -> bool:
        return False

    def check(self, columns: Sequence[str]) -> None:
        check_numeric(self.table.schema, columns)

    def batches(self, columns: Sequence[str] | None) -> Iterator[HostND]:
        names = list(self.columns if columns is None else columns)
        self.check(names)
        size = block_rows(len(names))
        pieces = self.table.select(names).to_batches(max_chunksize=size)
        return rechunked(map(rows_of, pieces), size)

    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for rows in self.batches(None):
            digest.update(np.ascontiguousarray(rows).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class FileReader:
    """The columns of files of one format.

    Attributes
    ----------
    paths : tuple of str
    stamps : tuple of Stamp
        Of each file: they must not change.
    files : pyarrow.dataset.Dataset
    """

    paths: tuple[str, ...]
    stamps: tuple[Stamp, ...]
    files: dataset.Dataset

    @classmethod
    def of(cls, name: str) -> Self:
        """A file, all files in a folder, or those that a pattern names.

        Raises
        ------
        DataFileError
        """
        paths = paths_of(name, READERS)
        stamps = tuple(map(stamp_of, paths))
        try:
            return cls(paths, stamps, dataset.dataset(list(paths), format=_format(paths)))
        except (pa.ArrowException, OSError) as error:
            raise DataFileError(f"{name!r} cannot be read: {reason_of(error)}.") from error

    @property
    def columns(self) -> tuple[str, ...]:
        return _numeric(self.files.schema)

    @property
    def n_columns(self) -> int:
        return len(self.columns)

    @property
    def is_single(self) -> bool:
        return False

    def check(self, columns: Sequence[str]) -> None:
        check_numeric(self.files.schema, columns)

    def batches(self, columns: Sequence[str] | None) -> Iterator[HostND]:
        names = list(self.columns if columns is None else columns)
        self.check(names)
        check_unchanged(self.paths, self.stamps)
        size = block_rows(len(names))
        pieces = self.files.to_batches(columns=names, batch_size=size, batch_readahead=2)
        try:
            yield from rechunked(map(rows_of, pieces), size)
        except (pa.ArrowException, OSError) as error:
            raise DataFileError(f"{self.paths[0]!r} cannot be read: {reason_of(error)}.") from error
        check_unchanged(self.paths, self.stamps)

    def fingerprint(self) -> str:
        return str([self.paths, self.stamps])


def _format(paths: Sequence[str]) -> Any:
    suffixes = {Path(path).suffix.lower() for path in paths}
    if len(suffixes) > 1:
        raise DataFileError(f"Files of one format are read, not {', '.join(sorted(suffixes))}.")
    (suffix,) = suffixes
    if suffix not in READERS:
        raise DataFileError(
            f"{Path(paths[0]).name!r} is no table that Mixtura reads; "
            f"its name must end in one of {', '.join(READERS)}."
        )
    if suffix in FORMATS:
        return FORMATS[suffix]
    parse = TABS if suffix == ".tsv" else csv.ParseOptions()
    return dataset.CsvFileFormat(parse_options=parse, convert_options=NULLS)


def _numeric(schema: pa.Schema) -> tuple[str, ...]:
    """All columns, which must hold numbers."""
    names = tuple(schema.names)
    check_numeric(schema, names)
    return names
