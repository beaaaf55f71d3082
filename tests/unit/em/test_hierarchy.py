"""Hierarchies: merges are what the formulas say, and each partition lies in the coarser one."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

import mixtura as mx
from mixtura.em.start import hierarchy as hierarchy_module
from mixtura.em.start import model_based
from mixtura.em.start.hierarchy import KINDS, Hierarchy
from mixtura.em.start.model_based import model_based_merges
from mixtura.em.start.tree import cut
from mixtura.em.start.ward import ward_merges
from support.closeness import assert_mixtures_close
from support.data import data
from support.strategies import generators, random_matrix, random_mixture, with_holes

every_kind = pytest.mark.parametrize("kind", KINDS)
kinds = st.sampled_from(sorted(KINDS))


def hierarchy_of(rows, kind="model-based", weights=None, **settings):
    return Hierarchy.of(rows, weights, np.random.RandomState(0), kind, **settings)


def assert_same_partition(labels, expected):
    assert adjusted_rand_score(labels, expected) == 1


@st.composite
def clustered(draw, n_rows=60):
    """Rows in a few clusters, and a random generator."""
    rng = draw(generators)
    truth = random_mixture(rng, "full", draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    return rng.permutation(truth.sample(n_rows, rng)[0]), rng


class TestWard:
    @pytest.mark.parametrize("name", ["iris", "faithful", "wine scaled", "cancer scaled"])
    def test_partitions_are_those_of_scipy_and_sklearn(self, name):
        """The rows are moved a little, since there is no rule for equal distances."""
        rows = data(name) + 1e-3 * np.random.default_rng(0).standard_normal(data(name).shape)
        merges, theirs = ward_merges(rows, np.ones(len(rows))), linkage(rows, "ward")
        for n_clusters in (2, 3, 5, 9, 20):
            labels = cut(merges, len(rows), n_clusters)
            assert_same_partition(labels, fcluster(theirs, n_clusters, "maxclust"))
            assert_same_partition(labels, AgglomerativeClustering(n_clusters).fit_predict(rows))

    def test_a_weight_counts_points(self):
        rng = np.random.default_rng(0)
        points, weights = rng.standard_normal((40, 2)), rng.integers(1, 4, 40)
        theirs = linkage(np.repeat(points, weights, axis=0), "ward")
        for n_clusters in (2, 5, 12):
            labels = cut(ward_merges(points, weights.astype(float)), 40, n_clusters)
            expected = fcluster(theirs, n_clusters, "maxclust")
            assert_same_partition(np.repeat(labels, weights), expected)


class TestModelBased:
    @staticmethod
    def misfit(points, weights, variance):
        """n_k log |Sigma_k|, as the module's first lines have it."""
        n, d = weights.sum(), points.shape[1]
        residuals = points - np.average(points, axis=0, weights=weights)
        scatter = (weights[:, None] * residuals).T @ residuals
        sphere = (np.trace(scatter) / d + variance) / (n + 1)
        return n * np.linalg.slogdet((scatter + d * sphere * np.eye(d)) / (n + d))[1]

    @pytest.mark.parametrize("d", [1, 3])
    def test_each_merge_is_the_cheapest(self, d):
        rng = np.random.default_rng(d)
        points, weights = rng.standard_normal((14, d)), rng.uniform(0.5, 2, 14)
        weights /= weights.mean()
        mean = np.average(points, axis=0, weights=weights)
        variance = np.average((points - mean) ** 2, axis=0, weights=weights).mean()
        merges = model_based_merges(points, 7 * weights)

        def growth(a, b):
            both = [*a, *b]
            of_both, *alone = (
                self.misfit(points[own], weights[own], variance) for own in (both, a, b)
            )
            return of_both - sum(alone)

        clusters = [[i] for i in range(14)]
        for i, j in merges:
            cheapest = min(combinations(clusters, 2), key=lambda pair: growth(*pair))
            merged = [cluster for cluster in clusters if i in cluster or j in cluster]
            assert sorted(cheapest) == sorted(merged)
            clusters = [cluster for cluster in clusters if cluster not in merged]
            clusters.append([point for cluster in merged for point in cluster])

    def test_of_many_points_the_first_merges_are_wards(self, monkeypatch):
        monkeypatch.setattr(model_based, "MOST_CLUSTERS", 20)
        points = np.random.default_rng(0).standard_normal((90, 3))
        merges = model_based_merges(points, np.ones(90))
        assert merges.shape == (89, 2)
        np.testing.assert_array_equal(merges[:70], ward_merges(points, np.ones(90))[:70])

    def test_clusters_with_axes_of_their_own_are_found(self):
        """Two needles that cross, which Ward's method cuts across."""
        rng = np.random.default_rng(0)
        truth = np.arange(400) % 2
        rows = rng.standard_normal((400, 2)) * np.where(truth[:, None] == 0, [20, 0.5], [0.5, 20])
        scores = {
            kind: adjusted_rand_score(truth, hierarchy_of(rows, kind).labels(2)) for kind in KINDS
        }
        assert scores["model-based"] > 0.8 > 0.5 > scores["Ward, scaled"]


@given(clustered(), kinds, st.booleans())
def test_each_partition_lies_in_the_coarser_one(problem, kind, has_holes):
    rows, rng = problem
    rows = with_holes(rng, np.repeat(rows, 2, axis=0) if has_holes else rows, 0.3 * has_holes)
    hierarchy = hierarchy_of(rows[~np.isnan(rows).all(axis=1)], kind)
    finer = hierarchy.labels(hierarchy.n_leaves)
    for n_clusters in range(hierarchy.n_leaves - 1, 0, -1):
        labels = hierarchy.labels(n_clusters)
        np.testing.assert_array_equal(np.unique(labels), np.arange(n_clusters))
        assert len(np.unique(np.column_stack([labels, finer]), axis=0)) == n_clusters + 1
        finer = labels


