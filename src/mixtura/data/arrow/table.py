"""Tables with named columns: which hold numbers, what else they hold, and columns beside them."""

import math
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from mixtura.errors import DataFileError
from mixtura.typing import HostND

Table: TypeAlias = pa.Table


def table_of(columns: Iterable[tuple[str, NDArray[Any]]]) -> Table:
    """A table of named columns."""
    names, arrays = zip(*columns, strict=True)
    return pa.table([pa.array(array) for array in arrays], names=list(names))


def gathered(batches: Iterable[pa.RecordBatch], schema: pa.Schema, n_rows: int) -> Iterator[Table]:
    """Batches as tables of one schema and at least so many rows, but the last."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch.cast(schema))
        if sum(len(each) for each in waiting) >= n_rows:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


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
    """The table with other entries in some of its columns, which become float64 or stay floating.

    Parameters
    ----------
    table : Table
    columns : sequence of str
        Columns of numbers.
    filled : ndarray of shape (n, d)
        All entries of those columns.
    """
    for name, values in zip(columns, filled.T, strict=True):
        index, kind = table.schema.get_field_index(name), table.schema.field(name).type
        kind = kind if pa.types.is_floating(kind) else pa.float64()
        table = table.set_column(index, name, pa.array(values).cast(kind, safe=False))
    return table


def numeric_columns(table: Table, columns: Sequence[str] | None = None) -> Table:
    """The named columns, or all, as float64: a frame that estimators and mixtures take as X.

    Missing entries become NaN; a column without any entry has no other kind.

    Raises
    ------
    DataFileError
        Where a column does not exist or does not hold finite numbers.
    """
    names = table.column_names if columns is None else list(columns)
    check_numeric(table.schema, names, table.column)
    chosen = pa.table([_with_nan(table.column(name)) for name in names], names=names)
    for name in names:
        if compute.any(compute.is_inf(chosen.column(name))).as_py():
            raise DataFileError(f"Column {name!r} holds infinity, or a number beyond 1e308.")
    return chosen


def numbers(batch: pa.RecordBatch) -> list[NDArray[Any]]:
    """The columns of a batch as numbers, NaN where an entry is missing."""
    return [_as_float(column).to_numpy(zero_copy_only=False) for column in batch.columns]


def numeric_schema(schema: pa.Schema, names: Sequence[str]) -> pa.Schema:
    """Columns as float64, but for those of true and false."""
    kinds = [schema.field(name).type for name in names]
    return pa.schema(
        [
            (name, kind if pa.types.is_boolean(kind) else pa.float64())
            for name, kind in zip(names, kinds, strict=True)
        ]
    )


def check_names(path: str, schema: pa.Schema) -> None:
    """Refuse a file that has two columns of one name, or is separated by semicolons."""
    names = schema.names
    if len(names) == 1 and ";" in names[0]:
        raise DataFileError(
            f"{path!r} seems to be separated by semicolons; save it with commas, or as .tsv."
        )
    twins = [name for name, count in Counter(names).items() if count > 1]
    if twins:
        raise DataFileError(f"{path!r} has two columns with the name {twins[0]!r}.")


def check_kinds(path: str, schema: pa.Schema, wanted: pa.Schema) -> None:
    """Refuse a file where a column holds no numbers, and numbers are wanted."""
    for name, kind in zip(schema.names, schema.types, strict=True):
        if is_numeric(wanted.field(name).type) and not is_numeric(kind):
            raise DataFileError(
                f"Column {name!r} of {path!r} holds values of type {kind}, not numbers."
            )


def check_numeric(
    schema: pa.Schema,
    names: Sequence[str],
    entries: Callable[[str], pa.Array | pa.ChunkedArray],
) -> None:
    """Refuse columns that do not exist, are named twice, or do not hold numbers.

    The first entries of a column tell what it holds instead.
    """
    counts, kinds = Counter(names), {field.name: field.type for field in schema}
    for name in names:
        if counts[name] > 1:
            raise DataFileError(f"Column {name!r} is named twice.")
        if name not in kinds:
            raise DataFileError(
                f"There is no column {name!r}; the columns are {', '.join(schema.names)}."
            )
        if not is_numeric(kinds[name]):
            numeric = [each for each, kind in kinds.items() if each and is_numeric(kind)]
            hint = f" Choose numeric ones: --columns {shlex.quote(','.join(numeric))}"
            raise DataFileError(
                f"Column {name!r} holds {_content(kinds[name], entries(name))}, not numbers."
                f"{hint if numeric else ''}"
            )


def reason_of(error: BaseException) -> str:
    """The first line of what an error says."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:200]


def is_numeric(kind: pa.DataType) -> bool:
    """Whether values of such a type are numbers; of a column without any, nothing is known."""
    if pa.types.is_dictionary(kind):
        return is_numeric(kind.value_type)
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_null(kind)
    )


def _with_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return compute.fill_null(column.cast(pa.float64(), safe=False), math.nan)


def _as_float(column: pa.Array) -> pa.Array:
    """Numbers as floats; whole ones beyond 2^53 are rounded, as any library does."""
    is_float = pa.types.is_floating(column.type)
    return column if is_float else column.cast(pa.float64(), safe=False)


def _content(kind: pa.DataType, entries: pa.Array | pa.ChunkedArray) -> str:
    """What a column holds that is not numeric; of text, the first word that is no number."""
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        words = [word for word in entries.unique().to_pylist() if not _is_number(word)]
        return f"text such as {words[0][:30]!r}" if words else "text"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return "text that is not UTF-8"
    return f"values of type {kind}"


def _is_number(word: str | None) -> bool:
    try:
        float(word or "nan")
    except ValueError:
        return False
    return True


def is_missing(table: Table, column: str) -> NDArray[np.bool_]:
    """Which entries of a column of numbers are missing, shape (n,)."""
    missing: NDArray[np.bool_] = table.column(column).is_null(nan_is_null=True).to_numpy()
    return missing
