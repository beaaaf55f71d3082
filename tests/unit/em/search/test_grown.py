"""A component that is grown has rows that lie close together, in a metric of its own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixtura.em.search.grown import grown
from support.problems import steps_for
from support.strategies import generators

CLUSTER = 40


@pytest.fixture
def rows():
    """A needle of a cluster inside a wide one."""
    rng = np.random.default_rng(0)
    wide = rng.standard_normal((200, 3)) * 5
    thin = rng.standard_normal((CLUSTER, 3)) * [2, 0.02, 0.02] + [1, 0.5, 0.5]
    return np.concatenate([wide, thin])


def test_it_finds_a_thin_cluster_inside_a_wide_one(rows):
    steps, draw = steps_for(rows, reg_covar=1e-6), np.random.RandomState(0)
    made = [grown(rows, rows.std(axis=0), steps, draw) for _ in range(50)]
    thin = [each for each in made if (np.diag(each[0].covariances[0]) < [9, 0.01, 0.01]).all()]
    assert len(thin) >= 5
    assert all(abs(each[0].means[0, 1:] - 0.5).max() < 0.1 for each in thin)


@given(generators, st.integers(1, 3), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_its_share_is_that_of_rows_enough_and_no_more(rng, d, n, seed):
    rows, fewest = rng.standard_normal((n, d)), 2 * (d + 1)
    made = grown(rows, np.ones(d), steps_for(rows, reg_covar=1e-3), np.random.RandomState(seed))
    if n < 2 * fewest:
        assert made is None
    else:
        assert fewest <= round(made[1] * n) <= min(n, 4 * fewest)


@given(generators, st.integers(0, 2**32 - 1))
def test_it_knows_no_units(rng, seed):
    rows, units = rng.standard_normal((60, 2)), np.array([1e6, 1e-3])
    (plain, share), (scaled, its_share) = (
        grown(each, each.std(axis=0), steps_for(each), np.random.RandomState(seed))
        for each in (rows, units * rows)
    )
    assert share == its_share
    np.testing.assert_allclose(scaled.means, units * plain.means, rtol=1e-9)
    expected = np.outer(units, units) * plain.covariances
    np.testing.assert_allclose(scaled.covariances, expected, rtol=1e-8, atol=1e-8)


def test_there_is_none_of_rows_that_are_all_alike():
    rows = np.ones((20, 2))
    assert grown(rows, np.ones(2), steps_for(rows), np.random.RandomState(0)) is None
