"""Curves of one dimension: shares that add up to the mixture, and a histogram that fits them."""

import numpy as np
import pytest
from scipy.stats import norm

import mixtura as mx
from mixtura.plots.curves import MAX_BINS, bin_edges, rounding_step
from mixtura.plots.look import edge
from mixtura.plots.rows import Rows


def histogram(ax):
    (steps,) = ax.patches
    return steps.get_data()


def test_each_share_and_their_sum(curves):
    ax = mx.plots.density_1d(curves)
    first, second, total = ax.lines[:3]
    for k, (line, weight, mean, sigma) in enumerate(
        [(first, 0.3, -2, 1), (second, 0.7, 1, np.sqrt(0.5))]
    ):
        x, y = line.get_data()
        np.testing.assert_allclose(y, weight * norm.pdf(x, mean, sigma), rtol=1e-9)
        np.testing.assert_allclose(line.get_color(), edge(ax, k))
    x, y = total.get_data()
    expected = 0.3 * norm.pdf(x, -2, 1) + 0.7 * norm.pdf(x, 1, np.sqrt(0.5))
    np.testing.assert_allclose(y, expected, rtol=1e-9)
    assert np.trapezoid(y, x) == pytest.approx(1, abs=1e-3)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "density")
    assert ax.get_ylim()[0] == 0
    assert ax.get_ylim()[1] > y.max()


def test_narrow_components_are_drawn_to_their_peak():
    spike = mx.Mixture([0.5, 0.5], [[0], [100.003]], [[[100.0]], [[1e-8]]])
    total = mx.plots.density_1d(spike).lines[2].get_ydata()
    assert total.max() == pytest.approx(0.5 * norm.pdf(0) / 1e-4, rel=1e-3)


def test_peaks_are_numbered(curves):
    ax = mx.plots.density_1d(curves)
    assert [text.get_text() for text in ax.texts] == ["0", "1"]
    heights = [0.3 * norm.pdf(0), 0.7 * norm.pdf(0) / np.sqrt(0.5)]
    places = [text.get_position() for text in ax.texts]
    np.testing.assert_allclose(places, np.column_stack([[-2, 1], heights]))


def test_the_name_of_the_feature(mixture):
    assert mx.plots.density_1d(mixture.marginal("width")).get_xlabel() == "width"


@pytest.mark.parametrize("n", [50, 500, 100_000])
def test_the_histogram_has_area_one_and_counts_all_rows(curves, n):
    rows, _ = curves.sample(n, rng=0)
    heights, edges, _ = histogram(mx.plots.density_1d(curves, rows))
    assert (heights * np.diff(edges)).sum() == pytest.approx(1)
    counts, _ = np.histogram(rows, edges)
    np.testing.assert_allclose(heights * np.diff(edges) * n, counts, atol=1e-6)
    assert len(heights) <= MAX_BINS + 1


def test_the_histogram_follows_the_curve(curves):
    rows, _ = curves.sample(1_000_000, rng=0)
    heights, edges, _ = histogram(mx.plots.density_1d(curves, rows))
    shares = np.diff(curves.cdf(edges))
    errors = np.sqrt(shares / 1_000_000) + 1e-6
    assert (np.abs(heights * np.diff(edges) - shares) < 6 * errors).all()


def test_bins_are_fine_enough_for_the_narrowest_component():
    mixture = mx.Mixture([0.5, 0.5], [[0], [50]], [[[100.0]], [[1.0]]])
    rows = Rows(mixture.sample(400, rng=0)[0])
    assert np.diff(bin_edges(mixture, rows, 0))[0] == pytest.approx(3.49 / np.cbrt(200), rel=1e-9)


def test_bins_hold_equally_many_rounded_values(curves):
    ages = np.round(10 * curves.sample(300, rng=0)[0] + 50)
    wide = mx.Mixture(
        curves.weights,
        10 * curves.means + 50,
        100 * curves.covariances,
        covariance_type="spherical",
    )
    edges = bin_edges(wide, Rows(ages), 0)
    width = np.diff(edges)[0]
    assert width == round(width) >= 1
    assert edges[0] == ages.min() - 0.5
    assert edges[-1] > ages.max()


@pytest.mark.parametrize(
    ("values", "step"),
    [([1, 2, 5], 1), ([0.1, 0.7, 80.1], 0.1), (np.float32([0.1, 80.13]), 0.01), ([0.1234], 0)],
)
def test_rounding_is_recognized(values, step):
    assert rounding_step(np.asarray(values, dtype=np.float64)) == step


@pytest.mark.parametrize("value", [3.0, 3.14159, -1e12])
def test_rows_of_one_value_have_a_histogram(curves, value):
    heights, edges, _ = histogram(mx.plots.density_1d(curves, [[value]] * 20))
    assert (heights * np.diff(edges)).sum() == pytest.approx(1)


def test_an_outlier_does_not_make_a_million_bins(curves):
    rows = np.vstack([curves.sample(1000, rng=0)[0], [[1e9]]])
    heights, _, _ = histogram(mx.plots.density_1d(curves, rows))
    assert len(heights) <= MAX_BINS + 1


def test_several_features_have_no_curve(mixture):
    with pytest.raises(ValueError, match=r"has 3; take mixture\.marginal"):
        mx.plots.density_1d(mixture)


def test_rows_of_another_width(curves):
    with pytest.raises(ValueError, match=r"must have shape \(n, 1\)"):
        mx.plots.density_1d(curves, [[1, 2]])
