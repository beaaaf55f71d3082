"""`mixtura sample`: rows drawn from a model."""

from pathlib import Path
from typing import Annotated

import typer

from mixtura.cli import console
from mixtura.cli.inputs import load_model
from mixtura.cli.options import Model, Quiet, Seed, check_outputs
from mixtura.cli.outputs import write
from mixtura.cli.tables import feature_names
from mixtura.data.arrow.table import table_of
from mixtura.data.arrow.writing import check_format
from mixtura.distribution import as_mixture


def sample(
    model: Model,
    n: Annotated[int, typer.Option("-n", min=1, help="How many rows.")] = 100,
    seed: Seed = 0,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the rows; else CSV is printed.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Draw rows from a model: its features, then the `label` each row was drawn from.

    **Example**

    `mixtura sample faithful.json -n 1000 -o rows.csv`
    """
    if output is not None:
        check_format(output)
        check_outputs(output, inputs=[model])
    mixture = as_mixture(load_model(model))
    rows, labels = mixture.sample(n, seed)
    table = table_of([*zip(feature_names(mixture), rows.T, strict=True), ("label", labels)])
    write([table], output)
    if output is not None and not quiet:
        console.say(f"{n} rows drawn in {output}")