@given(clustered(), kinds)
def test_units_do_not_matter(problem, kind):
    rows, rng = problem
    units = rng.choice([1e-6, 1, 1e6], rows.shape[1])
    shift = rng.standard_normal(rows.shape[1])
    moved = hierarchy_of((rows + shift) * units, kind)
    for n_clusters in (2, 5):
        assert_same_partition(moved.labels(n_clusters), hierarchy_of(rows, kind).labels(n_clusters))


@given(clustered())
def test_whitened_no_affine_map_matters(problem):
    rows, rng = problem
    A = random_matrix(rng, rows.shape[1], 100)
    plain, moved = (hierarchy_of(X, "Ward, whitened") for X in (rows, rows @ A))
    assert_same_partition(moved.labels(4), plain.labels(4))


@given(clustered(), kinds, st.sampled_from([1, 1e-200, 1e200]))
def test_a_weight_counts_rows_in_any_unit(problem, kind, unit):
    rows, rng = problem
    weights = rng.integers(0, 4, len(rows))
    weighted = hierarchy_of(rows, kind, unit * weights)
    repeated = hierarchy_of(np.repeat(rows, weights, axis=0), kind)
    counted = np.flatnonzero(weights)
    np.testing.assert_array_equal(weighted.sample.indices, counted)
    for n_clusters in (2, 5):
        labels = np.repeat(weighted.labels(n_clusters), weights[counted])
        assert_same_partition(labels, repeated.labels(n_clusters))


@every_kind
def test_equal_rows_stay_together_and_are_no_two_clusters(kind):
    rows = np.repeat(np.random.default_rng(0).standard_normal((4, 2)), 5, axis=0)
    rows[rows < -1] = np.nan
    hierarchy = hierarchy_of(rows, kind)
    np.testing.assert_array_equal(np.sort(hierarchy.labels(4)), np.repeat(np.arange(4), 5))
    with pytest.raises(ValueError, match="4 distinct rows make no 5 clusters"):
        hierarchy.labels(5)


@pytest.mark.parametrize(
    ("kind", "d"),
    # Whitened, each of many features counts for as much as the one in which clusters differ.
    [(kind, d) for kind in KINDS for d in (1, 5 if kind == "Ward, whitened" else 40)],
)
def test_rows_of_few_and_many_features(kind, d):
    rows = np.random.default_rng(0).standard_normal((300, d)).astype(np.float32)
    rows[:150] += 9
    assert_same_partition(hierarchy_of(rows, kind).labels(2), np.arange(300) < 150)


@every_kind
def test_of_many_rows_a_sample_is_labelled(kind):
    rows = np.random.default_rng(0).standard_normal((500, 2))
    first, again = (hierarchy_of(rows, kind, most_rows=100) for _ in range(2))
    assert len(first.sample.indices) == len(first.labels(3)) == 100
    np.testing.assert_array_equal(first.labels(3), again.labels(3))


SETTINGS = {"init_params": "hierarchical", "random_state": 0}


class TestStart:
    @pytest.fixture
    def rows(self):
        return random_mixture(np.random.default_rng(0), "full", 3, 3, spread=20).sample(400, 0)[0]

    @pytest.mark.parametrize("share_of_holes", [0, 0.2])
    def test_a_fit_begins_at_its_partition(self, rows, share_of_holes):
        rows = with_holes(np.random.default_rng(0), rows, share_of_holes)
        rows = rows[~np.isnan(rows).all(axis=1)]
        weights = np.arange(len(rows)) % 3 + 1.0
        labels = hierarchy_of(rows, weights=weights).labels(3)
        begun = mx.GaussianMixture(3, **SETTINGS, max_iter=0).fit(rows, None, weights)
        given = mx.GaussianMixture(3, responsibilities_init=labels, max_iter=0)
        assert_mixtures_close(begun.mixture_, given.fit(rows, None, weights).mixture_, 1e-12)

    @pytest.mark.parametrize("n_holes", [0, 1, 300])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_a_sample_tells_where_to_begin(self, rows, monkeypatch, n_holes, weighted):
        """Also where the sample has no holes, or few rows of a column."""
        monkeypatch.setattr(hierarchy_module, "MOST_ROWS", 200)
        rows[:n_holes, 0] = np.nan
        weights = np.arange(400) % 3 + 1.0 if weighted else None
        begun = mx.GaussianMixture(3, **SETTINGS, max_iter=0).fit(rows, None, weights)
        found = mx.GaussianMixture(3, **SETTINGS).fit(rows, None, weights)
        labels = hierarchy_of(rows, weights=weights).labels(3)
        expected = mx.GaussianMixture(3, responsibilities_init=labels).fit(rows, None, weights)
        assert found.lower_bound_ == pytest.approx(expected.lower_bound_, abs=0.01)
        assert begun.score(rows, None, weights) == pytest.approx(found.lower_bound_, abs=1)

    def test_more_components_than_a_sample_has_rows(self, rows, monkeypatch):
        monkeypatch.setattr(hierarchy_module, "MOST_ROWS", 50)
        model = mx.GaussianMixture(100, **SETTINGS, max_iter=0, reg_covar=1e-3).fit(rows)
        assert (model.weights_ > 0).all()
