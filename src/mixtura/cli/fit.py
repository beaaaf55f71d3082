"""`mixtura fit`: a table in; its mixture as a table, a picture and a model file out."""

from pathlib import Path
from typing import Annotated

import typer

from mixtura.cli import console, progress
from mixtura.cli.criteria import sums
from mixtura.cli.drawing import draw
from mixtura.cli.inputs import rows_to_fit, rows_to_show
from mixtura.cli.options import (
    Columns,
    Data,
    Effort,
    Json,
    Quiet,
    Seed,
    Weights,
    check_choice,
    check_model_name,
    check_outputs,
    check_picture,
)
from mixtura.cli.tables import components_record, missing_fact, print_components
from mixtura.em import EFFORTS, STARTS
from mixtura.estimators import GaussianMixture
from mixtura.estimators.beginning import SEARCH
from mixtura.family import FAMILY_NAMES, MODELS
from mixtura.files import save

START_NAMES = (*STARTS, SEARCH)


def fit(
    data: Data,
    components: Annotated[
        int, typer.Option("-k", "--components", min=1, help="How many components.")
    ],
    family: Annotated[
        str, typer.Option(help=f"The covariances: {', '.join(FAMILY_NAMES)}.")
    ] = "full",
    factors: Annotated[
        int | None,
        typer.Option(min=1, help="Of family factor: how many factors a component has."),
    ] = None,
    factor_model: Annotated[
        str, typer.Option(help=f"Of family factor: what is shared, {' '.join(MODELS)}.")
    ] = "UUU",
    columns: Columns = None,
    weights: Weights = None,
    start: Annotated[
        str, typer.Option(help=f"Where EM begins: {', '.join(START_NAMES)}.")
    ] = "kmeans",
    effort: Effort = "normal",
    n_init: Annotated[int, typer.Option(min=1, help="How many starts; the best is kept.")] = 1,
    max_iter: Annotated[int, typer.Option(min=1, help="At most so many iterations.")] = 100,
    tol: Annotated[
        float, typer.Option(min=0, help="Stop when an iteration gains less per row.")
    ] = 1e-3,
    reg_covar: Annotated[float, typer.Option(min=0, help="Added to every variance.")] = 1e-6,
    accelerate: Annotated[
        bool, typer.Option("--accelerate", help="Longer steps, for clusters that overlap.")
    ] = False,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="A folder that keeps how far the fit is; however it ends, the same command goes "
            "on from there."
        ),
    ] = None,
    seed: Seed = 0,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the model, a JSON file.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Write a picture: .png, .pdf or .svg.")] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fit a Gaussian mixture to a table.

    **Examples**

    `mixtura fit faithful.csv -k 2`

    `mixtura fit iris.csv -k 3 --columns sepal_length,petal_length -o iris.json --plot iris.png`

    `mixtura fit faithful.csv -k 4 --start search --effort best`

    `mixtura fit big.parquet -k 5 --family diag --n-init 10 --json`

    `mixtura fit big.parquet -k 20 --checkpoint kept -o model.json`
    """
    check_choice("--family", family, FAMILY_NAMES)
    check_choice("--factor-model", factor_model, MODELS)
    check_choice("--start", start, START_NAMES)
    check_choice("--effort", effort, EFFORTS)
    check_model_name(output)
    check_picture(plot)
    check_outputs(output, plot, inputs=[data])
    rows = rows_to_fit(data, columns)
    model = GaussianMixture(
        components,
        covariance_type=family,
        n_factors=factors,
        factor_model=factor_model,
        init_params=start,
        effort=effort,
        n_init=n_init,
        max_iter=max_iter,
        tol=tol,
        reg_covar=reg_covar,
        accelerate=accelerate,
        checkpoint=checkpoint,
        random_state=seed,
    )
    with progress.shown(quiet or json), console.notes():
        model.fit(rows, sample_weight=weights)
    told = sums(model, rows, weights)
    scores = told.criteria(model)
    outcome = {"n_iter": model.n_iter_, "outcome": model.outcome_.name.lower()}
    if json:
        fitted = components_record(model.mixture_)
        console.print_json({"components": fitted, "family": family, **scores, **outcome})
    elif not quiet:
        print_components(model.mixture_, title=data.name)
        console.print_facts(
            [
                *missing_fact(told.n_missing, told.n_entries),
                ("log-likelihood", f"{scores['log_likelihood']:.3f}"),
                ("BIC", f"{scores['bic']:.3f} (lower is better)"),
                ("iterations", str(model.n_iter_)),
                ("outcome", f"{outcome['outcome']}: {model.outcome_.sentence}"),
            ]
        )
    if output is not None:
        save(model, output)
    if plot is not None:
        draw("components", model, plot, X=rows_to_show(rows))
    if not (quiet or json):
        for path in filter(None, (output, plot)):
            console.say(f"written: {path}")
