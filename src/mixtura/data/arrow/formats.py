"""How files of each format are read: batch by batch, some of their columns."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
from pyarrow import csv, parquet

from mixtura.errors import DataFileError

BUFFERED_BYTES = 2**24
"""So much of a Parquet file is in memory undecoded, of all columns together; at most 256 KB of
each."""

DECODED_ROWS = 2**14
"""So many rows of a Parquet file are decoded at a time: they stay in the cache until they are put
into their block, and in memory that is not given back and asked for again."""

CSV_BYTES = 2**20
"""So much of a CSV file is parsed at a time, and its beginning tells the types of the columns."""

NULLS = (*csv.ConvertOptions().null_values, " ", "<NA>", "None")  # NA and its like are in

NOT_CONVERTED = re.compile(r"In CSV column #(\d+):.* conversion error to ([^:]+): (.*)", re.DOTALL)

WIDER = {"null": pa.int64(), "int64": pa.float64()}
"""The next type that a column of a CSV file can be of; after all others text."""


class OtherKindError(DataFileError):
    """Further down, a column of a CSV file holds what its beginning did not let expect.

    Attributes
    ----------
    column : str
    wider : pyarrow.DataType
        What the column may be instead.
    """

    def __init__(self, path: str, column: str, kind: str, value: str) -> None:
        self.column, self.wider = column, WIDER.get(kind, pa.string())
        super().__init__(
            f"Column {column!r} of {path!r} holds {value[:30]!r} among {_plural(kind)}."
        )


class Format(Protocol):
    """A format of files."""

    def schema(self, path: str) -> pa.Schema:
        """The names and types of the columns."""

    def batches(self, path: str, columns: pa.Schema, n_rows: int) -> Iterator[pa.RecordBatch]:
        """These columns, in any order, about so many rows at a time where the format allows it.

        Of CSV they are of the types that are given, else of the file's.

        Raises
        ------
        KeyError
            Where one is not there.
        """


class Parquet:
    """Column by column, in row groups of any size."""

    def schema(self, path: str) -> pa.Schema:
        return parquet.read_schema(path)

    def batches(self, path: str, columns: pa.Schema, n_rows: int) -> Iterator[pa.RecordBatch]:
        buffered = min(2**18, max(2**12, BUFFERED_BYTES // max(1, len(columns))))
        with parquet.ParquetFile(
            path, buffer_size=buffered, pre_buffer=False, page_checksum_verification=True
        ) as file:
            yield from file.iter_batches(min(n_rows, DECODED_ROWS), columns=columns.names)


class Feather:
    """In the batches that they were written in."""

    def schema(self, path: str) -> pa.Schema:
        with pa.OSFile(path) as opened, pa.ipc.open_file(opened) as file:
            return file.schema

    def batches(self, path: str, columns: pa.Schema, n_rows: int) -> Iterator[pa.RecordBatch]:
        names = self.schema(path).names
        included = [_index(names, name) for name in columns.names]
        options = pa.ipc.IpcReadOptions(included_fields=included)
        with pa.OSFile(path) as opened, pa.ipc.open_file(opened, options=options) as file:
            for i in range(file.num_record_batches):
                yield file.get_batch(i)


@dataclass(frozen=True)
class Csv:
    """Text, whose types are told by its beginning.

    Attributes
    ----------
    delimiter : str
    """

    delimiter: str

    def schema(self, path: str) -> pa.Schema:
        with self._opened(path, csv.ConvertOptions(null_values=NULLS)) as reader:
            return reader.schema

    def batches(self, path: str, columns: pa.Schema, n_rows: int) -> Iterator[pa.RecordBatch]:
        options = csv.ConvertOptions(
            null_values=NULLS, column_types=columns, include_columns=columns.names
        )
        try:
            with self._opened(path, options) as reader:
                yield from reader
        except pa.ArrowInvalid as error:
            self._explain(path, str(error))
            raise

    def _opened(self, path: str, options: csv.ConvertOptions) -> csv.CSVStreamingReader:
        return csv.open_csv(
            path,
            read_options=csv.ReadOptions(block_size=CSV_BYTES),
            parse_options=csv.ParseOptions(delimiter=self.delimiter),
            convert_options=options,
        )

    def _explain(self, path: str, reason: str) -> None:
        """Say what was found where it cannot be of its column's type."""
        found = NOT_CONVERTED.match(reason)
        if found is None:
            return
        if "UTF8" in found[3]:
            raise DataFileError(f"{path!r} is not UTF-8 text; save it as UTF-8.") from None
        column, value = self.schema(path).names[int(found[1])], found[3].partition("'")[2]
        raise OtherKindError(path, column, found[2], value.removesuffix("'")) from None


CSV, PARQUET, FEATHER = Csv(","), Parquet(), Feather()

FORMATS: dict[str, Format] = {
    ".csv": CSV,
    ".tsv": Csv("\t"),
    ".parquet": PARQUET,
    ".feather": FEATHER,
    ".arrow": FEATHER,
}


def _index(names: Sequence[str], name: str) -> int:
    if name not in names:
        raise KeyError(name)
    return names.index(name)


def _plural(kind: str) -> str:
    """What values of a type that pyarrow found in CSV are called."""
    return {"null": "missing entries", "int64": "whole numbers", "double": "numbers"}.get(
        kind, f"values of type {kind}"
    )
