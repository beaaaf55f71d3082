"""`mixtura plot`: a picture of a model, with the rows of a table."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mixtura.cli import console
from mixtura.cli.inputs import load_model, model_and_table
from mixtura.cli.options import Model, Quiet, check_outputs, check_picture, split_names
from mixtura.errors import DataFileError

KINDS = ("components", "density", "density_1d", "uncertainty", "pairs", "history")
NEED_DATA = ("uncertainty",)
CHOOSE_FEATURES = ("components", "density", "uncertainty", "pairs")


def plot(
    model: Model,
    data: Annotated[
        Path | None, typer.Argument(help="A table whose rows to show; some kinds do without.")
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The picture: .png, .pdf or .svg.")
    ] = Path("plot.png"),
    kind: Annotated[str, typer.Option(help=f"Which picture: {', '.join(KINDS)}.")] = "components",
    features: Annotated[
        str | None, typer.Option(help="Features to show, separated by commas.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Draw a model.

    **Examples**

    `mixtura plot faithful.json faithful.csv -o clusters.png`

    `mixtura plot iris.json iris.csv --kind pairs -o pairs.pdf`

    `mixtura plot iris.json --kind history -o history.svg`
    """
    if kind not in KINDS:
        raise DataFileError(f"--kind must be one of {', '.join(KINDS)}, not {kind!r}.")
    if kind in NEED_DATA and data is None:
        raise DataFileError(f"--kind {kind} shows rows: give a table after the model.")
    if features is not None and kind not in CHOOSE_FEATURES:
        raise DataFileError(f"--kind {kind} has no choice of --features.")
    check_picture(output)
    check_outputs(output)
    if data is None or kind == "history":
        loaded, rows = load_model(model), None
    else:
        loaded, _, rows = model_and_table(model, data)
    settings: dict[str, Any] = {} if features is None else {"features": split_names(features)}
    if rows is not None:
        settings["X"] = rows
    _draw(kind, loaded, output, settings)
    if not quiet:
        console.say(f"drawn in {output}")


def _draw(kind: str, model: Any, output: Path, settings: dict[str, Any]) -> None:
    from mixtura import plots  # matplotlib is slow to import
    from mixtura.plots.figure import blank_axes, write

    ax = blank_axes()
    getattr(plots, kind)(model, ax=ax, **settings)
    write(ax, output)
