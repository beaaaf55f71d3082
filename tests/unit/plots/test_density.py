"""Density: regions of the stated probability, on a grid that resolves them."""

import matplotlib.path
import numpy as np
import pytest
from scipy.stats import chi2, multivariate_normal

import mixtura as mx
from mixtura.plots.rows import MANY_ROWS
from mixtura.uses.highest_density import log_density_thresholds

LEVELS = (0.5, 0.8, 0.95, 0.99)


def contour_lines(ax):
    """The contours, as one compound path for each level from the largest region."""
    return ax.collections[1].get_paths()


def share_inside(path, rows):
    """Rows within an odd number of the path's closed loops, which may be holes."""
    inside = sum(
        matplotlib.path.Path(loop).contains_points(rows).astype(int)
        for loop in path.to_polygons(closed_only=False)
    )
    return (inside % 2).mean()


def test_regions_hold_what_they_say(tilted):
    ax = mx.plots.density(tilted)
    rows, _ = tilted.sample(200_000, rng=5)
    shares = [share_inside(path, rows) for path in contour_lines(ax)]
    np.testing.assert_allclose(shares, LEVELS[::-1], atol=0.005)


def test_regions_of_thin_oblique_components_hold_what_they_say():
    thin = mx.Mixture(
        [0.6, 0.4], [[0, 0], [1, -1]], [[[1, 0.998], [0.998, 1]], [[1e-4, 0], [0, 1e-4]]]
    )
    rows, _ = thin.sample(100_000, rng=5)
    shares = [share_inside(path, rows) for path in contour_lines(mx.plots.density(thin))]
    np.testing.assert_allclose(shares, LEVELS[::-1], atol=0.02)


def test_thresholds_of_one_gaussian_are_known(tilted):
    covariance = np.array([[2, 1.2], [1.2, 1]])
    gaussian = mx.Mixture([1], [[3, 4]], [covariance])
    highest = multivariate_normal([3, 4], covariance).logpdf([3, 4])
    expected = highest - chi2.ppf(LEVELS, 2) / 2
    # The quantile's standard error is sqrt(q (1 - q) / n) over the density of -chi2/2, 1 - q.
    errors = np.sqrt(np.divide(LEVELS, 1 - np.array(LEVELS)) / 100_000)
    thresholds = log_density_thresholds(gaussian, LEVELS)
    assert (np.abs(thresholds - expected) < 5 * errors).all()


def test_filled_levels_are_the_contours_levels(tilted):
    filled, lines = mx.plots.density(tilted, levels=[0.9, 0.3]).collections
    np.testing.assert_array_equal(filled.levels[:-1], lines.levels)
    np.testing.assert_allclose(lines.levels, log_density_thresholds(tilted, [0.9, 0.3]))
    lightness = filled.get_facecolor()[:, :3] @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(lightness) < 0).all()  # darker inside, also in greyscale


def test_other_features_are_summed_over(mixture):
    ax = mx.plots.density(mixture, features=["height", "length"])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("height", "length")
    rows, _ = mixture.sample(100_000, rng=5)
    shares = [share_inside(path, rows[:, [2, 0]]) for path in contour_lines(ax)]
    np.testing.assert_allclose(shares, LEVELS[::-1], atol=0.007)


def test_the_outermost_region_lies_within_the_limits(tilted):
    ax = mx.plots.density(tilted)
    outermost = contour_lines(ax)[0].get_extents()
    assert ax.viewLim.x0 < outermost.x0 < outermost.x1 < ax.viewLim.x1
    assert ax.viewLim.y0 < outermost.y0 < outermost.y1 < ax.viewLim.y1


def test_few_rows_are_points_and_many_are_an_image_below_lines(tilted):
    rows, _ = tilted.sample(100, rng=0)
    points = mx.plots.density(tilted, rows).collections[-1]
    np.testing.assert_array_equal(points.get_offsets(), rows)
    rows, _ = tilted.sample(MANY_ROWS + 1, rng=0)
    ax = mx.plots.density(tilted, rows)
    (image,), (lines,) = ax.images, ax.collections
    assert not lines.filled
    assert image.get_array().size < 2 * MANY_ROWS
    assert lines.get_zorder() > image.get_zorder()


def test_fifty_components_are_drawn():
    rng = np.random.default_rng(0)
    many = mx.Mixture(
        np.full(50, 0.02),
        20 * rng.normal(size=(50, 2)),
        rng.uniform(0.01, 2, size=(50, 2)),
        covariance_type="diag",
    )
    assert len(contour_lines(mx.plots.density(many))) == len(LEVELS)


@pytest.mark.parametrize("levels", [0.9, [0.9], (0.9, 0.9)])
def test_one_level(tilted, levels):
    ax = mx.plots.density(tilted, levels=levels)
    assert ax.child_axes[0].get_xlabel() == "Regions hold 90\xa0%"
    assert len(contour_lines(ax)) == 1
