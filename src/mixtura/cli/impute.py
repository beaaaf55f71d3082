"""`mixtura impute`: a model and a table in; the table without missing entries out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from mixtura.cli import console
from mixtura.cli.inputs import blocks_of, model_and_rows
from mixtura.cli.options import Data, Model, Quiet, Seed, check_outputs
from mixtura.cli.outputs import write
from mixtura.data import Scan
from mixtura.data.arrow.answers import tables_of
from mixtura.data.arrow.table import Table, numeric_columns, with_columns, with_filled
from mixtura.data.arrow.writing import check_format
from mixtura.distribution import Mixture, as_mixture
from mixtura.engine import Local
from mixtura.typing import Block, HostND, Indices


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
    loaded, rows = model_and_rows(model, data)
    n_missing: Indices = Local().sum(_n_missing, blocks_of(rows))
    filling = Filling(rows, as_mixture(loaded), n_missing > 0)
    tables = filling.means() if draws is None else filling.draws(draws, seed, f"{prefix}draw")
    n_rows = write(tables, output)
    if output is not None and not quiet:
        console.say(f"{n_missing.sum()} missing entries filled in; {n_rows} rows in {output}")


@dataclass(frozen=True)
class Filling:
    """All columns of the data, those of a mixture filled in.

    Attributes
    ----------
    rows : Scan
        The features.
    mixture : Mixture
    lacking : ndarray of bool, shape (d,)
        The features that lack entries: the others stay as they are.
    """

    rows: Scan
    mixture: Mixture
    lacking: NDArray[np.bool_]

    def means(self) -> Iterator[Table]:
        """With conditional means."""
        for table, known in self._pieces():
            yield self._filled(table, known, self.mixture.impute(known))

    def draws(self, n_draws: int, seed: int, name: str) -> Iterator[Table]:
        """With draws, each of all rows one below the other, counted in a column of that name."""
        rng = np.random.default_rng(seed)
        for number in range(1, n_draws + 1):
            for table, known in self._pieces():
                (drawn,) = self.mixture.impute(known, n_draws=1, rng=rng)
                counter = {name: np.full(table.num_rows, number)}
                yield with_columns(self._filled(table, known, drawn), counter)

    def _pieces(self) -> Iterator[tuple[Table, Table]]:
        """Some rows at a time, and their features."""
        for table in tables_of(self.rows.reader):
            yield table, numeric_columns(table, self.rows.columns)

    def _filled(self, table: Table, known: Table, filled: HostND) -> Table:
        names = np.array(known.column_names)[self.lacking]
        return with_filled(table, names.tolist(), filled[:, self.lacking])


def _n_missing(block: Block) -> Indices:
    """How many entries are missing, of each feature, shape (d,)."""
    return np.asarray(np.isnan(block.rows).sum(axis=0))
