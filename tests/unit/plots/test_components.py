"""Pictures show what the mixture is: ellipses of the stated probability, names, colours, limits."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.stats import chi2

import mixtura as mx
from mixtura.plots.components import MANY_ROWS


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def mixture():
    return mx.Mixture(
        [0.4, 0.6],
        [[0.0, 0.0, 0.0], [5.0, 0.1, 4.0]],
        [np.diag([4.0, 1.0, 1.0]), np.eye(3)],
        feature_names=["length", "width", "height"],
    )


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


def test_a_tilted_ellipse_points_along_its_longest_axis():
    tilted = mx.Mixture([1], [[1, 2]], [[[2, 1], [1, 2]]])
    (ellipse,) = mx.plots.components(tilted, levels=[0.5]).patches
    assert ellipse.angle % 180 == pytest.approx(45)
    assert ellipse.width / ellipse.height == pytest.approx(np.sqrt(3))


def test_the_most_separating_features_are_shown_by_name(mixture):
    ax = mx.plots.components(mixture)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("length", "height")
    chosen = mx.plots.components(mixture, features=[1, 0])
    assert (chosen.get_xlabel(), chosen.get_ylabel()) == ("width", "length")


def test_points_have_the_colour_of_their_component(mixture):
    rows, _ = mixture.sample(300, rng=0)
    ax = mx.plots.components(mixture, rows)
    assert [len(points.get_offsets()) for points in ax.collections] == [
        (mixture.responsibilities(rows).argmax(axis=1) == k).sum() for k in range(2)
    ]
    for points, ellipse in zip(ax.collections, ax.patches[::2], strict=True):
        np.testing.assert_allclose(points.get_facecolor()[0, :3], ellipse.get_edgecolor()[:3])


def test_many_rows_become_a_density(mixture):
    rows, _ = mixture.sample(MANY_ROWS + 1, rng=0)
    (hexagons,) = mx.plots.components(mixture, rows).collections
    assert len(hexagons.get_offsets()) < MANY_ROWS


def test_equal_aspect_only_where_scales_are_comparable():
    round_one = mx.Mixture([1], [[0, 0]], [1], covariance_type="spherical")
    flat = mx.Mixture([1], [[0, 0]], [[1e4, 1]], covariance_type="diag")
    assert mx.plots.components(round_one).get_aspect() == 1
    assert mx.plots.components(flat).get_aspect() == "auto"


def test_it_draws_where_it_is_told(mixture):
    _, (left, right) = plt.subplots(1, 2)
    assert mx.plots.components(mixture, ax=right) is right
    assert not left.patches


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"levels": [0.5, 1]}, "between 0 and 1"),
        ({"features": [0]}, "two features"),
        ({"features": ["depth", "width"]}, "no feature 'depth'"),
        ({"X": [[1, 2]]}, "must have shape"),
    ],
)
def test_bad_input(mixture, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        mx.plots.components(mixture, **settings)


def test_only_mixtures_are_drawn():
    with pytest.raises(TypeError, match="Expected a Mixture or a fitted estimator"):
        mx.plots.components([1, 2])


def test_curves_of_one_dimension_add_up():
    mixture = mx.Mixture([0.3, 0.7], [[-2], [1]], [1, 0.5], covariance_type="spherical")
    ax = mx.plots.density_1d(mixture)
    *shares, total, _ = (line.get_ydata() for line in ax.lines)
    np.testing.assert_allclose(sum(shares), total)
    x = ax.lines[0].get_xdata()
    assert np.trapezoid(total, x) == pytest.approx(1, abs=1e-3)
    assert ax.get_ylabel() == "density"
    with_rows = mx.plots.components(mixture, mixture.sample(500, rng=0)[0])
    area = sum(bar.get_width() * bar.get_height() for bar in with_rows.patches)
    assert area == pytest.approx(1)
