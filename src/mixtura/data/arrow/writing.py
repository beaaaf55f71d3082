"""Tables to files, piece by piece, whole or not at all."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import csv, parquet

from mixtura._atomic import replacing
from mixtura.data.arrow.table import Table
from mixtura.errors import DataFileError


def _tabs(path: Any, schema: pa.Schema) -> csv.CSVWriter:
    return csv.CSVWriter(path, schema, write_options=csv.WriteOptions(delimiter="\t"))


def _feather(path: Any, schema: pa.Schema) -> pa.RecordBatchFileWriter:
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    return pa.RecordBatchFileWriter(path, schema, options=options)


WRITERS: dict[str, Callable[[Any, pa.Schema], Any]] = {
    ".csv": csv.CSVWriter,
    ".tsv": _tabs,
    ".parquet": parquet.ParquetWriter,
    ".feather": _feather,
    ".arrow": _feather,
}


def write_table(table: Table, path: str | os.PathLike[str]) -> None:
    """Write a table, whole or not at all, in the format that the name says."""
    write_tables([table], path)


def write_tables(tables: Iterable[Table], path: str | os.PathLike[str]) -> int:
    """Write tables with the same columns, one below the other, whole or not at all.

    Returns
    -------
    n_rows : int
        How many rows were written.
    """
    check_format(path)
    with replacing(path) as temporary:
        return _write(tables, WRITERS[temporary.suffix.lower()], os.fspath(temporary))


def write_csv_to(tables: Iterable[Table], stream: BinaryIO) -> int:
    """Write tables with the same columns as CSV to an open stream."""
    return _write(tables, csv.CSVWriter, stream)


def check_format(path: str | os.PathLike[str]) -> None:
    """Refuse a name whose format no table can be written in."""
    if Path(path).suffix.lower() not in WRITERS:
        raise DataFileError(
            f"{Path(path).name!r} must end in one of {', '.join(WRITERS)} to be written."
        )


def _write(
    tables: Iterable[Table], opened: Callable[[Any, pa.Schema], Any], target: str | BinaryIO
) -> int:
    """The first table tells the types of the columns."""
    remaining = iter(tables)
    first = next(remaining)
    with opened(target, first.schema) as writer:
        writer.write_table(first)
        n_rows: int = first.num_rows
        for table in remaining:
            writer.write_table(table.cast(first.schema))
            n_rows += table.num_rows
    return n_rows
