"""Components merged by entropy, by hand on few rows and where the clusters are known."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import dendrogram, is_valid_linkage
from scipy.special import entr

import mixtura as mx
from mixtura.selection.merging import Merging

FLAT, TALL = [[9, 0], [0, 0.1]], [[0.1, 0], [0, 9]]
CROSSES = mx.Mixture(
    [0.3, 0.3, 0.2, 0.2], [[0, 0], [20, 0], [0, 0], [20, 0]], [FLAT, TALL, TALL, FLAT]
)
ROWS, LABELS = CROSSES.sample(600, rng=0)


def test_the_pair_that_lowers_the_entropy_most_is_merged_first_by_hand():
    t = np.array([[0.5, 0.5, 0.0], [0.25, 0.5, 0.25], [0.0, 0.4, 0.6], [0.1, 0.0, 0.9]])
    weights = np.array([1.0, 2.0, 1.0, 3.0])
    before = weights @ entr(t).sum(axis=1)

    def after(i, j, k):
        return weights @ (entr(t[:, i] + t[:, j]) + entr(t[:, k]))

    by_hand = {(0, 1): after(0, 1, 2), (0, 2): after(0, 2, 1), (1, 2): after(1, 2, 0)}
    merging = Merging.of(t, weights)
    assert merging.best_pair() == min(by_hand, key=by_hand.get)
    assert merging.entropies == pytest.approx([before])
    merging.merge(*merging.best_pair())
    assert merging.entropies[1] == pytest.approx(min(by_hand.values()))
    merging.merge(*merging.best_pair())
    assert merging.entropies[2] == pytest.approx(0, abs=1e-12)


def test_components_across_each_other_are_one_cluster():
    clusters = mx.merge_clusters(CROSSES, ROWS)
    assert clusters.n_clusters == 2
    assert clusters.components() == ((0, 2), (1, 3))
    np.testing.assert_array_equal(clusters.predict(ROWS), LABELS % 2)


def test_entropies_are_those_of_the_probabilities_for_every_number_of_clusters():
    clusters = mx.merge_clusters(CROSSES, ROWS)
    for k in range(1, 5):
        probabilities = clusters.predict_proba(ROWS, k)
        assert probabilities.shape == (600, k)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        assert clusters.entropies[k - 1] == pytest.approx(entr(probabilities).sum(), abs=1e-9)
        np.testing.assert_array_equal(clusters.predict(ROWS, k), probabilities.argmax(axis=1))
    assert (np.diff(clusters.entropies) >= 0).all()


def test_the_tree_is_a_linkage_matrix_that_scipy_draws():
    clusters = mx.merge_clusters(CROSSES, ROWS)
    assert is_valid_linkage(clusters.tree, throw=True)
    assert sorted(dendrogram(clusters.tree, no_plot=True)["leaves"]) == [0, 1, 2, 3]
    fallen = clusters.entropies[-1] - clusters.entropies[:-1][::-1]
    np.testing.assert_allclose(clusters.tree[:, 2], fallen)


def test_a_weight_of_two_is_the_row_twice():
    counts = np.arange(600) % 3
    weighted = mx.merge_clusters(CROSSES, ROWS, sample_weight=counts)
    repeated = mx.merge_clusters(CROSSES, np.repeat(ROWS, counts, axis=0))
    np.testing.assert_allclose(weighted.entropies, repeated.entropies, rtol=1e-12)
    np.testing.assert_allclose(weighted.merged_weights, repeated.merged_weights)
    np.testing.assert_array_equal(weighted.tree[:, :2], repeated.tree[:, :2])


def test_missing_entries_are_integrated_out_and_empty_rows_tell_nothing():
    rows = ROWS.copy()
    rows[::3, 1] = np.nan
    holes = np.vstack([rows, np.full((40, 2), np.nan)])
    clusters = mx.merge_clusters(CROSSES, holes)
    assert clusters.entropies[-1] == pytest.approx(entr(CROSSES.responsibilities(rows)).sum())
    assert clusters.components(2) == ((0, 2), (1, 3))


def test_every_merged_row_counts_once_in_a_step():
    clusters = mx.merge_clusters(CROSSES, ROWS)
    labels = clusters.predict(ROWS, 3)
    united = set(range(3)) - {
        k for k, own in enumerate(clusters.components(3)) if own in clusters.components(2)
    }
    assert clusters.merged_weights[1] == np.isin(labels, list(united)).sum()
    assert clusters.merged_weights[0] == 600


def test_clusters_apart_are_not_merged():
    apart = mx.Mixture([0.5, 0.3, 0.2], [[0], [50], [90]], [1, 1, 1], covariance_type="spherical")
    rows, _ = apart.sample(300, rng=0)
    assert mx.merge_clusters(apart, rows).n_clusters == 3


@pytest.mark.parametrize("k", [1, 2])
def test_without_an_elbow_nothing_is_merged(k):
    mixture = mx.Mixture(np.full(k, 1 / k), np.arange(k)[:, None], np.ones((k, 1, 1)))
    clusters = mx.merge_clusters(mixture, mixture.sample(50, rng=0)[0])
    assert clusters.n_clusters == k
    assert clusters.predict([[0.0]], 1).tolist() == [0]
    with pytest.raises(ValueError, match="at least three points"):
        clusters.elbow()


def test_the_elbow_is_the_corner_of_two_lines_in_either_form():
    clusters = mx.merge_clusters(CROSSES, ROWS)
    for normalized in (False, True):
        elbow = clusters.elbow(normalized=normalized)
        x, y = clusters.curve(normalized=normalized)
        assert len(x) - elbow.index == 2
        slopes = np.diff(y) / np.diff(x)
        assert elbow.after[1] == pytest.approx(slopes[-1])


@pytest.mark.parametrize("n_clusters", [0, 5])
def test_there_are_one_to_k_clusters(n_clusters):
    with pytest.raises(ValueError, match="from 1 to 4"):
        mx.merge_clusters(CROSSES, ROWS).predict(ROWS, n_clusters)


def test_bad_weights_are_refused():
    with pytest.raises(ValueError, match="not negative"):
        mx.merge_clusters(CROSSES, ROWS, sample_weight=np.full(600, -1))
    with pytest.raises(ValueError, match=r"sample_weight\.shape"):
        mx.merge_clusters(CROSSES, ROWS, sample_weight=[1, 2])
    with pytest.raises(ValueError, match="no row with an entry"):
        mx.merge_clusters(CROSSES, np.full((3, 2), np.nan))
