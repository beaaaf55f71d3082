"""k-means and seeds for rows with missing entries, and fits that begin there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

import mixtura as mx
from mixtura.em import STARTS
from mixtura.em.start import kmeans as kmeans_module
from mixtura.em.start.kmeans import MAX_ITERATIONS, TOLERANCE, kmeans, lloyd
from mixtura.em.start.masked import MaskedRows, masked_lloyd
from mixtura.em.start.seeding import draw_seeds, seeds_from
from mixtura.family import FAMILIES
from support.closeness import assert_close
from support.strategies import generators, random_mixture, with_holes

every_start = pytest.mark.parametrize("start", STARTS)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def clusters(rng, n_rows=300, offset=0.0):
    """Rows of four clusters far apart in three features, a fifth of the entries missing."""
    means = 10 * np.array([[0, 0, 0], [1, 1, 0], [0, 1, 1], [1, 0, 1]])
    labels = rng.integers(4, size=n_rows)
    return offset + with_holes(rng, means[labels] + rng.normal(size=(n_rows, 3)), 0.2), labels


@given(generators, st.integers(1, 6), st.integers(1, 4), st.booleans())
def test_masked_kmeans_of_complete_rows_is_kmeans(rng, n_clusters, d, weighted):
    rows = random_mixture(rng, "full", 4, d, spread=5).sample(200, rng)[0]
    weights = rng.uniform(0.5, 2, len(rows)) if weighted else None
    masked, seed = MaskedRows.of(rows), int(rng.integers(1000))
    seeds = draw_seeds(rows, n_clusters, np.random.RandomState(seed), weights)
    random = np.random.RandomState(seed)
    first = draw_seeds(rows, 1, random, weights)[0]
    uniforms = random.uniform(size=(n_clusters - 1, 2 + int(np.log(n_clusters))))
    ones_or_weights = np.ones(len(rows)) if weights is None else weights
    again = seeds_from(masked.distances_to, ones_or_weights, first, uniforms)
    np.testing.assert_array_equal(again, seeds)
    labels, _ = masked_lloyd(masked, masked.residuals[seeds], weights, MAX_ITERATIONS, TOLERANCE)
    np.testing.assert_array_equal(labels, lloyd(rows, rows[seeds], weights))


@given(generators, st.sampled_from([0.0, 1e8]))
def test_distances_are_those_of_the_entries_that_are_there(rng, offset):
    rows = offset + with_holes(rng, rng.normal(size=(20, 4)))
    masked = MaskedRows.of(rows)
    centres = rng.normal(size=(3, 4))
    about = np.nanmean(rows - rows[0], axis=0) + rows[0]
    residuals = (rows - about)[:, None, :] - centres
    expected = np.nansum(residuals**2, axis=2)
    assert_close(masked.distances(centres), expected, 1e-12 + 30 * np.spacing(offset))


def test_clusters_are_found_in_spite_of_holes(rng):
    rows, labels = clusters(rng)
    found = kmeans(rows, 4, np.random.RandomState(0), None)
    has_all = ~np.isnan(rows).any(axis=1)
    assert adjusted_rand_score(labels[has_all], found[has_all]) == 1
    assert adjusted_rand_score(labels, found) > 0.75


@given(generators, st.integers(2, 5), st.booleans())
def test_no_iteration_raises_the_sum_of_distances(rng, n_clusters, weighted):
    rows, _ = clusters(rng, 100)
    weights = rng.uniform(0.1, 2, len(rows)) if weighted else None
    masked = MaskedRows.of(rows)
    centres = masked.residuals[:n_clusters]
    sums = [masked_lloyd(masked, centres, weights, n, 0)[1] for n in range(1, 8)]
    assert (np.diff(sums) <= 1e-9 * sums[0]).all()


def test_of_a_few_runs_the_one_whose_rows_are_nearest_is_kept(rng, monkeypatch):
    rows, _ = clusters(rng)
    masked = MaskedRows.of(rows)

    def sum_of_distances(labels):
        own = labels == np.arange(6)[:, None]
        counts = np.maximum(own @ masked.is_there, 1)
        return masked.nearest(own @ masked.residuals / counts)[1].sum()

    several = [kmeans(rows, 6, np.random.RandomState(seed), None) for seed in range(10)]
    monkeypatch.setattr(kmeans_module, "RUNS_WITH_HOLES", 1)
    once = [kmeans(rows, 6, np.random.RandomState(seed), None) for seed in range(10)]
    ratios = np.array(
        [sum_of_distances(a) / sum_of_distances(b) for a, b in zip(several, once, strict=True)]
    )
    assert (ratios < 1 + 1e-4).all()
    assert (ratios < 0.99).any()


def test_a_cluster_that_loses_its_rows_goes_to_a_far_one(rng):
    rows = with_holes(rng, rng.normal(size=(200, 2)), 0.2)
    rows[100:] += 20
    centres = np.array([[0.0, 0], [1e3, 1e3]])
    weights = np.where(np.arange(200) == 199, 0.0, 1.0)
    labels, _ = masked_lloyd(MaskedRows.of(rows), centres, weights, MAX_ITERATIONS, TOLERANCE)
    has_any = ~np.isnan(rows).all(axis=1)
    assert adjusted_rand_score(np.arange(200)[has_any] < 100, labels[has_any]) == 1


def test_rows_without_weight_seed_nothing(rng):
    rows, _ = clusters(rng)
    weights = rng.integers(0, 2, len(rows)) * 1.0
    for seed in range(5):
        seeds = draw_seeds(rows, 20, np.random.RandomState(seed), weights)
        assert weights[seeds].all()
        assert len(set(seeds)) == 20


@every_start
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("offset", [0, 1e8])
def test_every_start_begins_with_holes(rng, start, family, offset):
    rows, _ = clusters(rng, 100, offset)
    rows[7] = np.nan
    weights = rng.integers(0, 3, len(rows))
    settings = {"covariance_type": family, "init_params": start, "random_state": 0}
    for sample_weight in (None, weights):
        model = mx.GaussianMixture(4, max_iter=0, **settings).fit(rows, sample_weight=sample_weight)
        assert np.isfinite(model.means_).all()
        assert (model.mixture_.storage.variances() > 0).all()
        assert (np.abs(model.means_ - offset) < 20).all()
        assert np.isfinite(model.score(rows))


@pytest.mark.parametrize("offset", [0, 1e8])
def test_kmeans_finds_what_em_finds_from_the_truth(rng, offset):
    rows, labels = clusters(rng, 400, offset)
    scores = [
        mx.GaussianMixture(4, tol=1e-8, random_state=0, **begin).fit(rows).score(rows)
        for begin in ({}, {"responsibilities_init": labels})
    ]
    assert scores[0] == pytest.approx(scores[1], abs=1e-5)


@every_start
def test_a_start_draws_from_its_seed_alone(rng, start):
    rows, _ = clusters(rng)
    fits = [
        mx.GaussianMixture(4, init_params=start, random_state=1, max_iter=0).fit(rows)
        for _ in range(2)
    ]
    np.testing.assert_array_equal(fits[0].means_, fits[1].means_)
