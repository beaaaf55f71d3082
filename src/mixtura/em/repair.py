"""Repair of collapsed components, without rows: the heaviest one is split along its longest axis.

A component with N rows, mean m and scatter S, whose longest axis is the unit vector v with
variance lambda, becomes two of N/2 rows each with means m +- delta, delta = sqrt(lambda) v / 2,
and scatters S/2 - N/2 delta delta^T. Together they have the moments of the one, so that nothing
else in the mixture notices; the collapsed component takes the place of the second half.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mixtura.errors import DegenerateFitError
from mixtura.moments import Moments


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
    length, axis = need.longest_axis(moments.scatter, heaviest, moments.n_features)
    rows_behind = moments.counts.sum() if need.pooled else count
    if not length > 0:
        raise DegenerateFitError
    delta = 0.5 * np.sqrt(length / rows_behind) * axis

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
