"""Merging: entropies as they are, the elbow's lines, and the number of clusters that is taken."""

import numpy as np
import pytest

import mixtura as mx


@pytest.fixture
def clusters():
    """Two pairs of components that overlap, and one apart."""
    means = np.array([[0.0], [0.5], [30], [30.5], [60]])
    mixture = mx.Mixture(np.full(5, 0.2), means, np.ones((5, 1, 1)))
    return mx.merge_clusters(mixture, mixture.sample(300, rng=0)[0])


def test_points_are_the_entropies_and_a_ring_is_around_the_chosen_one(clusters):
    ax = mx.plots.merging(clusters)
    before, after, points, ring = ax.lines
    np.testing.assert_array_equal(points.get_xdata(), [5, 4, 3, 2, 1])
    np.testing.assert_array_equal(points.get_ydata(), clusters.entropies[::-1])
    assert ring.get_xdata() == [clusters.n_clusters] == [3]
    assert before.get_xdata().tolist() == [5, 3]
    assert after.get_xdata().tolist() == [3, 1]
    (caption,) = ax.child_axes
    assert caption.get_xlabel() == "5 components, 3 clusters: 0 + 1, 2 + 3 merged."


def test_normalized_points_lie_at_the_rows_merged_and_have_numbers(clusters):
    ax = mx.plots.merging(clusters, normalized=True)
    points = ax.lines[2]
    merged = np.cumsum(clusters.merged_weights[::-1])
    np.testing.assert_array_equal(points.get_xdata(), [0, *merged])
    assert [text.get_text() for text in ax.texts] == ["5", "4", "3", "2", "1"]
    assert ax.get_xlabel() == "rows merged so far"


def test_two_components_have_no_elbow(curves):
    ax = mx.plots.merging(mx.merge_clusters(curves, [[-2.0], [1.0]]))
    assert len(ax.lines) == 2
    ax.figure.canvas.draw()


def test_a_mixture_is_to_be_merged_first(curves):
    with pytest.raises(TypeError, match="merge_clusters"):
        mx.plots.merging(curves)
