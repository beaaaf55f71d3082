"""A model and the rows it is asked about, which are read block by block."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mixtura.cli.options import split_names
from mixtura.data import Resident, Scan, Stream, scan
from mixtura.data.arrow.table import Table, table_of
from mixtura.distribution import as_mixture
from mixtura.engine import collection_of
from mixtura.errors import DataFileError
from mixtura.files import load
from mixtura.typing import AnyND

MOST_DRAWN = 2**18
"""So many rows of what is not kept in memory are shown in a picture."""


def model_and_rows(model: Path, data: Path) -> tuple[Any, Scan]:
    """The loaded model, and the columns of the data that it was fitted to."""
    loaded = load_model(model)
    marker = getattr(loaded, "missing_values", math.nan)
    if marker == marker:  # it is not NaN
        raise DataFileError(
            f"The model takes {marker} for a missing entry; of tables, missing entries are empty. "
            "Fit and save an imputer with missing_values=np.nan."
        )
    mixture = as_mixture(loaded)
    rows = scan(data)
    if not (rows.columns is None or mixture.feature_names is None):
        return loaded, scan(data, mixture.feature_names)
    if rows.n_features != mixture.n_features:
        raise DataFileError(
            f"The model has {mixture.n_features} features without names, and the table has "
            f"{rows.n_features} columns; keep those that the model was fitted to."
        )
    return loaded, rows


def rows_to_fit(data: Path, columns: Sequence[str] | None) -> Scan:
    """The columns of the data that are to be fitted."""
    rows = scan(data)
    names = split_names(columns, rows.columns or ())
    return rows if names is None else scan(data, names)


def blocks_of(rows: Scan, weights: str | None = None) -> Stream:
    """Every row, with how often it counts."""
    if weights is not None:
        rows.reader.check([weights])
    return Stream(rows.reader, rows.without(weights), weights, every_row=True)


def rows_to_show(rows: Scan, seed: int = 0) -> Table | AnyND:
    """All rows, or a sample of many."""
    collection = collection_of(rows)
    assert collection is not None
    source, _ = collection.counted(None)
    n = source.n_rows if isinstance(source, Resident) else MOST_DRAWN
    entries, _ = collection.engine.sample(source, n, np.random.default_rng(seed))
    return entries if rows.columns is None else table_of(zip(rows.columns, entries.T, strict=True))


def load_model(path: Path) -> Any:
    """The mixture or estimator in a model file."""
    if not path.is_file():
        raise DataFileError(f"There is no file {str(path)!r}.")
    return load(path)
