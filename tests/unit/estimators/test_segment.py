"""segment_image: noise is smoothed away, K is found, and bad input is told in a sentence."""

import warnings
from itertools import permutations

import numpy as np
import pytest

import mixtura as mx

QUADRANTS = np.kron([[0, 1], [2, 0]], np.ones((40, 50), dtype=int))


def noisy(sigma, n_channels=1, seed=0):
    """Three segments, one unit apart."""
    levels = np.arange(3)[:, None] if n_channels == 1 else np.eye(3, n_channels)
    noise = np.random.default_rng(seed).normal(0, sigma, (*QUADRANTS.shape, n_channels))
    return np.squeeze(levels[QUADRANTS] + noise)


def accuracy(found, truth=QUADRANTS):
    orders = permutations(range(found.n_segments))
    return max(np.mean(np.array(order)[found.labels] == truth) for order in orders)


@pytest.mark.parametrize(("sigma", "n_channels"), [(0.5, 1), (0.7, 3)])
def test_smoothing_gains_ten_points_where_pixels_are_four_fifths_right(sigma, n_channels):
    axis = None if n_channels == 1 else -1
    options = {"channel_axis": axis, "convert2lab": False, "random_state": 0}
    image = noisy(sigma, n_channels)
    alone = accuracy(mx.segment_image(image, 3, smoothness=0, **options))
    assert 0.75 <= alone <= 0.85
    assert accuracy(mx.segment_image(image, 3, **options)) >= alone + 0.1


def test_without_smoothing_it_is_the_mixture():
    image = noisy(0.3)
    found = mx.segment_image(image, 3, smoothness=0, random_state=0)
    expected = found.mixture.responsibilities(image.reshape(-1, 1))
    np.testing.assert_allclose(found.probabilities.reshape(-1, 3), expected, atol=1e-6)
    np.testing.assert_array_equal(found.labels.ravel(), expected.argmax(axis=1))
    assert (np.diff(found.mixture.means[:, 0]) > 0).all()


def test_lines_of_one_pixel_stay_where_their_contrast_is_four_times_the_noise():
    truth = np.zeros((60, 60), dtype=int)
    truth[:, ::12] = 1
    image = truth + np.random.default_rng(0).normal(0, 1 / 4, truth.shape)
    found = mx.segment_image(image, 2, random_state=0)
    assert np.mean(found.labels[truth == 1] == 1) > 0.9


def test_no_unit_matters_and_no_offset():
    image = noisy(0.4, 3)
    options = {"channel_axis": -1, "convert2lab": False, "random_state": 0}
    found = mx.segment_image(image, 3, **options)
    other = mx.segment_image(image * [1e6, 1, 1e-3] + [0, 1e3, 0], 3, **options)
    assert np.mean(found.labels == other.labels) > 0.999


def test_a_seed_is_enough_and_threads_do_not_matter():
    options = {"sample_size": 2000, "random_state": 3}
    first, second = (mx.segment_image(noisy(0.4), 3, n_threads=n, **options) for n in (1, 3))
    np.testing.assert_array_equal(first.probabilities, second.probabilities)


def test_a_sample_is_nearly_as_good():
    image = noisy(0.3)
    whole, part = (
        mx.segment_image(image, 3, sample_size=size, random_state=0) for size in (10**6, 2000)
    )
    assert np.mean(whole.labels == part.labels) > 0.99


@pytest.mark.parametrize("n_segments", ["auto", range(1, 6), [5, 3, 1]])
def test_icl_finds_the_number(n_segments):
    assert mx.segment_image(noisy(0.15), n_segments, random_state=0).n_segments == 3


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_types_of_colours_are_one_photograph(dtype):
    photo = np.clip(128 + 60 * noisy(0.5, 3), 0, 255).astype(np.uint8)
    scale = {np.uint8: 1, np.uint16: 257, np.float32: 1 / 255}[dtype]
    found = mx.segment_image((photo * np.float64(scale)).astype(dtype), 3, random_state=0)
    expected = mx.segment_image(photo, 3, random_state=0)
    assert np.mean(found.labels == expected.labels) > 0.999
    assert found.mixture.feature_names == ("L*", "a*", "b*")


def test_a_hole_in_a_channel_is_integrated_out():
    image = noisy(0.2, 3)
    image[5:10, 5:10, 1] = np.nan
    image[20, 20] = np.nan
    found = mx.segment_image(image, 3, channel_axis=-1, convert2lab=False, random_state=0)
    assert found.labels[20, 20] == -1
    assert (found.labels[5:10, 5:10] == found.labels[0, 0]).all()
    assert np.isfinite(found.mean_colors).all()


def test_pixels_outside_of_the_mask_change_nothing():
    image, mask = noisy(0.3), np.zeros(QUADRANTS.shape, dtype=bool)
    mask[:, :60] = True
    first = mx.segment_image(image, 3, mask=mask, random_state=0)
    image[:, 60:] = 1e6
    second = mx.segment_image(image, 3, mask=mask, random_state=0)
    np.testing.assert_array_equal(first.labels, second.labels)
    assert (first.labels[:, 60:] == -1).all()


