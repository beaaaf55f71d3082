"""Lloyd's iterations and k-means++: the kernel gives what the formulas give, and edge cases."""

import signal

import numpy as np
import pytest

import mixtura as mx
from mixtura import _kernel, _machine
from mixtura.em.start import nearest as nearest_module
from mixtura.em.start.kmeans import kmeans, lloyd
from mixtura.em.start.nearest import nearest, nearest_distances
from mixtura.em.start.seeding import draw_seeds, kmeans_seeds
from support.interrupt import output_when_interrupted

ISAS = _machine.instruction_sets()
SHAPES = [(1, 1, 1), (5, 2, 3), (257, 3, 2), (500, 1, 4), (2049, 7, 5), (700, 13, 9), (300, 70, 6)]

every_isa = pytest.mark.parametrize("isa", [*ISAS, "none"])
every_kernel = pytest.mark.parametrize("isa", ISAS)
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


@pytest.fixture
def rng():
    return np.random.RandomState(0)


def problem(n, d, n_centres, offset=0.0):
    rng = np.random.default_rng(n)
    return offset + rng.normal(size=(n, d)), offset + rng.normal(size=(n_centres, d))


@every_kernel
@every_shape
@pytest.mark.parametrize("offset", [0, 1e8])
@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray, np.float32])
def test_a_step(using, isa, shape, offset, layout):
    rows, centres = problem(*shape, offset)
    rows = layout(rows)
    for weights in (None, np.random.default_rng(1).integers(0, 3, len(rows)) * 0.5):
        told, labels = [], []
        for which in ("none", isa):
            using(which)
            labels.append(np.arange(len(rows)) % shape[2])
            told.append(nearest(rows, weights, centres, labels[-1]))
        np.testing.assert_array_equal(labels[1], labels[0])
        (counts, sums, inertia, changed), reference = told[1], told[0]
        np.testing.assert_allclose(counts, reference[0], rtol=1e-14)
        np.testing.assert_allclose(sums, reference[1], rtol=1e-12, atol=1e-12 * len(rows))
        assert inertia == pytest.approx(reference[2], rel=1e-13)
        assert changed == reference[3] == (labels[0] != np.arange(len(rows)) % shape[2]).sum()
    using("none")
    reference = nearest_distances(rows, centres)
    using(isa)
    np.testing.assert_allclose(nearest_distances(rows, centres), reference, rtol=1e-13)


@every_kernel
@every_shape
@pytest.mark.parametrize("offset", [0, 1e8])
@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray, np.float32])
def test_bounds_change_no_label(using, monkeypatch, isa, shape, offset, layout):
    """Neither of a step nor where the iterations end, also where empty clusters jump."""
    rows, centres = problem(*shape, offset)
    rows = layout(rows)
    far = centres + 100 * (np.arange(len(centres)) % 4 == 1)[:, None]
    using(isa)
    for weights in (None, np.random.default_rng(1).integers(0, 3, len(rows)) * 0.5):
        results = []
        for pays_from in (0, np.inf):
            monkeypatch.setattr(nearest_module, "BOUNDS_PAY_FROM", pays_from)
            labels = np.full(len(rows), -1)
            bounds = nearest_module.bounds_from_nothing(rows, centres)
            nearest(rows, weights, centres, labels, bounds)
            after = centres + np.random.default_rng(2).normal(0, 0.1, centres.shape)
            bounds = nearest_module.moved(bounds, after - centres)
            told = nearest(rows, weights, after, labels, bounds)
            results.append([lloyd(rows, far, weights), labels, *told])
        for value, expected in zip(*results, strict=True):
            np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-12 * len(rows))


@every_kernel
@every_shape
@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray, np.float32])
def test_seeds(using, isa, shape, layout):
    rows = layout(problem(*shape)[0])
    for weights in (None, np.random.default_rng(1).uniform(0, 2, len(rows))):
        drawn = []
        for which in ("none", isa):
            using(which)
            rng = np.random.RandomState(0)
            drawn.append(draw_seeds(rows, min(len(rows), 8), rng, weights))
        np.testing.assert_array_equal(drawn[1], drawn[0])


@every_kernel
@pytest.mark.parametrize("shape", [(12_000, 2, 3), (12_000, 6, 12), (12_000, 30, 20)], ids=str)
def test_any_number_of_threads_gives_the_same_bits(using, isa, shape):
    rows, centres = problem(*shape)
    weights = np.random.default_rng(1).uniform(0, 2, len(rows))
    results = []
    for n_threads in (1, 2, 3, 7):
        using(isa, n_threads)
        labels = np.zeros(len(rows), dtype=np.int64)
        counts, sums, inertia, changed = nearest(rows, weights, centres, labels)
        seeds = draw_seeds(rows, 9, np.random.RandomState(0), weights)
        end = lloyd(rows, centres, weights)
        results.append([counts, sums, [inertia, changed], labels, seeds, end])
    for other in results[1:]:
        for value, expected in zip(other, results[0], strict=True):
            np.testing.assert_array_equal(value, expected)


@every_isa
def test_a_memory_map_is_read_in_place(using, isa, tmp_path):
    rows, _ = problem(300, 4, 2)
    rows.tofile(tmp_path / "rows")
    mapped = np.memmap(tmp_path / "rows", dtype=np.float64, mode="r", shape=rows.shape)
    using(isa)
    labels = [kmeans(X, 3, np.random.RandomState(0), None) for X in (rows, mapped)]
    np.testing.assert_array_equal(labels[1], labels[0])


