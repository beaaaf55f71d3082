"""Mixtures to draw, and figures closed after every test."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import mixtura as mx


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def mixture():
    """Two components, of which the first is twice as long as wide in the first plane."""
    return mx.Mixture(
        [0.4, 0.6],
        [[0.0, 0.0, 0.0], [5.0, 0.1, 4.0]],
        [np.diag([4.0, 1.0, 1.0]), np.eye(3)],
        feature_names=["length", "width", "height"],
    )


@pytest.fixture
def tilted():
    """Three oblique components in the plane."""
    return mx.Mixture(
        [0.2, 0.5, 0.3],
        [[0, 0], [4, 1], [1, 5]],
        [[[1, 0.8], [0.8, 1]], [[2, -1], [-1, 1]], [[0.5, 0], [0, 2]]],
    )


@pytest.fixture
def curves():
    """One feature."""
    return mx.Mixture([0.3, 0.7], [[-2], [1]], [1, 0.5], covariance_type="spherical")
