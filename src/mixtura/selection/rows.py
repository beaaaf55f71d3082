"""Rows of a sweep: how many, some of them, and what a mixture says of them in all."""

from functools import partial

import numpy as np

from mixtura._array import to_numpy
from mixtura.data import Resident, Source
from mixtura.distribution import Mixture, posterior
from mixtura.engine import Engine, open_rows
from mixtura.moments.total import total
from mixtura.typing import Float, Indices


def weights_of(source: Resident) -> Float:
    """The sample weights, or ones, shape (n,)."""
    _, weights = source.take(slice(None))
    return np.ones(source.n_rows) if weights is None else to_numpy(weights)


def some_rows(source: Resident, chosen: Indices) -> tuple[Engine, Resident]:
    """The engine and source of some rows."""
    rows, weights = source.take(chosen)
    patterns = None if source.patterns is None else source.patterns[chosen]
    return open_rows(rows, weights, patterns, floats_per_row=source.n_features)


def log_likelihood(mixture: Mixture, engine: Engine, source: Source) -> float:
    """sum_i w_i log p(x_i)."""
    summed: float = engine.sum(partial(total, posterior.log_density, mixture), source)
    return summed


def log_certainty(mixture: Mixture, engine: Engine, source: Source) -> float:
    """sum_i w_i log max_k r_ik: 0 where all labels are certain."""
    summed: float = engine.sum(partial(total, posterior.log_certainty, mixture), source)
    return summed
