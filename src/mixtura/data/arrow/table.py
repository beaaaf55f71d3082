"""Files with named columns: CSV, Parquet and Feather. The only door to pyarrow."""

import math
import os
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute, csv, feather, parquet

from mixtura._atomic import replacing
from mixtura.errors import DataFileError
from mixtura.typing import HostN, HostND

Table: TypeAlias = pa.Table

TABS = csv.ParseOptions(delimiter="\t")
NULLS = csv.ConvertOptions(
    null_values=[*csv.ConvertOptions().null_values, " ", "<NA>", "None"]  # NA and its like are in
)

READERS: dict[str, Callable[[str], Table]] = {
    ".csv": lambda path: csv.read_csv(path, convert_options=NULLS),
    ".tsv": lambda path: csv.read_csv(path, parse_options=TABS, convert_options=NULLS),
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
        Where there is no such file, its format is not known, it cannot be read as that, or it has
        no rows or two columns of one name.
    """
    name, file = os.fspath(path), Path(path)
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        raise DataFileError(
            f"{file.name!r} is no table that Mixtura reads; "
            f"its name must end in one of {', '.join(READERS)}."
        )
    if file.is_dir():
        raise DataFileError(f"{name!r} is a folder, not a file.")
    if not file.exists():
        raise DataFileError(f"There is no file {name!r}.")
    try:
        table = reader(name)
    except (pa.ArrowException, OSError, MemoryError) as error:
        raise DataFileError(f"{name!r} cannot be read: {reason_of(error)}.") from error
    try:
        table.column_names  # noqa: B018 - pyarrow decodes them here
    except UnicodeDecodeError:
        raise DataFileError(f"{name!r} is not UTF-8 text; save it as UTF-8.") from None
    if table.num_rows == 0:
        raise DataFileError(f"{name!r} has no rows.")
    if len(table.column_names) == 1 and ";" in table.column_names[0]:
        raise DataFileError(
            f"{name!r} seems to be separated by semicolons; save it with commas, or as .tsv."
        )
    twins = [column for column in table.column_names if table.column_names.count(column) > 1]
    if twins:
        raise DataFileError(f"{name!r} has two columns with the name {twins[0]!r}.")
    return table


def write_table(table: Table, path: str | os.PathLike[str]) -> None:
    """Write a table, whole or not at all, in the format that the name says."""
    check_format(path)
    with replacing(path) as temporary:
        WRITERS[temporary.suffix.lower()](table, os.fspath(temporary))


def write_csv_to(table: Table, stream: BinaryIO) -> None:
    """Write a table as CSV to an open stream."""
    csv.write_csv(table, stream)


def check_format(path: str | os.PathLike[str]) -> None:
    """Refuse a name whose format no table can be written in."""
    if Path(path).suffix.lower() not in WRITERS:
        raise DataFileError(
            f"{Path(path).name!r} must end in one of {', '.join(WRITERS)} to be written."
        )


def table_of(columns: Iterable[tuple[str, NDArray[Any]]]) -> Table:
    """A table of named columns."""
    names, arrays = zip(*columns, strict=True)
    return pa.table([pa.array(array) for array in arrays], names=list(names))


def with_columns(table: Table, columns: Mapping[str, NDArray[Any]]) -> Table:
    """The table with further columns at its end.

    Raises
    ------
    DataFileError
        Where it has a column of that name, which would be lost.
    """
    for name, values in columns.items():
        if name in table.column_names:
            raise DataFileError(
                f"The table has a column {name!r} already; give the new ones other names with "
                "--prefix."
            )
        table = table.append_column(name, pa.array(values))
    return table


def with_filled(table: Table, columns: Sequence[str], filled: HostND) -> Table:
    """The table with the missing entries of some columns filled in.

    Columns that lack none stay as they are. The others keep their type where it is a floating one,
    and else become float64.

    Parameters
    ----------
    table : Table
    columns : sequence of str
        Columns of numbers.
    filled : ndarray of shape (n, d)
        All entries of those columns.
    """
    for name, values in zip(columns, filled.T, strict=True):
        index, column = table.schema.get_field_index(name), table.column(name)
        if compute.any(column.is_null(nan_is_null=True)).as_py():
            kind = column.type if pa.types.is_floating(column.type) else pa.float64()
            table = table.set_column(index, name, pa.array(values).cast(kind, safe=False))
    return table


def stacked(tables: Iterable[Table]) -> Table:
    """Tables with the same columns, one below the other."""
    return pa.concat_tables(tables)


def numeric_columns(table: Table, columns: Sequence[str] | None = None) -> Table:
    """The named columns, or all, as float64: a frame that estimators and mixtures take as X.

    Missing entries become NaN; a column without any entry has no other kind.

    Raises
    ------
    DataFileError
        Where a column does not exist or does not hold finite numbers.
    """
    names = table.column_names if columns is None else list(columns)
    check_numeric(table.schema, names, table)
    chosen = pa.table([_with_nan(table.column(name)) for name in names], names=names)
    for name in names:
        if compute.any(compute.is_inf(chosen.column(name))).as_py():
            raise DataFileError(f"Column {name!r} holds infinity, or a number beyond 1e308.")
    return chosen


def check_numeric(schema: pa.Schema, names: Sequence[str], table: Table | None = None) -> None:
    """Refuse columns that do not exist, are named twice, or do not hold numbers.

    The table, where it is at hand, tells what a column holds instead.
    """
    numeric = [field.name for field in schema if is_numeric(field.type)]
    for name in names:
        if list(names).count(name) > 1:
            raise DataFileError(f"Column {name!r} is named twice.")
        if name not in schema.names:
            raise DataFileError(
                f"There is no column {name!r}; the columns are {', '.join(schema.names)}."
            )
        if name not in numeric:
            choice = shlex.quote(",".join(column for column in numeric if column))
            hint = f" Choose numeric ones: --columns {choice}" if numeric else ""
            kind = schema.field(name).type
            held = _kind(kind) if table is None else _content(table.column(name))
            raise DataFileError(f"Column {name!r} holds {held}, not numbers.{hint}")


def reason_of(error: BaseException) -> str:
    """The first line of what an error says."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:200]


def weight_column(table: Table, name: str | None) -> HostN | None:
    """A column of sample weights; None for no name.

    Raises
    ------
    DataFileError
        Where it is no numeric column, or a weight is missing.
    """
    if name is None:
        return None
    weights: HostN = numeric_columns(table, [name]).column(0).to_numpy()
    n_missing = int(np.isnan(weights).sum())
    if n_missing:
        raise DataFileError(
            f"Column {name!r} lacks {n_missing} of {table.num_rows} weights; every row needs one."
        )
    return weights


def _with_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return compute.fill_null(column.cast(pa.float64()), math.nan)


def is_numeric(kind: pa.DataType) -> bool:
    """Whether values of such a type are numbers; of a column without any, nothing is known."""
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_null(kind)
    )


def _content(column: pa.ChunkedArray) -> str:
    """What a column holds that is not numeric; of text, the first word that is no number."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        words = [word for word in column.unique().to_pylist() if not _is_number(word)]
        return f"text such as {words[0][:30]!r}" if words else "text"
    return _kind(column.type)


def _kind(kind: pa.DataType) -> str:
    """What a type that is not numeric stands for."""
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return "text that is not UTF-8"
    return f"values of type {kind}"


def _is_number(word: str | None) -> bool:
    try:
        float(word or "nan")
    except ValueError:
        return False
    return True
