"""Tables to files or to standard output."""

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mixtura.data import Scan
from mixtura.data.arrow.answers import answered
from mixtura.data.arrow.table import Table, numeric_columns
from mixtura.data.arrow.writing import write_csv_to, write_tables


def write(tables: Iterable[Table], output: Path | None) -> int:
    """Write tables, one below the other: to a file, or as CSV to standard output.

    Returns
    -------
    n_rows : int
    """
    if output is None:
        return write_csv_to(tables, sys.stdout.buffer)
    return write_tables(tables, output)


def write_beside(
    rows: Scan,
    said: Callable[[Table], Mapping[str, NDArray[Any]]],
    output: Path | None,
    prefix: str = "",
) -> int:
    """Write all columns of the data, and beside them what is said of the rows, block by block.

    Parameters
    ----------
    rows : Scan
        The features.
    said : callable
        From some of the rows, as a frame, to the new columns.
    output : Path or None
    prefix : str
        Before the names of the new columns.
    """

    def columns(table: Table) -> dict[str, NDArray[Any]]:
        told = said(numeric_columns(table, rows.columns))
        return {f"{prefix}{name}": values for name, values in told.items()}

    return write(answered(rows.reader, columns), output)
