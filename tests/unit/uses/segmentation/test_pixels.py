"""Pixels: what is taken for channels, what counts, and their features."""

import numpy as np
import pytest
from scipy.ndimage import generic_filter

from mixtura.uses.segmentation import Pixels

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("shape", "axis", "names"),
    [
        ((20, 30), "auto", ("grey",)),
        ((20, 30, 1), "auto", ("grey",)),
        ((20, 30, 3), "auto", ("L*", "a*", "b*")),
        ((20, 30, 4), "auto", ("L*", "a*", "b*")),
        ((3, 20, 30), 0, ("L*", "a*", "b*")),
        ((20, 30, 2), -1, ("channel 0", "channel 1")),
        ((20, 30, 3), None, ("grey",)),
        ((20, 30, 40), "auto", ("grey",)),
        ((20, 30, 4, 2), 3, ("channel 0", "channel 1")),
    ],
)
def test_which_axis_has_the_channels(shape, axis, names):
    image = RNG.uniform(0.1, 1, shape)
    pixels = Pixels.of(image, channel_axis=axis)
    assert pixels.names == names
    spatial = np.delete(shape, axis) if isinstance(axis, int) else shape[: len(pixels.shape)]
    assert pixels.shape == tuple(spatial)
    assert pixels.features(slice(0, 5)).shape == (5, len(names))


def test_channels_first_are_the_same_pixels():
    image = RNG.integers(0, 256, (6, 7, 3), dtype=np.uint8)
    last, first = Pixels.of(image), Pixels.of(np.moveaxis(image, -1, 0), channel_axis=0)
    np.testing.assert_array_equal(last.features(slice(None)), first.features(slice(None)))


def test_what_does_not_count():
    image = RNG.uniform(0, 1, (4, 5, 4))
    image[0, 0, 3] = 0  # transparent
    image[0, 1, 2] = np.nan
    mask = np.ones((4, 5), dtype=bool)
    mask[0, 2] = False
    counted = Pixels.of(image, mask=mask).counted.reshape(4, 5)
    assert not counted[0, :3].any()
    assert counted.sum() == 17


def test_of_other_channels_one_entry_is_enough():
    image = RNG.normal(size=(4, 5, 2))
    image[0, 0], image[0, 1, 0] = np.nan, np.nan
    counted = Pixels.of(image, channel_axis=-1).counted.reshape(4, 5)
    assert not counted[0, 0]
    assert counted[0, 1]


def test_masked_entries_are_missing():
    image = np.ma.array(np.arange(20).reshape(4, 5), mask=np.eye(4, 5, dtype=bool))
    np.testing.assert_array_equal(Pixels.of(image).counted, ~np.eye(4, 5, dtype=bool).ravel())


@pytest.mark.parametrize("shape", [(6, 7), (4, 5, 20)])
def test_local_means_are_those_of_scipy(shape):
    image = RNG.normal(size=shape)
    image.flat[5] = np.nan
    pixels = Pixels.of(image, channel_axis=None)
    means = pixels.local_means(np.arange(image.size))
    expected = generic_filter(image, np.nanmean, size=3, mode="constant", cval=np.nan)
    np.testing.assert_allclose(means.reshape(shape), expected, rtol=1e-12)


def test_places_are_hundredths_of_the_longest_axis():
    pixels = Pixels.of(np.arange(200.0).reshape(4, 50), with_position=True)
    assert pixels.names == ("grey", "row", "column")
    np.testing.assert_allclose(pixels.features(np.array([151])), [[151, 6, 2]])
