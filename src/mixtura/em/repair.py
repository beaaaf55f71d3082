"""Repair of collapsed components, without rows: the heaviest one is split along its longest axis.

A component with N rows, mean m and scatter S becomes two of N/2 rows each with means m +- delta and
scatters S/2 - N/2 delta delta^T. Here delta is half of one standard deviation along the principal
axis in units of all rows' deviations, so that the units of the features do not matter. Together the
two have the moments of the one, so that nothing else in the mixture notices; the collapsed
component takes the place of the second half.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mixtura.errors import DegenerateFitError
from mixtura.moments import Moments
from mixtura.typing import ArrayD

ROUNDING = 1e-9
"""Of a variance; the rest of it is what was added."""


def split_heaviest(moments: Moments, collapsed: NDArray[np.bool_]) -> Moments:
    """Moments in which each collapsed component is half of the then heaviest one.

    Raises
    ------
    DegenerateFitError
        Where no component is left, or the heaviest has no extent.
    """
    alive = ~collapsed
    for component in np.flatnonzero(collapsed):
        if not alive.any():
            raise DegenerateFitError
        heaviest = int(np.where(alive, moments.counts, -np.inf).argmax())
        moments = _split(moments, heaviest, int(component))
        alive[component] = True
    return moments


def _split(moments: Moments, heaviest: int, component: int) -> Moments:
    need = moments.need
    moments = moments.centred
    count = moments.counts[heaviest]
    axis = need.longest_axis(moments.scatter, heaviest, _scales(moments))
    if not axis.any():
        raise DegenerateFitError
    rows_behind = moments.counts.sum() if need.pooled else count
    delta = 0.5 * axis / np.sqrt(rows_behind)

    halves = [heaviest, component]
    counts, centres = np.array(moments.counts), np.array(moments.centres)
    counts[halves] = count / 2
    centres[halves] = moments.centres[heaviest] + np.outer([1, -1], delta)
    between = np.zeros_like(centres)
    between[halves] = delta
    need, scatter = need.halved(moments.scatter, heaviest, component)
    return replace(
        moments,
        counts=counts,
        sums=np.zeros_like(moments.sums),
        scatter=scatter - need.outer(between * counts[:, None], between),
        centres=centres,
        need=need,
    )


def _scales(moments: Moments) -> ArrayD:
    """What brings features to the same units: about 1 / sigma_j, with sigma_j^2 of all rows.

    A feature with no variance but reg_covar has scale 0, as there is nothing to split in it; where
    all are so, 1.
    """
    counts, centres = moments.counts, moments.centres
    mean = counts @ centres / counts.sum()
    between = counts @ (centres - mean) ** 2
    variances = (moments.variance_sums().sum(axis=0) + between) / counts.sum()
    own = variances - moments.reg_covar
    own = np.where(own > ROUNDING * variances, own, 0)
    if not own.any():
        return np.ones(len(mean))
    return np.asarray(np.sqrt(own) / np.where(variances > 0, variances, 1))
