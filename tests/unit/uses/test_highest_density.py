"""Regions of highest density, beside what is known of Gaussians and of draws."""

import numpy as np
import pytest
from scipy.stats import chi2, norm

import mixtura as mx
from support.strategies import random_mixture

TWO_PEAKS = mx.Mixture([0.3, 0.7], [[-2], [3]], [0.5, 2], covariance_type="spherical")


@pytest.mark.parametrize("d", [1, 2, 5])
def test_of_a_gaussian_it_is_an_ellipsoid(d):
    mixture = random_mixture(np.random.default_rng(d), "full", 1, d)
    region = mx.highest_density_region(mixture, 0.8)
    rows, _ = mixture.sample(300, 0)
    residuals = rows - mixture.means
    distances = np.einsum("ni,ij,nj->n", residuals, mixture.storage.precisions()[0], residuals)
    np.testing.assert_array_equal(region.contains(rows), distances <= chi2.ppf(0.8, d))
    assert region.standard_error == 0


def test_it_holds_its_level_of_new_draws():
    mixture = random_mixture(np.random.default_rng(0), "full", 4, 3)
    region = mx.highest_density_region(mixture, 0.9)
    inside = region.contains(mixture.sample(100_000, 1)[0]).mean()
    assert abs(inside - 0.9) < 4 * np.hypot(region.standard_error, np.sqrt(0.09 / 100_000))


def test_intervals_hold_the_level_and_have_equal_density_at_their_ends():
    region = mx.highest_density_region(TWO_PEAKS, 0.9, n_draws=200_000)
    low, high = region.intervals().T
    assert len(low) == 2
    assert (TWO_PEAKS.cdf(high) - TWO_PEAKS.cdf(low)).sum() == pytest.approx(0.9, abs=0.003)
    ends = region.intervals().reshape(-1, 1)
    np.testing.assert_allclose(TWO_PEAKS.log_prob(ends), region.log_density, rtol=1e-9)


def test_intervals_of_one_gaussian_are_its_quantiles():
    gaussian = mx.Mixture([1], [[2]], [9], covariance_type="spherical")
    expected = [norm(2, 3).interval(0.95)]
    found = mx.highest_density_region(gaussian, 0.95).intervals()
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_rows_held_out_set_the_threshold():
    rows, _ = TWO_PEAKS.sample(50, 0)
    region = mx.highest_density_region(TWO_PEAKS, 0.9, rows)
    assert region.contains(rows).sum() == 45
    weights = np.arange(50) % 3
    weighted = mx.highest_density_region(TWO_PEAKS, 0.9, rows, sample_weight=weights)
    repeated = mx.highest_density_region(TWO_PEAKS, 0.9, np.repeat(rows, weights, axis=0))
    assert weighted.log_density == repeated.log_density
    assert weighted.standard_error == repeated.standard_error


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda: mx.highest_density_region(TWO_PEAKS, 1.0), "level must lie between 0 and 1"),
        (lambda: mx.highest_density_region(TWO_PEAKS, 0.5, [[np.nan]]), "has no row with an entry"),
        (lambda: mx.highest_density_region(TWO_PEAKS).contains([[np.nan]]), "missing entries"),
        (lambda: mx.highest_density_region(TWO_PEAKS).contains([[1, 2]]), r"shape \(n, 1\)"),
        (
            lambda: mx.highest_density_region(
                mx.Mixture([1], [[0, 0]], [1], covariance_type="spherical")
            ).intervals(),
            "Only regions of one feature are intervals",
        ),
    ],
)
def test_bad_input_gets_a_sentence(act, sentence):
    with pytest.raises(ValueError, match=sentence):
        act()


def test_only_mixtures_have_regions():
    with pytest.raises(TypeError, match="Expected a Mixture"):
        mx.highest_density_region(3)