def test_a_volume():
    truth = np.zeros((20, 24, 28), dtype=int)
    truth[:, 8:, 10:] = 1
    volume = truth + np.random.default_rng(0).normal(0, 0.5, truth.shape)
    found = mx.segment_image(volume, 2, random_state=0)
    assert accuracy(found, truth) > 0.97
    assert found.probabilities.shape == (20, 24, 28, 2)


def test_places_divide_what_colours_do_not():
    image = np.random.default_rng(0).normal(size=(20, 60))
    image[:, 25:35] = np.nan  # two fields of the same noise
    found = mx.segment_image(image, 2, position=True, random_state=0)
    assert (found.labels[:, :25] == found.labels[0, 0]).all()
    assert (found.labels[:, 35:] == 1 - found.labels[0, 0]).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
@pytest.mark.parametrize("shape", [(6, 7), (6, 7, 3)])
def test_a_constant_image_is_one_segment(dtype, shape):
    image = np.ones(shape, dtype=dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for n_segments in (1, "auto"):
            found = mx.segment_image(image, n_segments)
            assert (found.labels == 0).all()
            assert (found.mean_image() == image).all()
    with pytest.raises(ValueError, match="only 1 colour, so that there cannot be 2 segments"):
        mx.segment_image(image, 2)


def test_a_constant_channel_is_left_out():
    image = noisy(0.3, 3)
    image[..., 1] = 7
    found = mx.segment_image(image, 2, channel_axis=-1, convert2lab=False, random_state=0)
    assert found.mixture.feature_names == ("channel 0", "channel 2")
    np.testing.assert_array_equal(found.mean_colors[:, 1], [7, 7])


def test_an_estimator_has_its_own_family_and_beginning():
    image = noisy(0.4)
    tied = mx.GaussianMixture(covariance_type="tied", prior="default")
    found = mx.segment_image(image, 3, estimator=tied, random_state=0)
    assert found.mixture.covariance_type == "tied"
    assert accuracy(found) > 0.95
    given = mx.Mixture([0.5, 0.25, 0.25], [[0], [1], [2]], [0.1] * 3, covariance_type="spherical")
    kept = mx.GaussianMixture(covariance_type="spherical", mixture_init=given, max_iter=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that nothing has converged
        found = mx.segment_image(image, 3, estimator=kept)
    np.testing.assert_array_equal(found.mixture.means, given.means)


GREY = np.arange(600.0).reshape(20, 30)
RGB = np.random.default_rng(0).uniform(size=(20, 30, 3))


@pytest.mark.parametrize(
    ("image", "options", "error", "sentence"),
    [
        ("photo.jpg", {}, TypeError, "array of numbers"),
        (GREY.astype(complex), {}, TypeError, "complex128"),
        (np.ones(9), {}, ValueError, "has two axes beside its channels and a volume three"),
        (np.ones((0, 5)), {}, ValueError, "no pixels"),
        (np.ones((1, 1)), {}, ValueError, "Only one pixel counts"),
        (np.where(GREY == 3, np.inf, GREY), {}, ValueError, "infinity"),
        (np.full((5, 5), np.nan), {}, ValueError, "No pixel counts"),
        (np.ones((20, 30, 7)), {}, ValueError, "may have channels or be a volume"),
        (GREY, {"channel_axis": 2}, ValueError, "an axis of the image"),
        (GREY, {"channel_axis": "last"}, ValueError, "'last'"),
        (255 * RGB, {}, ValueError, "go from 0 to 1, but this one goes from 0 to 25"),
        (RGB.astype(int), {}, ValueError, "this one is of int64"),
        (GREY, {"convert2lab": True}, ValueError, "but there are 1"),
        (GREY, {"mask": np.zeros((20, 30), dtype=bool)}, ValueError, "No pixel counts"),
        (GREY, {"mask": np.ones((30, 20), dtype=bool)}, ValueError, r"shape is \(30, 20\)"),
        (GREY, {"mask": GREY}, ValueError, "True or 1 where pixels count"),
        (GREY, {"n_segments": 0}, ValueError, "n_segments must be a positive integer"),
        (GREY, {"n_segments": "five"}, ValueError, "'five'"),
        (GREY, {"n_segments": 700}, ValueError, "only 600 different colours"),
        (GREY, {"smoothness": -1}, ValueError, "smoothness must be"),
        (GREY, {"smoothness": np.nan}, ValueError, "smoothness must be"),
        (GREY, {"sample_size": 1}, ValueError, "sample_size must be"),
        (GREY, {"estimator": "full"}, TypeError, "must be a GaussianMixture"),
    ],
)
def test_bad_input_is_one_clear_sentence(image, options, error, sentence):
    with pytest.raises(error, match=sentence):
        mx.segment_image(image, options.pop("n_segments", 2), **options)
