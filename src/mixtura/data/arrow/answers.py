"""What models say of rows, written beside all columns of these."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from mixtura.data.arrow.files import FileReader
from mixtura.data.arrow.memory import TableReader
from mixtura.data.arrow.table import Table, numeric_columns, table_of, with_columns
from mixtura.data.arrow.writing import check_format, write_tables
from mixtura.data.paths import check_not_read
from mixtura.data.reader import Reader
from mixtura.errors import DataFileError
from mixtura.typing import HostND

Answer = Callable[[Any], Any]


def write_answers(
    reader: Reader,
    chosen: Sequence[str] | None,
    path: str | os.PathLike[str],
    answers: Mapping[str, Answer],
) -> None:
    """Write all columns, and what each answer says of the rows; see `Scan.write`."""
    check_format(path)
    if isinstance(reader, FileReader):
        check_not_read(path, reader.paths)
    for name in set(answers) & set(reader.columns or ()):
        raise DataFileError(f"There is a column {name!r} already; call the answer otherwise.")

    def said(table: Table) -> dict[str, NDArray[Any]]:
        columns: dict[str, NDArray[Any]] = {}
        for name, answer in answers.items():
            rows = _rows_for(answer, table, chosen, is_named=_is_named(reader))
            columns |= _columns(name, np.asarray(answer(rows)), table.num_rows)
        return columns

    write_tables(answered(reader, said), path)


def answered(
    reader: Reader, said: Callable[[Table], Mapping[str, NDArray[Any]]]
) -> Iterator[Table]:
    """All columns, table by table, and further ones that are said of each."""
    return (with_columns(table, said(table)) for table in tables_of(reader))


def tables_of(reader: Reader) -> Iterator[Table]:
    """All columns, table by table; those of arrays are called x0, x1 and so on."""
    if _is_named(reader):
        return reader.tables()
    names = [f"x{j}" for j in range(reader.n_columns)]
    return (table_of(zip(names, rows.T, strict=True)) for rows in reader.batches(None))


def _is_named(reader: Reader) -> TypeGuard[FileReader | TableReader]:
    return isinstance(reader, FileReader | TableReader)


def _rows_for(
    answer: Answer, table: Table, chosen: Sequence[str] | None, *, is_named: bool
) -> Table | HostND:
    """The rows as the model whose method it is knows them: by its names, or without names."""
    model = getattr(answer, "__self__", None)
    names = getattr(model, "feature_names_in_", getattr(model, "feature_names", None))
    if names is not None and is_named:
        return numeric_columns(table, names)
    rows = numeric_columns(table, chosen)
    if names is not None and len(names) == rows.num_columns:
        return rows.rename_columns(list(names))
    knows_no_names = hasattr(model, "n_features_in_")
    return rows if is_named and not knows_no_names else np.asarray(rows)


def _columns(name: str, values: NDArray[Any], n_rows: int) -> dict[str, NDArray[Any]]:
    """A column for values (n,), and one for each of (n, k)."""
    if values.shape == (n_rows,):
        return {name: values}
    if values.ndim == 2 and len(values) == n_rows:
        return {f"{name}_{k}": column for k, column in enumerate(values.T)}
    raise ValueError(
        f"{name!r} must say one value, or as many as columns, of each of {n_rows} rows, but what "
        f"it gives has shape {values.shape}."
    )
