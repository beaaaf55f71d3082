"""Files with named columns, read batch by batch, and ahead of what is done with them."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import pyarrow as pa

from mixtura.data.ahead import IN_FLIGHT, ahead
from mixtura.data.arrow.formats import CSV_BYTES, FORMATS, Csv, Format, OtherKindError
from mixtura.data.arrow.named import Named
from mixtura.data.arrow.table import (
    Table,
    check_kinds,
    check_names,
    check_numeric,
    gathered,
    numbers,
    numeric_schema,
    reason_of,
)
from mixtura.data.batches import block_rows, filled
from mixtura.data.paths import Stamp, check_unchanged, paths_of, stamp_of
from mixtura.errors import DataFileError
from mixtura.typing import HostND

BEGINNING = 2**16
"""So many rows show what a column holds."""


@dataclass(frozen=True, eq=False)
class FileReader(Named):
    """The columns of files of one format.

    Attributes
    ----------
    schema : pyarrow.Schema
        Of the first file; the others have these columns too.
    name : str
        What was asked for: a file, a folder or a pattern.
    paths : tuple of str
    stamps : tuple of Stamp
        Of each file: they must not change.
    format : Format
    """

    name: str
    paths: tuple[str, ...]
    stamps: tuple[Stamp, ...]
    format: Format

    @classmethod
    def of(cls, name: str) -> Self:
        """A file, all files in a folder, or those that a pattern names.

        Raises
        ------
        DataFileError
        """
        paths = paths_of(name, FORMATS)
        stamps, layout = tuple(map(stamp_of, paths)), _format(paths)
        reader = cls(pa.schema([]), name, paths, stamps, layout)
        with reader._errors_named(paths[0], ()):
            reader = replace(reader, schema=layout.schema(paths[0]))
            check_names(paths[0], reader.schema)
        return reader

    def check(self, columns: Sequence[str]) -> None:
        check_numeric(self.schema, columns, self._beginning)

    def batches(self, columns: Sequence[str] | None) -> Iterator[HostND]:
        names = list(self.columns if columns is None else columns)
        self.check(names)
        size = block_rows(len(names))
        read = self._read(numeric_schema(self.schema, names), size)
        return ahead(filled(map(numbers, read), len(names), size, IN_FLIGHT))

    def tables(self) -> Iterator[Table]:
        """All columns of the files, about as many rows at a time as `batches` has."""
        schema, size = self._settled(), block_rows(len(self.schema))
        return ahead(gathered(self._read(schema, size), schema, size))

    def fingerprint(self) -> str:
        return str([self.paths, self.stamps])

    def _read(self, wanted: pa.Schema, n_rows: int) -> Generator[pa.RecordBatch]:
        """Columns of all files, at most so many rows at a time; types may be the files' own."""
        check_unchanged(self.paths, self.stamps)
        has_rows = False
        for path in self.paths:
            with self._errors_named(path, wanted.names):
                for batch in self.format.batches(path, wanted, n_rows):
                    chosen = batch.select(wanted.names)
                    check_kinds(path, chosen.schema, wanted)
                    for start in range(0, batch.num_rows, n_rows):
                        has_rows = True
                        yield chosen.slice(start, n_rows)
        check_unchanged(self.paths, self.stamps)
        if not has_rows:
            raise DataFileError(f"{self.name!r} has no rows.")

    def _settled(self) -> pa.Schema:
        """Types that all rows are of."""
        schema = self.schema
        for path in self.paths[1:]:
            with self._errors_named(path, schema.names):
                other = self.format.schema(path)
                self._check_no_more(path, other.names)
                if not isinstance(self.format, Csv):
                    schema = pa.unify_schemas([schema, other], promote_options="permissive")
        is_told = len(self.paths) == 1 and self.stamps[0][0] <= CSV_BYTES
        return self._widened(schema) if isinstance(self.format, Csv) and not is_told else schema

    def _widened(self, schema: pa.Schema) -> pa.Schema:
        """Types of CSV columns, wider where their entries need it: all files are read through.

        What the beginning shows as whole numbers may be decimals further down, or words.
        """
        while doubtful := [field for field in schema if not pa.types.is_string(field.type)]:
            try:
                for _ in self._read(pa.schema(doubtful), BEGINNING):
                    pass
                break
            except OtherKindError as error:
                index = schema.get_field_index(error.column)
                schema = schema.set(index, pa.field(error.column, error.wider))
        return schema

    def _beginning(self, column: str) -> pa.Array:
        """The first entries of a column."""
        with closing(self._read(pa.schema([self.schema.field(column)]), BEGINNING)) as batches:
            return next(batches).column(0)

    @contextmanager
    def _errors_named(self, path: str, columns: Sequence[str]) -> Iterator[None]:
        """Tell of which file an error is, and whether the file is what it was."""
        try:
            yield
        except UnicodeDecodeError:
            raise DataFileError(f"{path!r} is not UTF-8 text; save it as UTF-8.") from None
        except DataFileError:  # of what a file holds that was cut off, say
            check_unchanged(self.paths, self.stamps)
            raise
        except (KeyError, pa.ArrowException, OSError, MemoryError) as error:
            check_unchanged(self.paths, self.stamps)
            self._check_columns(path, columns)
            raise DataFileError(f"{path!r} cannot be read: {reason_of(error)}.") from error

    def _check_columns(self, path: str, columns: Sequence[str]) -> None:
        """Refuse a file that has not these columns, as the first has."""
        try:
            names = self.format.schema(path).names
        except (pa.ArrowException, OSError):  # of which there is another error to tell
            return
        for name in columns:
            if name not in names:
                raise DataFileError(f"{path!r} has no column {name!r}, as {self.paths[0]!r} has.")

    def _check_no_more(self, path: str, names: Sequence[str]) -> None:
        """Refuse columns of a file that the first has not: they would be lost."""
        for name in names:
            if name not in self.schema.names:
                raise DataFileError(
                    f"{path!r} has a column {name!r}, as {self.paths[0]!r} has not."
                )


def _format(paths: Sequence[str]) -> Format:
    suffixes = {Path(path).suffix.lower() for path in paths}
    if len(suffixes) > 1:
        raise DataFileError(f"Files of one format are read, not {', '.join(sorted(suffixes))}.")
    (suffix,) = suffixes
    if suffix not in FORMATS:
        raise DataFileError(
            f"{Path(paths[0]).name!r} is no table that Mixtura reads; "
            f"its name must end in one of {', '.join(FORMATS)}."
        )
    return FORMATS[suffix]
