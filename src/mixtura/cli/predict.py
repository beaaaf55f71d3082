"""`mixtura predict`: a model and a table in; the table with each row's label out."""

import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from mixtura.cli import console
from mixtura.cli.inputs import model_and_table
from mixtura.cli.options import Data, Model, Quiet, check_outputs
from mixtura.data.arrow.table import check_format, with_columns, write_csv_to, write_table
from mixtura.distribution import as_mixture


def predict(
    model: Model,
    data: Data,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write the table here; else CSV is printed."),
    ] = None,
    proba: Annotated[
        bool, typer.Option("--proba", help="Add the probability of every component.")
    ] = False,
    prefix: Annotated[
        str, typer.Option(help="Before the names of the new columns, where they are taken.")
    ] = "",
    quiet: Quiet = False,
) -> None:
    """Label the rows of a table: its columns, then `label` and `probability`.

    The label is the most probable component, counted from 0, and the probability is its
    responsibility for the row. Of a classifier, it is the most probable class.

    **Examples**

    `mixtura predict faithful.json faithful.csv -o labelled.csv`

    `mixtura predict faithful.json new.parquet --proba -o labelled.parquet`
    """
    if output is not None:
        check_format(output)
        check_outputs(output, inputs=[model, data])
    loaded, table, rows = model_and_table(model, data)
    if hasattr(loaded, "classes_"):
        names, probabilities = loaded.classes_, loaded.predict_proba(rows)
    else:
        probabilities = as_mixture(loaded).responsibilities(rows)
        names = np.arange(probabilities.shape[1])
    columns = {
        "label": names[probabilities.argmax(axis=1)],
        "probability": probabilities.max(axis=1),
    }
    if proba:
        each = zip(names.tolist(), probabilities.T, strict=True)
        columns |= {f"probability_{name}": column for name, column in each}
    labelled = with_columns(table, {prefix + name: values for name, values in columns.items()})
    if output is None:
        write_csv_to(labelled, sys.stdout.buffer)
        return
    write_table(labelled, output)
    if not quiet:
        console.say(f"{labelled.num_rows} rows labelled in {output}")
