"""`mixtura plot`: a picture of a model, with the rows of a table."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from mixtura.cli import console
from mixtura.cli.drawing import draw
from mixtura.cli.inputs import load_model, model_and_rows, rows_to_show
from mixtura.cli.options import (
    Model,
    Quiet,
    check_choice,
    check_outputs,
    check_picture,
    split_names,
)
from mixtura.cli.tables import feature_names
from mixtura.distribution import Mixture, as_mixture
from mixtura.errors import DataFileError

KINDS = (
    *("components", "density", "density_1d", "uncertainty", "pairs", "discriminant", "profiles"),
    "history",
)
NEED_DATA = ("uncertainty",)
CHOOSE_FEATURES = ("components", "density", "density_1d", "uncertainty", "pairs")


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
        str | None,
        typer.Option(help="Features to show, separated by commas; else those that separate best."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Draw a model.

    **Examples**

    `mixtura plot faithful.json faithful.csv -o clusters.png`

    `mixtura plot iris.json iris.csv --kind pairs -o pairs.pdf`

    `mixtura plot iris.json --kind history -o history.svg`
    """
    check_choice("--kind", kind, KINDS)
    if kind in NEED_DATA and data is None:
        raise DataFileError(f"--kind {kind} shows rows: give a table after the model.")
    if features is not None and kind not in CHOOSE_FEATURES:
        raise DataFileError(f"--kind {kind} has no choice of --features.")
    check_picture(output)
    check_outputs(output, inputs=[path for path in (model, data) if path])
    if data is None or kind in ("profiles", "history"):
        loaded, rows = load_model(model), None
    else:
        loaded, rows = model_and_rows(model, data)
    settings: dict[str, Any] = {} if features is None else {"features": split_names([features])}
    if rows is not None:
        settings["X"] = rows_to_show(rows)
    if kind == "density_1d":
        loaded, settings = _one_feature(as_mixture(loaded), settings)
    draw(kind, loaded, output, **settings)
    if not quiet:
        console.say(f"drawn in {output}")


def _one_feature(mixture: Mixture, settings: dict[str, Any]) -> tuple[Mixture, dict[str, Any]]:
    """The marginal of the one feature to draw, and its column."""
    names = settings.pop("features", None) or [0] * (mixture.n_features == 1)
    if len(names) != 1:
        raise DataFileError(
            f"--kind density_1d draws one feature: choose it with --features, among "
            f"{', '.join(feature_names(mixture))}."
        )
    if "X" in settings:
        column = mixture.feature_names.index(names[0]) if mixture.feature_names else names[0]
        settings["X"] = np.asarray(settings["X"])[:, [column]]
    return mixture.marginal(names), settings
