"""`mixtura impute`: a model and a table in; the table without missing entries out."""

import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from mixtura.cli import console
from mixtura.cli.inputs import model_and_table
from mixtura.cli.options import Data, Model, Quiet, Seed, check_outputs
from mixtura.data.arrow.table import (
    check_format,
    stacked,
    with_columns,
    with_filled,
    write_csv_to,
    write_table,
)
from mixtura.distribution import as_mixture


def impute(
    model: Model,
    data: Data,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write the table here; else CSV is printed."),
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(min=1, help="Draw so many times, rather than fill in the means."),
    ] = None,
    seed: Seed = 0,
    prefix: Annotated[
        str, typer.Option(help="Before the name of the new column, where it is taken.")
    ] = "",
    quiet: Quiet = False,
) -> None:
    """Fill in the missing entries of a table, in the columns that the model was fitted to.

    They become their conditional means, given what the row has. With `--draws` they are drawn
    instead, for multiple imputation: the whole table comes once for each draw, one below the other,
    and the column `draw` counts them from 1.

    **Examples**

    `mixtura impute faithful.json holes.csv -o filled.csv`

    `mixtura impute faithful.json holes.csv --draws 20 --seed 1 -o draws.parquet`
    """
    if output is not None:
        check_format(output)
        check_outputs(output, inputs=[model, data])
    loaded, table, rows = model_and_table(model, data)
    mixture = as_mixture(loaded)
    if draws is None:
        filled = with_filled(table, rows.column_names, mixture.impute(rows))
    else:
        filled = stacked(
            with_columns(
                with_filled(table, rows.column_names, drawn),
                {f"{prefix}draw": np.full(len(drawn), number)},
            )
            for number, drawn in enumerate(mixture.impute(rows, n_draws=draws, rng=seed), start=1)
        )
    if output is None:
        write_csv_to(filled, sys.stdout.buffer)
        return
    write_table(filled, output)
    if not quiet:
        n_missing = int(np.isnan(np.asarray(rows)).sum())
        console.say(f"{n_missing} missing entries filled in; {filled.num_rows} rows in {output}")
