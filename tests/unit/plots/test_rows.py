"""Sums of rows over the cells of a grid, block by block, beside NumPy's histograms."""

import numpy as np
import pytest

from mixtura.plots import rows as module
from mixtura.plots.rows import Rows


@pytest.fixture(params=[7, 10**6])
def rows(request, monkeypatch):
    monkeypatch.setattr(module, "BLOCK_ROWS", request.param)
    return Rows(np.random.default_rng(0).normal(size=(1000, 3)))


def test_counts_are_those_of_numpy(rows):
    box = rows.box([2, 0])
    counts = rows.sums([2, 0], box, (8, 5))
    expected, *_ = np.histogram2d(rows.values[:, 2], rows.values[:, 0], bins=(8, 5))
    np.testing.assert_array_equal(counts[0], expected.T)


def test_groups_and_values_are_summed_apart(rows):
    groups = np.arange(1000) % 3
    values = np.random.default_rng(1).uniform(size=1000)
    sums = rows.sums([0, 1], rows.box([0, 1]), (4, 6), groups=groups, n_groups=3, of=values)
    x_edges, y_edges = (np.linspace(*rows.span(j), n + 1) for j, n in ((0, 4), (1, 6)))
    for k in range(3):
        mine = groups == k
        expected, *_ = np.histogram2d(
            *rows.values[mine, :2].T, bins=(x_edges, y_edges), weights=values[mine]
        )
        np.testing.assert_allclose(sums[k], expected.T)


def test_a_histogram_is_that_of_numpy(rows):
    edges = np.linspace(*rows.span(1), 12)
    expected, _ = np.histogram(rows.values[:, 1], edges)
    np.testing.assert_array_equal(rows.histogram(1, edges), expected)


def test_rows_of_one_value_lie_in_one_cell():
    same = Rows(np.full((10, 2), 3.0))
    (counts,) = same.sums([0, 1], same.box([0, 1]), (4, 4))
    assert counts.max() == counts.sum() == 10


def test_labels_and_uncertainties_are_the_mixtures(mixture):
    values, _ = mixture.sample(5000, rng=0)
    responsibilities = mixture.responsibilities(values)
    np.testing.assert_array_equal(Rows(values).labels(mixture), responsibilities.argmax(axis=1))
    np.testing.assert_allclose(
        Rows(values).uncertainties(mixture), 1 - responsibilities.max(axis=1), atol=1e-14
    )


def test_missing_entries_are_in_no_cell(rows):
    holes = np.random.default_rng(2).uniform(size=rows.values.shape) < 0.2
    lacking = Rows(np.where(holes, np.nan, rows.values))
    values = lacking.values[:, [0, 1]]
    there = values[~np.isnan(values).any(axis=1)]
    ranges = [lacking.span(0), lacking.span(1)]
    assert ranges == [(np.nanmin(column), np.nanmax(column)) for column in values.T]
    expected, *_ = np.histogram2d(*there.T, bins=(8, 5), range=ranges)
    weights = np.arange(1000.0)
    for sums in (
        lacking.sums([0, 1], lacking.box([0, 1]), (8, 5)),
        lacking.sums([0, 1], lacking.box([0, 1]), (8, 5), groups=np.arange(1000) % 3, n_groups=3),
    ):
        np.testing.assert_array_equal(sums.sum(axis=0), expected.T)
    of = lacking.sums([0, 1], lacking.box([0, 1]), (8, 5), of=weights)
    assert of.sum() == weights[~np.isnan(values).any(axis=1)].sum()
    edges = np.linspace(*ranges[0], 12)
    expected, _ = np.histogram(values[~np.isnan(values[:, 0]), 0], edges)
    np.testing.assert_array_equal(lacking.histogram(0, edges), expected)


def test_a_feature_without_entries_spans_nothing():
    with pytest.raises(ValueError, match="Column 1 of X has no entry at all"):
        Rows(np.array([[1.0, np.nan], [2.0, np.nan]])).span(1)
