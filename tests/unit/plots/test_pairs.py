"""Pairs: a grid of planes and features, with names on its edge."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import mixtura as mx
from mixtura.plots.rows import MANY_ROWS


def test_planes_are_below_and_features_on_the_diagonal(mixture):
    rows, _ = mixture.sample(100, rng=0)
    axes = mx.plots.pairs(mixture, rows)
    assert axes.shape == (3, 3)
    labels = mixture.responsibilities(rows).argmax(axis=1)
    for i, j in zip(*np.tril_indices(3, -1), strict=True):
        alone = mx.plots.components(mixture, features=[int(j), int(i)])
        for ellipse, expected in zip(axes[i, j].patches, alone.patches, strict=True):
            np.testing.assert_allclose(ellipse.get_path().vertices, expected.get_path().vertices)
            assert ellipse.center == expected.center
            assert (ellipse.width, ellipse.height) == (expected.width, expected.height)
            assert ellipse.angle == expected.angle
        for k, points in enumerate(axes[i, j].collections):
            np.testing.assert_array_equal(points.get_offsets(), rows[labels == k][:, [j, i]])
    for j in range(3):
        alone = mx.plots.density_1d(mixture.marginal(j), rows[:, [j]])
        (steps,), (expected,) = axes[j, j].patches, alone.patches
        np.testing.assert_allclose(steps.get_data().values, expected.get_data().values)
        for line, other in zip(axes[j, j].lines[:3], alone.lines[:3], strict=True):
            np.testing.assert_allclose(line.get_data(), other.get_data())


def test_names_stand_on_the_outer_edge_alone(mixture):
    axes = mx.plots.pairs(mixture)
    assert [ax.get_xlabel() for ax in axes[-1]] == ["length", "width", "height"]
    assert [ax.get_ylabel() for ax in axes[:, 0]] == ["", "width", "height"]
    inner = [*axes[:-1].flat, *axes[-1:, 1:].flat]
    inner.remove(axes[0, -1])
    assert not any(ax.get_ylabel() for ax in inner if ax not in axes[:, 0])
    assert not any(ax.get_xlabel() for ax in inner if ax not in axes[-1])
    axes[0, 0].figure.canvas.draw()
    for (i, j), ax in np.ndenumerate(axes):
        if i >= j:
            numbers = [label for label in ax.get_xticklabels() if label.get_visible()]
            assert bool(numbers) == (i == 2)


def test_columns_and_rows_have_common_limits_that_hold_everything(mixture):
    rows, _ = mixture.sample(100, rng=0)
    axes = mx.plots.pairs(mixture, rows)
    for j in range(3):
        low, high = axes[2, j].get_xlim()
        assert all(axes[i, j].get_xlim() == (low, high) for i in range(j, 3))
        assert all(axes[j, i].get_ylim() == (low, high) for i in range(j))
        assert low < rows[:, j].min()
        assert rows[:, j].max() < high


def test_planes_tell_how_often_two_features_find_the_component(mixture):
    axes = mx.plots.pairs(mixture)
    rows, labels = mixture.sample(100_000, rng=3)
    for i, j in zip(*np.tril_indices(3, -1), strict=True):
        plane = mixture.marginal([int(j), int(i)])
        right = plane.responsibilities(rows[:, [j, i]]).argmax(axis=1) == labels
        share = float(axes[i, j].get_title(loc="right").removesuffix("%"))
        assert share == pytest.approx(100 * right.mean(), abs=1.2)


def test_above_the_diagonal_is_the_discriminant_plane(mixture):
    rows, _ = mixture.sample(100, rng=0)
    axes = mx.plots.pairs(mixture, rows)
    corner, alone = axes[0, -1], mx.plots.discriminant(mixture, rows)
    assert corner.get_xlabel() == alone.get_xlabel()
    assert [ax.axison for ax in (axes[0, 1], axes[1, 2], corner)] == [False, False, True]
    for ellipse, expected in zip(corner.patches, alone.patches, strict=True):
        np.testing.assert_allclose(ellipse.center, expected.center)
        assert (ellipse.width, ellipse.height) == (expected.width, expected.height)
    axes[0, 0].figure.canvas.draw()
    place, first, last = (ax.get_position() for ax in (corner, axes[0, 1], axes[0, 0]))
    assert place.x0 == pytest.approx(first.x0)
    assert (place.y0, place.y1) == pytest.approx((last.y0, last.y1))


@pytest.mark.parametrize(("d", "K"), [(2, 2), (3, 1)])
def test_two_features_or_one_component_need_no_discriminant_plane(d, K):
    plain = mx.Mixture(np.full(K, 1 / K), np.eye(d)[:K], np.ones(K), covariance_type="spherical")
    assert not mx.plots.pairs(plain)[0, -1].axison


def test_axes_without_a_grid_keep_their_places(mixture):
    figure = plt.figure()
    grid = [[figure.add_axes((j / 3, 1 - i / 3, 0.3, 0.3)) for j in range(3)] for i in range(3)]
    mx.plots.pairs(mixture, ax=grid)
    assert grid[0][2].get_position().width == pytest.approx(0.3)
    assert grid[0][2].patches


def test_features_in_the_order_that_is_asked_for(mixture):
    axes = mx.plots.pairs(mixture, features=["height", 0])
    assert axes.shape == (2, 2)
    assert [ax.get_xlabel() for ax in axes[-1]] == ["height", "length"]


def test_one_component_and_one_feature(curves):
    single = mx.Mixture([1], [[0, 0]], [1], covariance_type="spherical")
    assert not mx.plots.pairs(single)[1, 0].get_title(loc="right")
    (((ax,),)) = mx.plots.pairs(curves)
    assert len(ax.lines) >= 3


def test_it_draws_where_it_is_told(mixture):
    _, grid = plt.subplots(3, 3)
    assert (mx.plots.pairs(mixture, ax=grid) == grid).all()
    figure, (left, right) = plt.subplots(1, 2)
    place = right.get_position()
    axes = mx.plots.pairs(mixture, ax=right)
    assert right not in figure.axes
    assert left in figure.axes
    assert all(place.x0 - 1e-9 <= ax.get_position().x0 <= place.x1 for ax in axes.flat)
    with pytest.raises(ValueError, match=r"3 x 3 Axes, but its shape is \(2,\)"):
        mx.plots.pairs(mixture, ax=[left, left])
    with pytest.raises(ValueError, match="leave ax out"):
        mx.plots.pairs(mixture, ax=figure.add_axes((0, 0, 1, 1)))


def test_many_rows_become_images(mixture):
    rows, _ = mixture.sample(MANY_ROWS + 1, rng=0)
    axes = mx.plots.pairs(mixture, rows)
    for i, j in zip(*np.tril_indices(3, -1), strict=True):
        assert len(axes[i, j].images) == 1
        assert not axes[i, j].collections


def test_more_than_ten_features_are_refused_with_a_choice():
    means = np.zeros((2, 13))
    means[1, [2, 5, 7, 11]] = 10, 9, 8, 7
    names = [f"f{j}" for j in range(13)]
    wide = mx.Mixture([0.5, 0.5], means, np.ones((2, 13)), covariance_type="diag")
    with pytest.raises(ValueError, match=r"there are 13: choose .* features=\[2, 5, 7, 11\]"):
        mx.plots.pairs(wide)
    with pytest.raises(ValueError, match=r"features=\['f2', 'f5', 'f7', 'f11'\]"):
        mx.plots.pairs(wide.named(tuple(names)), features=names[:11])
    assert mx.plots.pairs(wide, features=[2, 5]).shape == (2, 2)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"levels": [0, 0.5]}, "between 0 and 1"),
        ({"features": ["depth"]}, "no feature 'depth'"),
        ({"features": []}, "No feature was given"),
        ({"X": [[1, 2]]}, "must have shape"),
    ],
)
def test_bad_input(mixture, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        mx.plots.pairs(mixture, **settings)
    with pytest.raises(TypeError, match="a list of indices or names"):
        mx.plots.pairs(mixture, features="length")
    assert not plt.get_fignums()
