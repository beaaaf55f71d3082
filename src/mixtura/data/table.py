"""Files with named columns: CSV, Parquet and Feather. The only door to pyarrow."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv, feather, parquet

from mixtura._atomic import replacing
from mixtura.errors import DataFileError
from mixtura.typing import HostND

Table: TypeAlias = pa.Table

READERS: dict[str, Callable[[str], Table]] = {
    ".csv": csv.read_csv,
    ".tsv": lambda path: csv.read_csv(path, parse_options=csv.ParseOptions(delimiter="\t")),
    ".parquet": parquet.read_table,
    ".feather": feather.read_table,
    ".arrow": feather.read_table,
}

WRITERS: dict[str, Callable[[Table, str], None]] = {
    ".csv": csv.write_csv,
    ".tsv": lambda table, path: csv.write_csv(
        table, path, write_options=csv.WriteOptions(delimiter="\t")
    ),
    ".parquet": parquet.write_table,
    ".feather": feather.write_feather,
    ".arrow": feather.write_feather,
}


def read_table(path: str | os.PathLike[str]) -> Table:
    """The table in a file, in the format that its name says.

    Raises
    ------
    DataFileError
        Where there is no such file, its format is not known, or it cannot be read as that.
    """
    file = Path(path)
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        raise DataFileError(
            f"{file.name!r} is no table that Mixtura reads; "
            f"its name must end in one of {', '.join(READERS)}."
        )
    if not file.is_file():
        raise DataFileError(f"There is no file {os.fspath(path)!r}.")
    try:
        table = reader(os.fspath(file))
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise DataFileError(f"{os.fspath(path)!r} cannot be read: {reason}.") from error
    if table.num_rows == 0:
        raise DataFileError(f"{os.fspath(path)!r} has no rows.")
    return table


def check_writable(path: str | os.PathLike[str]) -> None:
    """Refuse early what `write_table` would refuse after a long fit."""
    file = Path(path)
    if file.is_dir():
        raise DataFileError(f"{os.fspath(path)!r} is a folder, not a file to write.")
    if not file.parent.is_dir():
        raise DataFileError(f"There is no folder {os.fspath(file.parent)!r} to write into.")
    if not os.access(file.parent, os.W_OK):
        raise DataFileError(f"The folder {os.fspath(file.parent)!r} cannot be written to.")


def check_format(path: str | os.PathLike[str]) -> None:
    """Refuse a name whose format no table can be written in."""
    if Path(path).suffix.lower() not in WRITERS:
        raise DataFileError(
            f"{Path(path).name!r} must end in one of {', '.join(WRITERS)} to be written."
        )


def write_table(table: Table, path: str | os.PathLike[str]) -> None:
    """Write a table, whole or not at all, in the format that the name says."""
    check_format(path)
    with replacing(path) as temporary:
        WRITERS[temporary.suffix.lower()](table, os.fspath(temporary))


def write_csv_to(table: Table, stream: BinaryIO) -> None:
    """Write a table as CSV to an open stream."""
    csv.write_csv(table, stream)


def with_column(table: Table, name: str, values: NDArray[np.generic]) -> Table:
    """The table with one more column, or with that column replaced."""
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, pa.array(values))
    return table.append_column(name, pa.array(values))


def numeric_rows(table: Table, columns: Sequence[str] | None = None) -> HostND:
    """The columns as rows of float64, missing entries as NaN.

    Parameters
    ----------
    table : Table
    columns : sequence of str, optional
        All columns by default.

    Raises
    ------
    DataFileError
        Where a column does not exist or does not hold numbers.
    """
    names = table.column_names if columns is None else list(columns)
    numeric = [field.name for field in table.schema if _is_numeric(field.type)]
    for name in names:
        if name not in table.column_names:
            raise DataFileError(
                f"There is no column {name!r}; the columns are {', '.join(table.column_names)}."
            )
        if table.column_names.count(name) > 1:
            raise DataFileError(f"There are two columns with the name {name!r}.")
        if name not in numeric:
            hint = f" Choose numeric ones: --columns {','.join(numeric)}" if numeric else ""
            raise DataFileError(
                f"Column {name!r} holds {_kind(table.schema.field(name).type)}, not numbers.{hint}"
            )
    return np.column_stack([table.column(name).cast(pa.float64()).to_numpy() for name in names])


def _is_numeric(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
    )


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return "text that is not UTF-8"
    return "nothing" if pa.types.is_null(kind) else f"values of type {kind}"
