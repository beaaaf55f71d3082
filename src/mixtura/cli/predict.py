"""`mixtura predict`: a model and a table in; the table with each row's label out."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from mixtura.cli import console
from mixtura.cli.inputs import model_and_rows
from mixtura.cli.options import Data, Model, Quiet, check_outputs
from mixtura.cli.outputs import write_beside
from mixtura.data.arrow.table import Table
from mixtura.data.arrow.writing import check_format
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
    loaded, rows = model_and_rows(model, data)
    n_rows = write_beside(rows, partial(_labels, loaded, proba), output, prefix)
    if output is not None and not quiet:
        console.say(f"{n_rows} rows labelled in {output}")


def _labels(loaded: Any, proba: bool, rows: Table) -> dict[str, NDArray[Any]]:
    """The columns `label` and `probability`, and those of every component."""
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
    return columns
