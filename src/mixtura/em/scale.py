"""Where the data lie, and how far they spread: what `reg_covar` is held against."""

from functools import partial

import numpy as np

from mixtura._array import on_host, to_numpy
from mixtura.data import Source
from mixtura.engine import Engine
from mixtura.moments import DIAGONAL, FULL, Moments, Need, collect_assigned
from mixtura.typing import ArrayD, ArrayDD, ArrayKD, Block


def first_row(source: Source) -> ArrayKD:
    """The first row that has weight, shape (1, d): an origin that lies among the data."""
    for block in source:
        if block.weights is None:
            return to_numpy(block.rows[:1, :])
        weighted = np.flatnonzero(on_host(block.weights) > 0)
        if len(weighted):
            return to_numpy(block.rows[int(weighted[0]) : int(weighted[0]) + 1, :])
    raise ValueError("No row has weight.")


def column_variances(engine: Engine, source: Source) -> ArrayD:
    """The weighted variance of each column, shape (d,)."""
    rough: Moments = engine.sum(partial(_moments_of_all, first_row(source), need=DIAGONAL), source)
    centred = rough.centred
    return np.asarray(np.maximum(centred.scatter[0], 0) / centred.counts[0])


def mean_and_covariance(engine: Engine, source: Source) -> tuple[ArrayD, ArrayDD]:
    """The weighted mean (d,) and covariance (d, d) of the rows, the latter with n - 1.

    n is the sum of the weights, as weights count rows.
    """
    rough: Moments = engine.sum(partial(_moments_of_all, first_row(source), need=FULL), source)
    centred = rough.centred
    n = float(centred.counts[0])
    if n <= 1:
        raise ValueError(
            f"The weights sum to {n:g}: from fewer than two rows a prior gets no scale; give one."
        )
    return centred.centres[0], np.asarray(centred.scatter[0] / (n - 1))


def _moments_of_all(centre: ArrayKD, block: Block, need: Need) -> Moments:
    one_cluster = np.zeros(block.rows.shape[0], dtype=np.int64)
    return collect_assigned(block, one_cluster, centre, need)
