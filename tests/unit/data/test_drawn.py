"""Samples of rows that are seen once."""

from functools import reduce
from itertools import pairwise
from operator import add

import numpy as np
import pytest

from mixtura.data.drawn import Drawn
from mixtura.typing import Block

N = 400
ROWS = np.arange(N, dtype=float)[:, None]


def drawn(cuts, most=50, weights=None, seed=0):
    edges = [0, *cuts, N]
    blocks = [
        Block(ROWS[a:b], None if weights is None else weights[a:b], a) for a, b in pairwise(edges)
    ]
    return reduce(add, (Drawn.of(most, seed, block) for block in blocks)).sample()


@pytest.mark.parametrize("cuts", [[1], [7, 8, 399], list(range(10, 400, 10))])
@pytest.mark.parametrize("weights", [None, np.random.default_rng(0).exponential(size=N)])
def test_the_same_rows_are_drawn_however_they_are_cut(cuts, weights):
    whole, cut = drawn([], weights=weights), drawn(cuts, weights=weights)
    np.testing.assert_array_equal(whole[0], cut[0])
    if weights is None:
        assert cut[1] is None
    else:
        np.testing.assert_allclose(whole[1], cut[1], rtol=1e-12)


def test_every_row_is_as_likely_as_any_other():
    counts = np.zeros(N)
    for seed in range(400):
        counts[drawn([123], seed=seed)[0][:, 0].astype(int)] += 1
    assert counts.sum() == 400 * 50
    # Each count is binomial with mean 50 and deviation 6.6.
    assert np.abs(counts - 50).max() < 5 * 6.6
    assert abs(counts[:123].mean() - 50) < 5 * 6.6 / np.sqrt(123)


def test_weighted_sums_are_estimated_without_bias():
    weights = np.random.default_rng(1).exponential(size=N) ** 2
    estimates = []
    for seed in range(300):
        rows, own = drawn([200], weights=weights, seed=seed)
        estimates.append(np.average(rows[:, 0], weights=own))
    truth = np.average(ROWS[:, 0], weights=weights)
    assert abs(np.mean(estimates) - truth) < 4 * np.std(estimates) / np.sqrt(300)


def test_rows_without_weight_are_never_drawn_and_all_are_where_enough_is_asked_for():
    weights = np.zeros(N)
    weights[[3, 300]] = 1, 2
    rows, own = drawn([200], weights=weights)
    assert rows[:, 0].tolist() == [3, 300]
    assert own.tolist() == [1, 2]
    np.testing.assert_array_equal(drawn([200], most=N)[0], ROWS)
