"""Uncertainty: larger and darker where the label is less certain; lines where it changes."""

import numpy as np
import pytest

import mixtura as mx
from mixtura.plots.rows import MANY_ROWS


def points_and_boundaries(ax):
    points, *boundaries = ax.collections
    return points, np.vstack([path.vertices for line in boundaries for path in line.get_paths()])


def test_sizes_and_greys_grow_with_the_uncertainty(tilted):
    rows, _ = tilted.sample(500, rng=0)
    ax = mx.plots.uncertainty(tilted, rows)
    points, _ = points_and_boundaries(ax)
    shown = np.asarray(points.get_offsets())
    uncertainties = 1 - tilted.responsibilities(shown).max(axis=1)
    np.testing.assert_allclose(points.get_array(), uncertainties, atol=1e-12)
    assert (np.diff(uncertainties) >= -1e-12).all()  # the most uncertain are drawn last
    areas = points.get_sizes()
    assert (np.diff(areas) >= -1e-9).all()
    assert areas[-1] > 3 * areas[0]
    points.update_scalarmappable()
    lightness = points.get_facecolor()[:, :3].mean(axis=1)
    assert (np.diff(lightness) <= 1e-12).all()
    assert lightness[0] - lightness[-1] > 0.5
    order = np.lexsort(rows.T)
    np.testing.assert_array_equal(rows[order], shown[np.lexsort(shown.T)])


def test_tiny_uncertainties_are_not_rounded_to_nothing():
    far = mx.Mixture([0.5, 0.5], [[-10, 0], [10, 0]], [1, 1], covariance_type="spherical")
    points, _ = points_and_boundaries(mx.plots.uncertainty(far, [[-1.0, 0], [0, 0]]))
    np.testing.assert_allclose(points.get_array(), [1 / (1 + np.exp(20)), 0.5], rtol=1e-5)


def test_the_label_changes_at_the_boundaries(tilted):
    rows, _ = tilted.sample(500, rng=0)
    _, boundaries = points_and_boundaries(mx.plots.uncertainty(tilted, rows))
    _, second, first = np.sort(tilted.responsibilities(boundaries), axis=1).T
    ratios = np.log(first / second)
    assert np.quantile(ratios, 0.95) < 0.005
    assert ratios.max() < 0.3  # where three regions meet, within a step of the grid
    assert len(boundaries) > 100


def test_the_boundary_of_two_round_components_is_the_bisector():
    pair = mx.Mixture([0.5, 0.5], [[0, 0], [4, 2]], [1, 1], covariance_type="spherical")
    ax = mx.plots.uncertainty(pair, pair.sample(100, rng=0)[0])
    _, boundaries = points_and_boundaries(ax)
    np.testing.assert_allclose(boundaries @ [4, 2], 10, atol=1e-6)
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert boundaries[:, 1].min() < bottom < top < boundaries[:, 1].max()
    assert left < right


def test_boundaries_do_not_move_the_limits(tilted):
    rows, _ = tilted.sample(500, rng=0)
    ax = mx.plots.uncertainty(tilted, rows)
    np.testing.assert_allclose(ax.dataLim.get_points(), [rows.min(axis=0), rows.max(axis=0)])


def test_boundaries_are_those_of_the_plane(mixture):
    rows, _ = mixture.sample(200, rng=0)
    ax = mx.plots.uncertainty(mixture, rows, features=["height", "length"])
    points, boundaries = points_and_boundaries(ax)
    plane = mixture.marginal(["height", "length"])
    np.testing.assert_allclose(plane.responsibilities(boundaries), 0.5, atol=0.01)
    uncertainties = np.sort(1 - mixture.responsibilities(rows).max(axis=1))
    np.testing.assert_allclose(points.get_array(), uncertainties, atol=1e-12)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("height", "length")


def test_many_rows_become_an_image_of_means(tilted):
    rows, _ = tilted.sample(MANY_ROWS + 1, rng=0)
    ax = mx.plots.uncertainty(tilted, rows)
    (image,) = ax.images
    cells = image.get_array()
    bins = cells.shape[::-1]
    counts, *_ = np.histogram2d(*rows.T, bins=bins)
    uncertainties = 1 - tilted.responsibilities(rows).max(axis=1)
    totals, *_ = np.histogram2d(*rows.T, bins=bins, weights=uncertainties)
    np.testing.assert_array_equal(cells.mask, counts.T == 0)
    means = np.divide(totals, counts, out=np.zeros_like(totals), where=counts > 0).T
    np.testing.assert_allclose(cells.filled(0), means, atol=1e-9)


def test_one_component_is_certain():
    single = mx.Mixture([1], [[0, 0]], [1], covariance_type="spherical")
    (points,) = mx.plots.uncertainty(single, single.sample(20, rng=0)[0]).collections
    assert (points.get_array() == 0).all()
    assert len(set(points.get_sizes())) == 1


def test_a_component_without_weight_has_no_region(tilted):
    rows, _ = tilted.sample(50, rng=0)
    weightless = mx.Mixture([0.2, 0.8, 0], tilted.means, tilted.covariances)
    _, boundaries = points_and_boundaries(mx.plots.uncertainty(weightless, rows))
    np.testing.assert_allclose(weightless.responsibilities(boundaries)[:, :2], 0.5, atol=0.01)


def test_the_key_says_what_sizes_mean(tilted):
    ax = mx.plots.uncertainty(tilted, tilted.sample(500, rng=0)[0])
    values = [float(text.get_text()) for text in ax.get_legend().get_texts()]
    assert values[0] == 0
    assert values[-1] == pytest.approx(max(0.5, ax.collections[0].get_array().max()), abs=0.005)


def test_rows_are_needed(tilted):
    with pytest.raises(ValueError, match="Uncertainty belongs to rows: give them as X"):
        mx.plots.uncertainty(tilted)


def test_a_plane_is_needed(curves):
    with pytest.raises(ValueError, match="a plane of two features"):
        mx.plots.uncertainty(curves, [[0.0]])


def test_rows_of_another_width(tilted):
    with pytest.raises(ValueError, match="must have shape"):
        mx.plots.uncertainty(tilted, [[1.0]])
