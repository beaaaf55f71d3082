"""A model and the table it is asked about."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mixtura.cli.options import split_names
from mixtura.data.arrow.table import Table, numeric_columns, read_table, weight_column
from mixtura.distribution import Mixture, as_mixture
from mixtura.errors import DataFileError
from mixtura.files import load
from mixtura.typing import HostN


def model_and_table(model: Path, data: Path) -> tuple[Any, Table, Table]:
    """The loaded model, the whole table, and the columns of it that the model was fitted to."""
    loaded = load_model(model)
    table = read_table(data)
    marker = getattr(loaded, "missing_values", math.nan)
    if marker == marker:  # it is not NaN
        raise DataFileError(
            f"The model takes {marker} for a missing entry; of tables, missing entries are empty. "
            "Fit and save an imputer with missing_values=np.nan."
        )
    return loaded, table, _features(as_mixture(loaded), table)


def rows_to_fit(
    data: Path, columns: Sequence[str] | None, weights: str | None
) -> tuple[Table, HostN | None]:
    """The columns of a table that are to be fitted, and how often each row counts."""
    table = read_table(data)
    names = split_names(columns, table.column_names) or [
        name for name in table.column_names if name != weights
    ]
    return numeric_columns(table, names), weight_column(table, weights)


def load_model(path: Path) -> Any:
    """The mixture or estimator in a model file."""
    if not path.is_file():
        raise DataFileError(f"There is no file {str(path)!r}.")
    return load(path)


def _features(mixture: Mixture, table: Table) -> Table:
    names = mixture.feature_names
    if names is None and len(table.column_names) != mixture.n_features:
        raise DataFileError(
            f"The model has {mixture.n_features} features without names, and the table has "
            f"{len(table.column_names)} columns; keep those that the model was fitted to."
        )
    return numeric_columns(table, names)
