"""One exact pass over the pixels of an image, and what their labels say of its colours."""

import numpy as np
from numpy.typing import NDArray

from mixtura._array import row_ranges
from mixtura.distribution import Mixture
from mixtura.typing import Float
from mixtura.uses.segmentation.pixels import Pixels
from mixtura.uses.segmentation.potts import Maps
from mixtura.uses.segmentation.watching import tell

BLOCK = 2**16
"""Pixels at a time."""


def responsibility_maps(mixture: Mixture, pixels: Pixels) -> Maps:
    """The responsibilities of every pixel, shape (K, *shape); zero where it does not count."""
    n = len(pixels.values)
    maps = np.empty((mixture.n_components, n), dtype=np.float32)
    for block in row_ranges(n, BLOCK):
        tell("pixels", block.start, n)
        maps[:, block] = mixture.responsibilities(pixels.features(block)).T
    tell("pixels", n, n)
    if pixels.counted is not None:
        maps *= pixels.counted
    return maps.reshape(-1, *pixels.shape)


def labels_of(maps: Maps, pixels: Pixels) -> NDArray[np.int32]:
    """The most probable component of every pixel, -1 where it does not count."""
    labels = np.zeros(pixels.shape, dtype=np.int32)
    highest = maps[0].copy()
    for k in range(1, len(maps)):
        higher = maps[k] > highest
        labels[higher] = k
        np.copyto(highest, maps[k], where=higher)
    if pixels.counted is not None:
        labels[~pixels.counted.reshape(pixels.shape)] = -1
    return labels


def mean_colors(labels: NDArray[np.int32], pixels: Pixels, n_components: int) -> Float:
    """The mean of each component's pixels in every channel, (K, channels); NaN where it has none.

    Entries that are missing do not count.
    """
    sums = np.zeros((n_components, pixels.colours.shape[1]))
    counts = np.zeros_like(sums)
    flat = labels.reshape(-1)
    for block in row_ranges(len(flat), BLOCK):
        own = flat[block] >= 0
        for c, channel in enumerate(pixels.colours[block].T):
            known = own & (channel == channel)
            sums[:, c] += np.bincount(flat[block][known], channel[known], n_components)
            counts[:, c] += np.bincount(flat[block][known], minlength=n_components)
    with np.errstate(invalid="ignore"):
        return np.asarray(sums / counts)
