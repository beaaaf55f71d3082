"""Components: ellipses of the stated probability, names, colours, numbers, limits."""

import array_api_strict
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from scipy.stats import chi2

import mixtura as mx
from mixtura.plots.look import PALETTE, edge
from mixtura.plots.rows import MANY_ROWS


def test_ellipses_hold_what_they_say(mixture):
    ax = mx.plots.components(mixture, features=["length", "width"], levels=[0.5, 0.9])
    inner, outer, *_ = ax.patches
    assert len(ax.patches) == 4
    for ellipse, level in ((inner, 0.5), (outer, 0.9)):
        radius = np.sqrt(chi2.ppf(level, 2))
        np.testing.assert_allclose((ellipse.width, ellipse.height), (4 * radius, 2 * radius))
        assert ellipse.angle % 180 == pytest.approx(0)
        assert ellipse.center == (0, 0)
    rows, labels = mixture.sample(200_000, rng=0)
    inside = ((rows[labels == 0, :2] / [outer.width / 2, outer.height / 2]) ** 2).sum(axis=1) < 1
    assert inside.mean() == pytest.approx(0.9, abs=0.005)


@pytest.mark.parametrize("level", [0.05, 0.5, 0.99])
def test_oblique_ellipses_hold_what_they_say(tilted, level):
    ellipses = mx.plots.components(tilted, levels=level).patches
    rows, labels = tilted.sample(300_000, rng=1)
    for k, ellipse in enumerate(ellipses):
        outline = ellipse.get_patch_transform()
        unit = outline.inverted().transform(rows[labels == k])
        share = (np.hypot(*unit.T) < 1).mean()
        assert share == pytest.approx(level, abs=5 * np.sqrt(level * (1 - level) / len(unit)))


def test_a_tilted_ellipse_points_along_its_longest_axis():
    tilted = mx.Mixture([1], [[1, 2]], [[[2, 1], [1, 2]]])
    (ellipse,) = mx.plots.components(tilted, levels=[0.5]).patches
    assert ellipse.angle % 180 == pytest.approx(45)
    assert ellipse.width / ellipse.height == pytest.approx(np.sqrt(3))


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_every_storage_is_drawn(covariance_type):
    rows = np.random.default_rng(0).normal(size=(60, 3))
    fitted = mx.GaussianMixture(2, covariance_type=covariance_type, random_state=0).fit(rows)
    drawn = mx.plots.components(fitted, rows).patches
    full = mx.Mixture(
        fitted.weights_,
        fitted.means_,
        np.broadcast_to(fitted.mixture_.storage.dense(), (2, 3, 3)),
    )
    expected = mx.plots.components(full).patches
    for ellipse, other in zip(drawn, expected, strict=True):
        for outline in (ellipse, other):
            outline.set_transform(outline.get_patch_transform())
        np.testing.assert_allclose(ellipse.get_extents(), other.get_extents(), rtol=1e-6)


def test_the_most_separating_features_are_shown_by_name(mixture):
    ax = mx.plots.components(mixture)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("length", "height")
    chosen = mx.plots.components(mixture, features=[1, -3])
    assert (chosen.get_xlabel(), chosen.get_ylabel()) == ("width", "length")
    nameless = mx.plots.components(mixture.named(None), features=[1, -1])
    assert (nameless.get_xlabel(), nameless.get_ylabel()) == ("feature 1", "feature 2")


def test_points_have_the_colour_and_marker_of_their_component(mixture):
    rows, _ = mixture.sample(300, rng=0)
    ax = mx.plots.components(mixture, rows, features=[2, 0])
    labels = mixture.responsibilities(rows).argmax(axis=1)
    for k, (points, ellipse) in enumerate(zip(ax.collections, ax.patches[::2], strict=True)):
        np.testing.assert_array_equal(points.get_offsets(), rows[labels == k][:, [2, 0]])
        np.testing.assert_allclose(points.get_facecolor()[0, :3], to_rgb(PALETTE[k]))
        np.testing.assert_allclose(points.get_edgecolor()[0, :3], edge(ax, k))
        np.testing.assert_allclose(ellipse.get_edgecolor()[:3], edge(ax, k))
    paths = [points.get_paths()[0].vertices for points in ax.collections]
    assert paths[0].shape != paths[1].shape


def test_labels_come_from_all_features_and_not_from_the_plane(mixture):
    far_in_height = [[0.0, 0.0, 20.0]]
    ax = mx.plots.components(mixture, far_in_height, features=["length", "width"])
    assert [len(points.get_offsets()) for points in ax.collections] == [0, 1]


def test_centres_are_numbered(tilted):
    ax = mx.plots.components(tilted)
    assert [text.get_text() for text in ax.texts] == ["0", "1", "2"]
    np.testing.assert_allclose([text.get_position() for text in ax.texts], tilted.means)
    np.testing.assert_allclose([np.ravel(line.get_data()) for line in ax.lines], tilted.means)
    assert not mx.plots.components(mx.Mixture([1], [[0, 0]], [[[1, 0], [0, 1]]])).texts


