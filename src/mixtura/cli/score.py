"""`mixtura score`: how well a model describes a table."""

from pathlib import Path
from typing import Annotated

import typer

from mixtura.cli import console
from mixtura.cli.criteria import criteria
from mixtura.cli.inputs import model_and_table
from mixtura.cli.options import Data, Json, Model, Weights, check_outputs
from mixtura.data.arrow.table import check_format, weight_column, with_columns, write_table
from mixtura.distribution import as_mixture

NAMES = {
    "n_rows": "rows",
    "log_likelihood": "log-likelihood",
    "log_likelihood_per_row": "  per row",
    "bic": "BIC",
    "aic": "AIC",
    "icl": "ICL",
}


def score(
    model: Model,
    data: Data,
    weights: Weights = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write the table with each row's log_density."),
    ] = None,
    json: Json = False,
) -> None:
    """Print the log-likelihood of a table under a model, and the criteria to compare models by.

    Of BIC, AIC and ICL, lower is better.

    **Examples**

    `mixtura score faithful.json faithful.csv`

    `mixtura score faithful.json new.csv -o densities.csv --json`
    """
    if output is not None:
        check_format(output)
        check_outputs(output, inputs=[model, data])
    loaded, table, rows = model_and_table(model, data)
    scores = criteria(loaded, rows, weight_column(table, weights))
    if output is not None:
        write_table(with_columns(table, {"log_density": as_mixture(loaded).log_prob(rows)}), output)
    if json:
        console.print_json(scores)
    else:
        console.print_facts(
            (NAMES[name], str(value) if name == "n_rows" else f"{value:.3f}")
            for name, value in scores.items()
        )