@every_isa
def test_labels_are_where_lloyd_stands_still(using, isa, rng):
    rows, _ = problem(1000, 3, 5)
    using(isa)
    labels = kmeans(rows, 5, rng, None)
    centres = np.array([rows[labels == k].mean(axis=0) for k in range(5)])
    _, _, _, changed = nearest(rows, None, centres, labels)
    assert changed <= 10  # it also stops where the centres hardly move


@every_isa
def test_one_cluster(using, isa, rng):
    using(isa)
    np.testing.assert_array_equal(kmeans(problem(50, 2, 1)[0], 1, rng, None), np.zeros(50))


@every_isa
def test_a_cluster_for_every_row(using, isa, rng):
    using(isa)
    rows, _ = problem(12, 2, 1)
    np.testing.assert_array_equal(np.sort(draw_seeds(rows, 12, rng, None)), np.arange(12))
    np.testing.assert_array_equal(np.sort(kmeans(rows, 12, rng, None)), np.arange(12))


@every_isa
@pytest.mark.parametrize("value", [0.0, 0.1, 1e8])
def test_fewer_distinct_rows_than_clusters(using, isa, rng, value):
    using(isa)
    rows = np.repeat(value + np.arange(3.0)[:, None] * [1, 2], 5, axis=0)
    labels = kmeans(rows, 5, rng, None)
    assert len(np.unique(labels)) == 3
    for of_a_row in labels.reshape(3, 5):
        assert len(set(of_a_row)) == 1
    np.testing.assert_array_equal(kmeans(np.full((9, 2), value), 2, rng, None), np.zeros(9))


@every_isa
def test_more_clusters_than_rows_are_refused(using, isa, rng):
    using(isa)
    for start in (kmeans, kmeans_seeds):
        with pytest.raises(ValueError, match="n_samples=2 should be >= n_clusters=3"):
            start(np.eye(2), 3, rng, None)


@every_isa
def test_rows_without_weight_do_not_count(using, isa):
    using(isa)
    rows, centres = problem(300, 2, 4)
    counts_for = np.arange(300) % 3 > 0
    weights = counts_for.astype(float)
    seeds = draw_seeds(rows, 20, np.random.RandomState(0), weights)
    assert counts_for[seeds].all()
    labels = lloyd(rows, centres, weights)
    # What the others are, to the tolerance: that is of the variance of all rows.
    alone = lloyd(rows[counts_for], centres, None)
    assert (labels[counts_for] != alone).mean() < 0.02


@every_isa
def test_an_empty_cluster_goes_to_a_row_that_counts(using, isa):
    using(isa)
    rows = np.array([[0.0], [1], [2], [9], [100]])
    weights = np.array([1.0, 1, 1, 1, 0])
    labels = lloyd(rows, np.array([[1.0], [1e6]]), weights)
    np.testing.assert_array_equal(labels, [0, 0, 0, 1, 1])


@every_isa
def test_of_centres_equally_near_the_first_is_taken(using, isa):
    using(isa)
    labels = np.zeros(3, dtype=np.int64)
    centres = np.array([[5.0], [1], [-1], [1], [-1], [3]])
    nearest(np.array([[0.0], [2], [-2]]), None, centres, labels)
    np.testing.assert_array_equal(labels, [1, 1, 2])


@every_isa
def test_rows_of_any_size(using, isa, rng):
    using(isa)
    rows = np.array([[1e-200], [2e-200], [1.0], [1e100], [1.1e100]])
    np.testing.assert_array_equal(lloyd(rows, rows[[0, 3]], None), [0, 0, 0, 1, 1])


@every_kernel
def test_shapes_that_do_not_fit_are_refused(using, isa):
    using(isa)
    rows, labels = np.zeros((4, 2)), np.zeros(4, dtype=np.int64)
    for centres, told in [(np.zeros((3, 3)), labels), (np.zeros((3, 2)), labels[:3])]:
        with pytest.raises(ValueError, match=r"fit|go with"):
            _kernel.nearest(rows, None, centres, told)
    with pytest.raises(ValueError, match="go with"):
        _kernel.nearest(rows, np.ones(3), np.zeros((3, 2)), labels)
    for bounds in [(np.zeros(3), np.zeros(3)), (np.zeros(4), np.zeros(4))]:
        with pytest.raises(ValueError, match=r"fit|go with"):
            _kernel.nearest(rows, None, np.zeros((3, 2)), labels, bounds)
    for first, uniforms in [(4, np.zeros((1, 2))), (-1, np.zeros((1, 2))), (0, np.zeros(2))]:
        with pytest.raises(ValueError, match="No seeds"):
            _kernel.seeds(rows, None, first, uniforms)


@pytest.mark.skipif(not ISAS, reason="without the kernel Python itself sees to it")
@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals are POSIX's")
def test_drawing_seeds_can_be_interrupted():
    """It is one call, of many passes that are each too short to look."""
    code = """
import numpy as np
from mixtura.em.start.seeding import draw_seeds
X = np.random.default_rng(0).normal(size=(20_000, 100))
print("begun", flush=True)
try:
    draw_seeds(X, 10_000, np.random.RandomState(0), None)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    assert output_when_interrupted(code, timeout=20) == "interrupted\n"


@every_isa
def test_a_fit_begins_there(using, isa):
    using(isa)
    rows, _ = problem(300, 2, 2)
    model = mx.GaussianMixture(3, random_state=0, max_iter=0).fit(rows)
    labels = kmeans(rows, 3, np.random.RandomState(0), None)
    np.testing.assert_allclose(model.weights_, np.bincount(labels) / 300, rtol=1e-14)
