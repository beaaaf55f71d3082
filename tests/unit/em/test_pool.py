"""The starts that a search draws from: labels of a sample, free of units."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import adjusted_rand_score

from mixtura.data.sample import draw_sample
from mixtura.em.start import pool as pool_module
from mixtura.em.start.coordinates import PRINCIPAL, SCALED, WHITENED, coordinates
from mixtura.em.start.pool import POOL
from support.strategies import random_matrix, with_holes

every_start = pytest.mark.parametrize("start", POOL.values(), ids=POOL)
every_power = pytest.mark.parametrize("power", [SCALED, PRINCIPAL, WHITENED])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def rows(rng):
    centres = np.array([[0.0, 0, 0], [9, 0, 0], [0, 9, 0]])
    return centres[np.arange(300) % 3] + rng.standard_normal((300, 3))


def labels_of(start, rows, n_components, seed=0, weights=None):
    return start(rows, n_components, np.random.RandomState(seed), weights).labels


@every_start
@pytest.mark.parametrize("share_of_holes", [0, 0.2])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_each_component_gets_rows(start, rows, rng, share_of_holes, dtype):
    rows = with_holes(rng, rows.astype(dtype), share_of_holes)
    for n_components in (1, 2, 5):
        labels = labels_of(start, rows, n_components)
        np.testing.assert_array_equal(np.unique(labels), np.arange(n_components))


@every_start
def test_units_do_not_matter(start, rows):
    units, shift = [1e-150, 1, 1e150], [0, 1e3, 0]
    labels = labels_of(start, rows, 4)
    np.testing.assert_array_equal(labels_of(start, (rows + shift) * units, 4), labels)


@pytest.mark.parametrize("name", [name for name in POOL if name != "scaled k-means"])
def test_in_whitened_coordinates_no_affine_map_matters(name, rows, rng):
    A = random_matrix(rng, 3, 100)
    labels = labels_of(POOL[name], rows, 4)
    np.testing.assert_array_equal(labels_of(POOL[name], rows @ A, 4), labels)


@every_start
def test_rows_of_no_weight_have_no_say(start, rows, rng):
    weights = (rng.random(len(rows)) < 0.7) * rng.uniform(0.5, 2, len(rows))
    outlandish = np.where(weights[:, None] > 0, rows, 1e6 * rows)
    proposal = start(outlandish, 3, np.random.RandomState(0), weights)
    kept = np.flatnonzero(weights)
    np.testing.assert_array_equal(proposal.sample.indices, kept)
    alone = labels_of(start, rows[kept], 3, weights=weights[kept])
    np.testing.assert_array_equal(proposal.labels, alone)


@every_start
def test_fewer_distinct_rows_than_components(start):
    rows = np.repeat(np.eye(2), 5, axis=0)
    labels = labels_of(start, rows, 4)
    assert labels.shape == (10,)
    assert labels.max() < 4
    with pytest.raises(ValueError, match="n_samples=10 should be >= n_clusters=11"):
        labels_of(start, rows, 11)


@every_start
def test_rows_that_are_all_alike(start):
    assert labels_of(start, np.ones((10, 2)), 3).max() < 3


@pytest.mark.parametrize("name", ["scaled k-means", "whitened k-means", "adaptive seeds"])
def test_clusters_far_apart_are_found_in_a_few_draws(name, rows):
    truth = np.arange(len(rows)) % 3
    found = [labels_of(POOL[name], rows, 3, seed) for seed in range(5)]
    scores = [adjusted_rand_score(truth, labels) for labels in found]
    assert max(scores) == 1


def test_adaptive_seeds_find_clusters_with_axes_of_their_own(rng):
    """Two needles that cross, which k-means cuts across whatever its seeds."""
    truth = np.arange(600) % 2
    rows = rng.standard_normal((600, 2)) * np.where(truth[:, None] == 0, [20, 0.5], [0.5, 20])

    def best(name):
        found = [labels_of(POOL[name], rows, 2, seed) for seed in range(10)]
        return max(adjusted_rand_score(truth, labels) for labels in found)

    assert best("adaptive seeds") > 0.8
    assert best("scaled k-means") < 0.5


@every_start
def test_of_many_rows_a_sample_is_labelled(start, rows, monkeypatch):
    monkeypatch.setattr(pool_module, "MOST_ROWS", 100)
    proposal = start(rows, 3, np.random.RandomState(0), None)
    assert proposal.labels.shape == proposal.sample.indices.shape == (100,)


class TestSample:
    def test_sums_are_estimated_without_bias(self, rng):
        weights, values = rng.lognormal(0, 2, 200), rng.uniform(size=200)
        draws = [draw_sample(200, weights, 20, np.random.RandomState(s)) for s in range(2000)]
        sums = np.array([draw.weights @ values[draw.indices] for draw in draws])
        assert abs(sums.mean() - weights @ values) < 4 * sums.std() / np.sqrt(len(sums))

    def test_rows_are_distinct_and_in_order(self):
        sample = draw_sample(1000, None, 100, np.random.RandomState(0))
        assert (np.diff(sample.indices) > 0).all()
        assert len(sample.indices) == 100
        assert np.ptp(sample.weights) == 0

    def test_a_row_heavier_than_all_others_is_in_it(self):
        weights = np.ones(1000)
        weights[123] = 1e6
        for seed in range(20):
            assert 123 in draw_sample(1000, weights, 10, np.random.RandomState(seed)).indices


class TestCoordinates:
    @every_power
    def test_a_weight_counts_rows(self, rows, rng, power):
        weights = rng.integers(0, 4, len(rows))
        weighted = coordinates(rows, weights, power)[np.repeat(np.arange(300), weights)]
        repeated = coordinates(np.repeat(rows, weights, axis=0), None, power)
        np.testing.assert_allclose(cdist(weighted, weighted), cdist(repeated, repeated), atol=1e-9)

    def test_distances(self, rows):
        scaled = (rows - rows.mean(axis=0)) / rows.std(axis=0)
        inverse = np.linalg.inv(np.cov(rows.T, bias=True))
        for power, expected in [
            (SCALED, cdist(scaled, scaled)),
            (WHITENED, cdist(rows, rows, "mahalanobis", VI=inverse)),
        ]:
            points = coordinates(rows, None, power)
            np.testing.assert_allclose(cdist(points, points), expected, atol=1e-9)

    def test_principal_coordinates_spread_by_the_root_of_a_standard_deviation(self, rows):
        eigenvalues = np.linalg.eigvalsh(np.corrcoef(rows.T))
        spread = coordinates(rows, None, PRINCIPAL).var(axis=0)
        np.testing.assert_allclose(spread, np.sqrt(eigenvalues), rtol=1e-12)

    @every_power
    def test_features_that_tell_nothing_are_left_out(self, rows, power):
        more = np.column_stack([rows, np.full(300, 1e8 + 0.1), rows @ [1, -2, 3]])
        points = coordinates(more, None, power)
        assert points.shape == (300, 3)
        assert np.isfinite(points).all()
