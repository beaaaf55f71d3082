"""Pictures of a segmentation: boundaries and overlays as scikit-image has them, mean colours."""

import numpy as np
import pytest
from skimage.color import label2rgb
from skimage.segmentation import find_boundaries, mark_boundaries

import mixtura as mx

RNG = np.random.default_rng(0)
PHOTO = np.kron(RNG.integers(0, 256, (3, 4, 3)), np.ones((8, 8, 1))).astype(np.uint8)
VOLUME = RNG.normal(size=(20, 21, 22))


@pytest.mark.parametrize("image", [PHOTO, PHOTO[..., 0], VOLUME])
def test_boundaries_are_those_of_scikit_image(image):
    found = mx.segment_image(image, 3, smoothness=0, random_state=0)
    np.testing.assert_array_equal(found.boundaries(), find_boundaries(found.labels))


@pytest.mark.parametrize("image", [PHOTO, PHOTO[..., 0], PHOTO / 255])
def test_the_overlay_is_that_of_scikit_image(image):
    found = mx.segment_image(image, 3, random_state=0)
    ours = found.mark_boundaries(color=(1, 0, 0))
    theirs = mark_boundaries(image, found.labels, color=(1, 0, 0), mode="thick")
    scale = 255 if image.dtype == np.uint8 else 1
    assert ours.dtype == image.dtype
    np.testing.assert_allclose(ours / scale, theirs, atol=1e-12)


def test_mean_colours_are_those_of_scikit_image():
    image = PHOTO / 255
    found = mx.segment_image(image, 4, random_state=0)
    expected = label2rgb(found.labels, image, kind="avg", bg_label=-1)
    np.testing.assert_allclose(found.mean_image(), expected)
    np.testing.assert_array_equal(found.counts(), np.bincount(found.labels.ravel()))


def test_what_does_not_count_stays_as_it_is():
    image = np.dstack([PHOTO, np.full(PHOTO.shape[:2], 255, dtype=np.uint8)])
    image[:4, :4, 3] = 0
    found = mx.segment_image(image, 3, random_state=0)
    assert (found.labels[:4, :4] == -1).all()
    assert (found.probabilities[:4, :4] == 0).all()
    np.testing.assert_array_equal(found.mean_image()[:4, :4], image[:4, :4])
    np.testing.assert_array_equal(found.mean_image()[..., 3], image[..., 3])
    assert found.mean_image().dtype == np.uint8


def test_channels_first_come_back_first():
    first = np.moveaxis(PHOTO, -1, 0)
    found = mx.segment_image(first, 3, channel_axis=0, random_state=0)
    expected = mx.segment_image(PHOTO, 3, random_state=0)
    np.testing.assert_array_equal(found.labels, expected.labels)
    np.testing.assert_array_equal(found.mean_image(), np.moveaxis(expected.mean_image(), -1, 0))
    np.testing.assert_array_equal(found.mark_boundaries(), expected.mark_boundaries())


def test_boundaries_need_something_to_be_drawn_over():
    image = RNG.normal(size=(9, 9, 2))
    found = mx.segment_image(image, 2, channel_axis=-1, random_state=0)
    with pytest.raises(ValueError, match="not over float64 of shape"):
        found.mark_boundaries()
    assert found.mark_boundaries(image[..., 0]).shape == (9, 9, 3)
