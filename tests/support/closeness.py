"""Moments and mixtures compared on their own scale: a sum by what was added up, a mean by the
deviation of its feature."""

import numpy as np


def assert_close(actual, expected, tolerance):
    """Equal up to `tolerance`, which may be an array."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape
    assert_below(np.abs(actual - expected), tolerance)


def assert_below(errors, bounds):
    """No error above its bound, and none NaN."""
    errors, bounds = np.broadcast_arrays(errors, bounds)
    too_large = np.logical_not(errors <= bounds)
    assert not too_large.any(), f"errors {errors[too_large]} exceed {bounds[too_large]}"


def assert_moments_close(actual, expected, rtol, spread=None):
    """Equal up to `rtol` of their scale; `spread` is the scatter's scale, if not its own."""
    weight = expected.total_weight
    spread = expected.variance_sums().max() * expected.n_features if spread is None else spread
    assert actual.need is expected.need
    assert np.array_equal(actual.centres, expected.centres)
    assert_close(actual.total_weight, weight, rtol * weight)
    assert_close(actual.counts, expected.counts, rtol * weight)
    assert_close(actual.sums, expected.sums, rtol * np.sqrt(weight * spread))
    assert_close(actual.scatter, expected.scatter, rtol * spread)
    log_likelihood = expected.log_likelihood
    assert_close(actual.log_likelihood, log_likelihood, rtol * max(weight, abs(log_likelihood)))


def assert_mixtures_close(actual, expected, rtol):
    """Equal up to `rtol`, with means and covariances in units of the features' deviations."""
    deviations = np.sqrt(expected.storage.variances())
    assert actual.covariance_type == expected.covariance_type
    assert_close(actual.weights, expected.weights, rtol)
    assert_close(actual.means, expected.means, rtol * deviations)
    units = deviations[:, :, None] * deviations[:, None, :]
    assert_close(actual.storage.dense(), expected.storage.dense(), rtol * units)
