"""`mixtura fit`: a table in; its mixture as a table, a picture and a model file out."""

import math
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from mixtura.cli import console
from mixtura.data.table import check_writable, numeric_rows, read_table
from mixtura.distribution import Mixture
from mixtura.errors import DataFileError
from mixtura.estimators import GaussianMixture
from mixtura.family import FAMILIES
from mixtura.files import save
from mixtura.typing import HostND

COMPONENTS_PER_TABLE = 4
PICTURES = (".png", ".pdf", ".svg")


def fit(
    data: Annotated[Path, typer.Argument(help="A CSV, TSV, Parquet or Feather file.")],
    components: Annotated[
        int, typer.Option("-k", "--components", min=1, help="How many components.")
    ],
    family: Annotated[str, typer.Option(help=f"The covariances: {', '.join(FAMILIES)}.")] = "full",
    columns: Annotated[
        str | None, typer.Option(help="Columns to fit, separated by commas; else all.")
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="A column that says how many times each row counts.")
    ] = None,
    n_init: Annotated[int, typer.Option(min=1, help="How many starts; the best is kept.")] = 1,
    max_iter: Annotated[int, typer.Option(min=1, help="At most so many iterations.")] = 100,
    tol: Annotated[
        float, typer.Option(min=0, help="Stop when an iteration gains less per row.")
    ] = 1e-3,
    reg_covar: Annotated[float, typer.Option(min=0, help="Added to every variance.")] = 1e-6,
    seed: Annotated[int, typer.Option(help="Of the random start.")] = 0,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the model, a JSON file.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Write a picture: .png, .pdf or .svg.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print no table.")] = False,
) -> None:
    """Fit a Gaussian mixture to a table.

    **Examples**

    `mixtura fit faithful.csv -k 2`

    `mixtura fit iris.csv -k 3 --columns sepal_length,petal_length -o iris.json --plot iris.png`
    """
    if family not in FAMILIES:
        raise DataFileError(f"--family must be one of {', '.join(FAMILIES)}, not {family!r}.")
    if plot is not None and plot.suffix.lower() not in PICTURES:
        raise DataFileError(
            f"--plot must end in one of {', '.join(PICTURES)}, not {plot.suffix!r}."
        )
    for path in (output, plot):
        if path is not None:
            check_writable(path)
    names, rows, sample_weight = _read(data, columns, weights)
    model = GaussianMixture(
        components,
        covariance_type=family,
        n_init=n_init,
        max_iter=max_iter,
        tol=tol,
        reg_covar=reg_covar,
        random_state=seed,
    )
    with console.notes():
        model.fit(rows, sample_weight=sample_weight)
    if not quiet:
        _print(model, names, rows, sample_weight, title=data.name)
    model.feature_names_in_ = np.array(names, dtype=object)
    model.mixture_ = model.mixture_.named(names)
    if output is not None:
        save(model, output)
    if plot is not None:
        _draw(model.mixture_, rows, plot)


def _read(
    data: Path, columns: str | None, weights: str | None
) -> tuple[tuple[str, ...], HostND, HostND | None]:
    """The names, the rows and the weights to fit."""
    table = read_table(data)
    sample_weight = None if weights is None else numeric_rows(table, [weights])[:, 0]
    if columns is not None:
        names = [name.strip() for name in columns.split(",")]
    else:
        names = [name for name in table.column_names if name != weights]
    rows = numeric_rows(table, names)
    missing = np.isnan(rows).sum(axis=0)
    if missing.any():
        column = int(missing.argmax())
        raise DataFileError(
            f"Column {names[column]!r} has {missing[column]} missing entries of {len(rows)}. "
            "Fill them in or drop those rows; fitting with missing entries is not there yet."
        )
    return tuple(names), rows, sample_weight


def _print(
    model: GaussianMixture,
    names: tuple[str, ...],
    rows: HostND,
    sample_weight: HostND | None,
    title: str,
) -> None:
    mixture = model.mixture_.named(names)
    for first in range(0, mixture.n_components, COMPONENTS_PER_TABLE):
        last = min(first + COMPONENTS_PER_TABLE, mixture.n_components)
        console.out.print(_table(mixture, range(first, last), title if first == 0 else None))
    total = len(rows) if sample_weight is None else sample_weight.sum()
    summary = console.Table.grid(padding=(0, 2))
    for name, value in (
        ("log-likelihood", f"{model.score(rows, sample_weight=sample_weight) * total:.3f}"),
        ("BIC", f"{model.bic(rows, sample_weight):.3f}  (lower is better)"),
        ("iterations", str(model.n_iter_)),
        ("outcome", f"{model.outcome_.name.lower()}: {model.outcome_.sentence}"),
    ):
        summary.add_row(name, value)
    console.out.print(summary)


def _table(mixture: Mixture, components: range, title: str | None) -> Table:
    """Weight, and mean ± standard deviation of each feature, a column per component."""
    table = console.plain_table(title)
    table.add_column("component")
    for k in components:
        table.add_column(str(k), justify="right")
    table.add_row("weight", *(f"{mixture.weights[k]:.4f}" for k in components))
    deviations = np.sqrt(np.broadcast_to(mixture.storage.variances(), mixture.means.shape))
    for j, name in enumerate(mixture.feature_names or ()):
        table.add_row(
            name, *(_mean_and_deviation(mixture.means[k, j], deviations[k, j]) for k in components)
        )
    return table


def _mean_and_deviation(mean: float, deviation: float) -> str:
    """Both to three digits of the standard deviation."""
    if not 1e-4 < deviation < 1e6:
        return f"{mean:.6g} ± {deviation:.2e}"
    decimals = max(0, 2 - math.floor(math.log10(deviation)))
    return f"{mean:.{decimals}f} ± {deviation:.{decimals}f}"


def _draw(mixture: Mixture, rows: HostND, path: Path) -> None:
    from mixtura.plots import components  # matplotlib is slow to import
    from mixtura.plots.figure import blank_axes, write

    ax = components(mixture, rows, ax=blank_axes())
    write(ax, path)
