"""Labels that their neighbours share: a Potts model of the image, by mean field.

With r_ik the responsibilities and s_ij shares that sum to 1 over the neighbours j of a pixel i,

    p(z | x) ~ prod_i r_{i z_i} exp(beta / 2 sum_{i, j} s_ij [z_i = z_j])

is approached by independent pixels, q(z) = prod_i q_{i z_i}, that maximize the lower bound of its
normalizing constant's logarithm

    F(q) = sum_ik q_ik log r_ik + beta / 2 sum_ij s_ij sum_k q_ik q_jk - sum_ik q_ik log q_ik

and one pixel after the other takes its maximum given the others:

    q_ik ~ r_ik exp(beta sum_j s_ij q_jk)

Pixels whose places are even and odd alike along every axis are no neighbours, so that all of these
are updated at once, by any number of threads, and F never falls.

Besag, J. (1986). On the statistical analysis of dirty pictures. Journal of the Royal Statistical
Society B 48, 259-302.
Celeux, G., Forbes, F. and Peyrard, N. (2003). EM procedures using mean field-like approximations
for Markov model-based image segmentation. Pattern Recognition 36, 131-144.
"""

import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mixtura import _machine
from mixtura._array import BLOCK_FLOATS
from mixtura.uses.segmentation.watching import tell

Maps: TypeAlias = NDArray[np.float32]
"""A number for each component and pixel, shape (K, *shape)."""

Offset: TypeAlias = tuple[int, ...]
Place: TypeAlias = tuple[slice, ...]

MOST_SWEEPS = 30

STILL = 1e-3
"""Sweeps end when probabilities move less than this on average."""

LEAST = np.finfo(np.float32).tiny


def smoothed(responsibilities: Maps, smoothness: float, counted: NDArray[np.bool_] | None) -> Maps:
    """q of the pixels that count, which alone are neighbours; zero for the others.

    Parameters
    ----------
    responsibilities : ndarray of shape (K, *shape)
        They become their logarithms, to spare memory.
    smoothness : float
        beta, how many nats a label gains that all neighbours have.
    counted : ndarray of bool, shape (*shape), optional
    """
    shape = responsibilities.shape[1:]
    # A border of zeros stands in for the neighbours that pixels at the edge lack.
    bordered = np.zeros((len(responsibilities), *(n + 2 for n in shape)), dtype=np.float32)
    q = bordered[(slice(None), *(slice(1, -1) for _ in shape))]
    q[...] = responsibilities
    log_r = np.log(np.maximum(responsibilities, LEAST, out=responsibilities), out=responsibilities)
    update = partial(_update, bordered, log_r, smoothness, counted, _shells(len(shape)))
    with ThreadPoolExecutor(_machine.n_threads()) as pool:
        for sweep in range(MOST_SWEEPS):
            tell("smoothing", sweep, MOST_SWEEPS)
            if _swept(pool.map, update, log_r) < STILL:
                break
    tell("smoothing", MOST_SWEEPS, MOST_SWEEPS)
    return q


def _swept(
    all_of: Callable[..., Iterable[float]], update: Callable[[Place], float], log_r: Maps
) -> float:
    """Update every pixel once; how far they moved, on average."""
    n_components, n_rows, *others = log_r.shape
    # Rows of a part begin at an even place, and their working space stays in the cache.
    floats_per_pair = n_components * math.prod((n + 1) // 2 for n in others)
    part = 2 * max(1, BLOCK_FLOATS // floats_per_pair)
    moved = 0.0
    for parities in product((0, 1), repeat=log_r.ndim - 1):
        columns = [slice(parity, n, 2) for parity, n in zip(parities[1:], others, strict=True)]
        places = [
            (slice(first + parities[0], min(first + part, n_rows), 2), *columns)
            for first in range(0, n_rows, part)
        ]
        moved += sum(all_of(update, places))
    return moved / math.prod(log_r.shape[1:])


def _update(
    bordered: Maps,
    log_r: Maps,
    beta: float,
    counted: NDArray[np.bool_] | None,
    shells: list[tuple[float, list[Offset]]],
    place: Place,
) -> float:
    """The maximum of F over the pixels at a place, and the sum of how far they moved."""
    z = log_r[:, *place].copy()
    for share, offsets in shells:
        first, *others = (bordered[:, *_moved(place, offset)] for offset in offsets)
        neighbours = first.copy()
        for other in others:
            neighbours += other
        neighbours *= np.float32(beta * share)
        z += neighbours
    z -= z.max(axis=0)
    np.exp(z, out=z)
    z /= z.sum(axis=0)
    if counted is not None:
        z *= counted[place]
    q = bordered[:, *_moved(place, (0,) * len(place))]
    moved = float(np.abs(q - z).sum())
    q[...] = z
    return moved


def _moved(place: Place, offset: Offset) -> Place:
    """A place as it is within the border, moved by an offset."""
    return tuple(
        slice(along.start + 1 + step, along.stop + 1 + step, 2)
        for along, step in zip(place, offset, strict=True)
    )


def _shells(n_axes: int) -> list[tuple[float, list[Offset]]]:
    """All pixels that touch, at corners too, by their distance, to which shares are inverse."""
    offsets = [offset for offset in product((-1, 0, 1), repeat=n_axes) if any(offset)]
    total = sum(1 / math.hypot(*offset) for offset in offsets)
    return [
        (1 / (math.sqrt(squared) * total), [o for o in offsets if sum(map(abs, o)) == squared])
        for squared in range(1, n_axes + 1)
    ]
