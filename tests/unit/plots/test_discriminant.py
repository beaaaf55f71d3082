"""The plane in which components are best apart."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.datasets import load_iris

import mixtura as mx


def test_rows_and_components_are_those_of_the_projection(mixture):
    rows, _ = mixture.sample(80, rng=0)
    ax = mx.plots.discriminant(mixture, rows, levels=[0.5])
    projection = mx.discriminant_projection(mixture)
    labels = mixture.responsibilities(rows).argmax(axis=1)
    for k, points in enumerate(ax.collections):
        expected = projection.transform(rows[labels == k])
        np.testing.assert_allclose(points.get_offsets(), expected)
    plane = mx.plots.components(projection.mixture, levels=[0.5])
    for ellipse, expected in zip(ax.patches, plane.patches, strict=True):
        assert ellipse.center == expected.center
        assert (ellipse.width, ellipse.height) == (expected.width, expected.height)


def test_axes_name_the_feature_that_they_are_correlated_with_most(mixture):
    ax = mx.plots.discriminant(mixture)
    assert ax.get_xlabel().startswith("direction 1 (height\xa0+0.")
    assert "length" in ax.get_ylabel()
    nameless = mx.plots.discriminant(mixture.named(None))
    assert "feature 2" in nameless.get_xlabel()


def test_a_negative_correlation_has_a_minus_sign():
    axes = [[1, 1, 1], [1, -1, 0], [1, 1, -2]]
    cov = np.linalg.inv(np.array(axes, dtype=float))
    m = mx.Mixture([1], [[0, 0, 0]], [cov @ cov.T])
    words = mx.plots.discriminant(m).get_xlabel() + mx.plots.discriminant(m).get_ylabel()
    assert "-" not in words


def test_incomplete_and_many_rows():
    X = np.tile(load_iris().data, (140, 1))
    X[::3, 1] = np.nan
    fitted = mx.GaussianMixture(3, random_state=0).fit(X)
    ax = mx.plots.discriminant(fitted, X)
    assert len(ax.images) == 1
    few = mx.plots.discriminant(fitted, X[:150])
    assert sum(len(points.get_offsets()) for points in few.collections) == 150


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [({"levels": [0, 0.5]}, "between 0 and 1"), ({"X": [[1, 2]]}, "must have shape")],
)
def test_bad_input(mixture, curves, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        mx.plots.discriminant(mixture, **settings)
    with pytest.raises(ValueError, match="this mixture has one feature"):
        mx.plots.discriminant(curves)
    assert not plt.get_fignums()
