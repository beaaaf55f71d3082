"""`mixtura predict`: a model and a table in; the table with each row's label out."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mixtura.cli import console
from mixtura.data.table import (
    check_format,
    check_writable,
    numeric_rows,
    read_table,
    with_column,
    write_csv_to,
    write_table,
)
from mixtura.distribution import as_mixture
from mixtura.errors import DataFileError
from mixtura.files import load


def predict(
    model: Annotated[Path, typer.Argument(help="A model file, from mixtura fit -o.")],
    data: Annotated[Path, typer.Argument(help="A CSV, TSV, Parquet or Feather file.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write the table here; else CSV is printed."),
    ] = None,
) -> None:
    """Label the rows of a table: its columns, then `label` and `probability`.

    The label is the most probable component, counted from 0, and the probability is its
    responsibility for the row.

    **Example**

    `mixtura predict faithful.json faithful.csv -o labelled.csv`
    """
    if output is not None:
        check_format(output)
        check_writable(output)
    mixture = as_mixture(load(model))
    table = read_table(data)
    if mixture.feature_names is None and len(table.column_names) != mixture.n_features:
        raise DataFileError(
            f"The model has {mixture.n_features} features without names, "
            f"and the table has {len(table.column_names)} columns."
        )
    responsibilities = mixture.responsibilities(numeric_rows(table, mixture.feature_names))
    labelled = with_column(table, "label", responsibilities.argmax(axis=1))
    labelled = with_column(labelled, "probability", responsibilities.max(axis=1))
    if output is None:
        write_csv_to(labelled, sys.stdout.buffer)
    else:
        write_table(labelled, output)
        console.err.print(f"{labelled.num_rows} rows labelled in {output}")
