"""The k-means starts give scikit-learn's labels and seeds, from the same random state.

Rows that are rounded (iris to a tenth, faithful to a minute) are often as near to one centre as to
another, and more so with more clusters. scikit-learn then decides by the rounding of
|x|^2 - 2 x.c + |c|^2, we by the order of the clusters; hence `untied` for many clusters. Seeds are
tied where each of two trial rows would be all that the other explains, as of the last two rows.
"""

import numpy as np
import pytest
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.datasets import load_diabetes

from mixtura import _machine
from mixtura.em.start.kmeans import kmeans, lloyd
from mixtura.em.start.seeding import draw_seeds
from support.data import LOADERS, data
from support.threads import one_thread  # noqa: F401

SEEDS = range(20)
BEST = "the best"

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def blobs(n=3000, d=3, n_blobs=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 4, (n_blobs, d))[rng.integers(n_blobs, size=n)] + rng.normal(size=(n, d))


SETS = {name: (lambda name=name: data(name)) for name in LOADERS} | {
    "diabetes": lambda: load_diabetes().data,
    "blobs": blobs,
    "uniform": lambda: np.random.default_rng(1).uniform(size=(2000, 2)),
    "one feature": lambda: np.random.default_rng(2).gamma(1, size=(700, 1)),
}

every_set = pytest.mark.parametrize("name", SETS)


def untied(X):
    """The rows, moved by a thousandth of a standard deviation."""
    return X + 1e-3 * X.std(axis=0) * np.random.default_rng(3).normal(size=X.shape)


def assert_same_clusters(X, n_clusters, weights=None, seeds=SEEDS):
    for seed in seeds:
        ours, theirs = np.random.RandomState(seed), np.random.RandomState(seed)
        labels = kmeans(X, n_clusters, ours, weights)
        expected = KMeans(n_clusters, n_init=1, random_state=theirs).fit(X, sample_weight=weights)
        np.testing.assert_array_equal(labels, expected.labels_, err_msg=f"seed {seed}")
        assert ours.uniform() == theirs.uniform()


def assert_same_seeds(X, n_seeds, weights=None):
    for seed in SEEDS:
        ours, theirs = np.random.RandomState(seed), np.random.RandomState(seed)
        indices = draw_seeds(X, n_seeds, ours, weights)
        _, expected = kmeans_plusplus(X, n_seeds, sample_weight=weights, random_state=theirs)
        np.testing.assert_array_equal(indices, expected, err_msg=f"seed {seed}")
        assert ours.uniform() == theirs.uniform()


@pytest.fixture(params=[BEST, "none"])
def isa(request, monkeypatch):
    if request.param == "none" or not _machine.instruction_sets():
        monkeypatch.setenv("MIXTURA_ISA", "none")
    return request.param


@every_set
@pytest.mark.parametrize("n_clusters", [1, 2, 3, 4])
def test_labels(isa, name, n_clusters):
    assert_same_clusters(SETS[name](), n_clusters)


@every_set
@pytest.mark.parametrize("n_clusters", [5, 20])
def test_labels_of_many_clusters(isa, name, n_clusters):
    assert_same_clusters(untied(SETS[name]()), n_clusters)


@every_set
@pytest.mark.parametrize("n_clusters", [1, 2, 5, 10])
def test_seeds(isa, name, n_clusters):
    assert_same_seeds(untied(SETS[name]()), n_clusters)


@every_set
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_weights(isa, name, dtype):
    """Some of them zero."""
    X = SETS[name]().astype(dtype)
    weights = np.random.default_rng(4).integers(0, 4, len(X)) * dtype(0.5)
    assert_same_clusters(X, 3, weights)
    assert_same_seeds(X, 3, weights)


@every_set
@pytest.mark.parametrize("n_clusters", [2, 4])
def test_float32(isa, name, n_clusters):
    X = SETS[name]().astype(np.float32)
    assert_same_clusters(X, n_clusters)
    assert_same_seeds(X, n_clusters)


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda X: X[::-1], lambda X: X[::2, ::2]])
def test_any_strides(isa, layout):
    X = layout(SETS["cancer scaled"]())
    assert_same_clusters(X, 4)
    assert_same_seeds(X, 3)


@pytest.mark.parametrize(("d", "n_clusters"), [(70, 10), (16, 256), (200, 40)])
def test_many_features_or_clusters(d, n_clusters):
    X = blobs(2500, d, n_clusters)
    assert_same_clusters(X, n_clusters, seeds=range(3))


@pytest.mark.parametrize("n_clusters", [1, 2, 3])
def test_as_many_clusters_as_rows(isa, n_clusters):
    assert_same_clusters(blobs(n_clusters), n_clusters)


@pytest.mark.parametrize("n_empty", [1, 2, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_empty_clusters_move_to_the_farthest_rows(isa, n_empty, weighted):
    for seed in SEEDS:
        X = blobs(200, 2, 5, seed)
        weights = np.random.default_rng(seed).uniform(0.5, 2, len(X)) if weighted else None
        nowhere = 1e3 * np.arange(1, n_empty + 1)[:, None] * [1, 1]
        centres = np.vstack([X[:2], nowhere, X[2:4]])
        theirs = KMeans(len(centres), init=centres, n_init=1).fit(X, sample_weight=weights)
        labels = lloyd(X, centres, weights)
        np.testing.assert_array_equal(labels, theirs.labels_, err_msg=f"seed {seed}")
        assert len(np.unique(labels)) == len(centres)


@pytest.mark.parametrize("offset", [1e6, 1e8])
def test_far_from_the_origin_ours_is_no_worse(isa, offset):
    def inertia(labels):
        groups = [near[labels == k] for k in np.unique(labels)]
        return sum(((group - group.mean(axis=0)) ** 2).sum() for group in groups)

    near = blobs(500)
    for seed in SEEDS:
        theirs = KMeans(4, n_init=1, random_state=seed).fit(near + offset)
        ours = kmeans(near + offset, 4, np.random.RandomState(seed), None)
        assert inertia(ours) <= inertia(theirs.labels_) * (1 + 1e-6)
