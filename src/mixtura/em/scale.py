"""The scale of the data: what `reg_covar` is measured against."""

from functools import partial

import numpy as np

from mixtura._array import to_numpy
from mixtura.data import Source
from mixtura.engine import Engine
from mixtura.moments import DIAGONAL, Moments, collect_assigned
from mixtura.typing import ArrayD, ArrayKD, Block


def column_variances(engine: Engine, source: Source) -> ArrayD:
    """The weighted variance of each column, shape (d,)."""
    origin = to_numpy(source.take(slice(0, 1))[0])
    rough: Moments = engine.sum(partial(_moments_of_all, origin), source)
    centred = rough.about(rough.means())
    return np.asarray(np.maximum(centred.scatter[0], 0) / centred.counts[0])


def _moments_of_all(centre: ArrayKD, block: Block) -> Moments:
    one_cluster = np.zeros(block.rows.shape[0], dtype=np.int64)
    return collect_assigned(block, one_cluster, centre, DIAGONAL)
