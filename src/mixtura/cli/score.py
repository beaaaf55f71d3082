"""`mixtura score`: how well a model describes a table."""

from pathlib import Path
from typing import Annotated

import typer

from mixtura.cli import console
from mixtura.cli.criteria import sums
from mixtura.cli.inputs import model_and_rows
from mixtura.cli.options import Data, Json, Model, Weights, check_outputs
from mixtura.cli.outputs import write_beside
from mixtura.data.arrow.writing import check_format
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
    loaded, rows = model_and_rows(model, data)
    mixture, scores = as_mixture(loaded), sums(loaded, rows, weights).criteria(loaded)
    if output is not None:
        write_beside(rows, lambda some: {"log_density": mixture.log_prob(some)}, output)
    if json:
        console.print_json(scores)
    else:
        console.print_facts(
            (NAMES[name], str(value) if name == "n_rows" else f"{value:.3f}")
            for name, value in scores.items()
        )