def test_numbers_keep_off_each_other():
    means = [[0, 0], [0, 0], [9, 9]]
    same = mx.Mixture([0.5, 0.5, 0], means, [1, 2, 1], covariance_type="spherical")
    ax = mx.plots.components(same)
    ax.figure.canvas.draw()
    first, second, third = (
        text.get_transform().transform(text.get_position()) for text in ax.texts
    )
    points = 72 / ax.figure.dpi
    assert np.hypot(*(first - second)) * points >= 10
    np.testing.assert_allclose(third, ax.transData.transform([9, 9]), atol=0.1)


def test_many_rows_become_one_image_in_the_colours_of_the_components(mixture):
    rows, _ = mixture.sample(MANY_ROWS + 1, rng=0)
    ax = mx.plots.components(mixture, rows)
    (image,) = ax.images
    assert not ax.collections
    cells = np.asarray(image.get_array())
    assert cells.shape[0] * cells.shape[1] < MANY_ROWS
    left, right, bottom, top = image.get_extent()
    np.testing.assert_allclose((left, bottom), rows[:, [0, 2]].min(axis=0))
    np.testing.assert_allclose((right, top), rows[:, [0, 2]].max(axis=0))
    column, row = ((np.array([[0, 0], [5, 4]]) - (left, bottom)) / (right - left, top - bottom)).T
    for k in range(2):
        cell = cells[int(row[k] * cells.shape[0]), int(column[k] * cells.shape[1])]
        np.testing.assert_allclose(cell[:3], to_rgb(PALETTE[k]), atol=0.05)
        assert cell[3] > 0.5
    counts, *_ = np.histogram2d(*rows[:, [2, 0]].T, bins=cells.shape[:2])
    np.testing.assert_array_equal(cells[..., 3] > 0, counts > 0)


@pytest.mark.parametrize(
    "convert",
    [np.ndarray.tolist, pd.DataFrame, np.float32, array_api_strict.asarray],
    ids=["lists", "pandas", "float32", "array API"],
)
@pytest.mark.parametrize("n", [40, MANY_ROWS + 1])
def test_rows_may_be_anything_that_a_mixture_takes(mixture, convert, n):
    rows, _ = mixture.sample(n, rng=0)
    drawn = mx.plots.components(mixture, convert(rows)).dataLim
    np.testing.assert_allclose(drawn, mx.plots.components(mixture, rows).dataLim, rtol=1e-6)


def test_equal_aspect_only_where_scales_are_comparable():
    round_one = mx.Mixture([1], [[0, 0]], [1], covariance_type="spherical")
    flat = mx.Mixture([1], [[0, 0]], [[1e4, 1]], covariance_type="diag")
    assert mx.plots.components(round_one).get_aspect() == 1
    assert mx.plots.components(flat).get_aspect() == "auto"
    _, axes = plt.subplots(2, 2, sharex=True, sharey=True)
    assert mx.plots.components(round_one, ax=axes[0, 0]).get_aspect() == "auto"
    axes[0, 0].figure.canvas.draw()


def test_everything_lies_within_the_limits(tilted):
    rows, _ = tilted.sample(100, rng=0)
    ax = mx.plots.components(tilted, rows)
    box = ax.viewLim
    for patch in ax.patches:
        extent = ax.transData.inverted().transform_bbox(patch.get_extents())
        assert box.x0 < extent.x0
        assert extent.x1 < box.x1
        assert box.y0 < extent.y0
        assert extent.y1 < box.y1
    assert all(box.contains(*row) for row in rows)


def test_it_draws_where_it_is_told(mixture):
    _, (left, right) = plt.subplots(1, 2)
    assert mx.plots.components(mixture, ax=right) is right
    assert not left.patches
    assert left.spines["top"].get_visible()
    with pytest.raises(TypeError, match="ax must be a matplotlib Axes, not int"):
        mx.plots.components(mixture, ax=1)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"levels": [0.5, 1]}, "between 0 and 1"),
        ({"levels": []}, "levels is empty"),
        ({"features": [0]}, "two indices or names"),
        ({"features": "length"}, "two indices or names"),
        ({"features": [0, 1, 2]}, "two indices or names"),
        ({"features": [1, 1]}, "given twice"),
        ({"features": ["depth", "width"]}, "no feature 'depth'"),
        ({"X": [[1, 2]]}, "must have shape"),
        ({"X": np.empty((0, 3))}, "no rows"),
    ],
)
@pytest.mark.parametrize("picture", [mx.plots.components, mx.plots.density])
def test_bad_input(picture, mixture, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        picture(mixture, **settings)
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    "picture", ["components", "density", "density_1d", "history", "pairs", "uncertainty"]
)
def test_only_mixtures_and_fitted_estimators_are_drawn(picture):
    draw = getattr(mx.plots, picture)
    with pytest.raises(TypeError, match="Expected a Mixture or a fitted estimator"):
        draw([1, 2])
    with pytest.raises(ValueError, match="This GaussianMixture is not fitted yet; call fit"):
        draw(mx.GaussianMixture(2))
    assert not plt.get_fignums()


def test_one_feature_has_curves(curves):
    assert mx.plots.components(curves).get_ylabel() == "density"
    assert mx.plots.density(curves).get_ylabel() == "density"
