"""L*a*b* is scikit-image's, for integers and floats; greys have no colour."""

import numpy as np
import pytest
from skimage.color import rgb2lab

from mixtura.uses.segmentation.lab import lab_of

LEVELS = np.linspace(0, 1, 9)
COLOURS = np.stack(np.meshgrid(LEVELS, LEVELS, LEVELS), axis=-1).reshape(-1, 3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
def test_colours_are_those_of_scikit_image(dtype):
    most = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1
    colours = (COLOURS * most).astype(dtype)
    expected = rgb2lab((colours / most).astype(np.float64))
    np.testing.assert_allclose(lab_of(colours), expected, atol=0.02)


def test_greys_have_no_colour_and_white_is_100():
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    lab = lab_of(greys)
    np.testing.assert_allclose(lab[:, 1:], 0, atol=1e-12)
    np.testing.assert_allclose(lab[[0, -1], 0], [0, 100], atol=1e-12)
    assert (np.diff(lab[:, 0]) > 0).all()
