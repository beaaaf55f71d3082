"""Columns that are constant have no variance, which most families need: an error names them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from mixtura.data import Source
from mixtura.em.scale import column_variances
from mixtura.engine import Engine
from mixtura.errors import DegenerateFitError
from mixtura.typing import ArrayD


@contextmanager
def naming_constant_columns(
    engine: Engine, source: Source, reg_covar: float | ArrayD, names: Sequence[str] | None
) -> Iterator[None]:
    """A fit that fails tells which columns are constant, if nothing is added to their variances."""
    try:
        yield
    except DegenerateFitError:
        bare = (column_variances(engine, source) == 0) & (np.asarray(reg_covar) == 0)
        if not bare.any():
            raise
        columns = np.flatnonzero(bare).tolist()
        told = [str(at) if names is None else repr(str(names[at])) for at in columns]
        raise DegenerateFitError(
            f"Constant columns: {', '.join(told)}. Leave them out, or take "
            "reg_covar='auto', which adds a little to their variances."
        ) from None
