"""The map of what sets components apart."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import mixtura as mx


def test_cells_are_the_differences_with_the_strongest_feature_first(mixture):
    ax = mx.plots.profiles(mixture)
    (image,) = ax.images
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["height", "length", "width"]
    differences = mx.summarize(mixture).differences
    np.testing.assert_array_equal(image.get_array(), differences[:, [2, 0, 1]].T)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "1"]
    written = [float(text.get_text().replace("\N{MINUS SIGN}", "-")) for text in ax.texts]
    np.testing.assert_allclose(written, np.ravel(image.get_array()), atol=0.051)


def test_many_features_leave_out_numbers_and_some_names():
    means = np.random.default_rng(0).normal(size=(3, 200))
    wide = mx.Mixture(np.full(3, 1 / 3), means, np.ones(3), covariance_type="spherical")
    ax = mx.plots.profiles(wide)
    assert not ax.texts
    assert 10 < len(ax.get_yticks()) < 60


def test_bad_input(mixture):
    with pytest.raises(ValueError, match="this mixture has one"):
        mx.plots.profiles(mixture.component(0))
    with pytest.raises(TypeError, match="Expected a Mixture"):
        mx.plots.profiles("mixture")
    assert not plt.get_fignums()
